import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type ClassConstructor, Type } from 'class-transformer';
import {
  ArrayMinSize,
  IsArray,
  IsDefined,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';

const MAX_CHARACTERS = 255;
const METHOD = 'password';

/** An object within the request, which has to be there. */
const Part = (part: ClassConstructor<object>) =>
  applyDecorators(
    ApiProperty({ type: part }),
    IsDefined({ message: '$property must be an object' }),
    IsObject(),
    ValidateNested(),
    Type(() => part),
  );

/** One that need not. */
const OptionalPart = (part: ClassConstructor<object>, description?: string) =>
  applyDecorators(
    ApiPropertyOptional({
      type: part,
      nullable: true,
      ...(description === undefined ? {} : { description }),
    }),
    IsOptional(),
    IsObject(),
    ValidateNested(),
    Type(() => part),
  );

/** A domain or project, by id or name. */
export class NamedDto {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: MAX_CHARACTERS })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  id?: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: MAX_CHARACTERS })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  name?: string;
}

export class ScopeProjectDto extends NamedDto {
  @OptionalPart(NamedDto)
  domain?: NamedDto;
}

export class SignInUserDto extends NamedDto {
  @ApiProperty({
    minLength: 1,
    maxLength: MAX_CHARACTERS,
    description: "The credential's secret: an API key, or a secret key (SK).",
  })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_CHARACTERS)
  password!: string;

  @OptionalPart(NamedDto, 'The tenant.')
  domain?: NamedDto;
}

export class PasswordDto {
  @Part(SignInUserDto)
  user!: SignInUserDto;
}

export class IdentityDto {
  @ApiProperty({ type: [String], enum: [METHOD], minItems: 1 })
  @IsArray()
  @ArrayMinSize(1)
  @IsIn([METHOD], { each: true, message: `methods must be ["${METHOD}"]: there is no other` })
  methods!: string[];

  @Part(PasswordDto)
  password!: PasswordDto;
}

export class ScopeDto {
  @OptionalPart(ScopeProjectDto)
  project?: ScopeProjectDto;

  @OptionalPart(NamedDto)
  domain?: NamedDto;
}

export class AuthDto {
  @Part(IdentityDto)
  identity!: IdentityDto;

  @OptionalPart(ScopeDto)
  scope?: ScopeDto;
}

/** How Huawei's IAM is asked for a token. */
export class TokenRequestDto {
  @Part(AuthDto)
  auth!: AuthDto;
}

export class TokenOptionsDto {
  @ApiPropertyOptional({ description: 'Anything: leaves the catalog out.' })
  @IsOptional()
  @IsString()
  nocatalog?: string;
}
