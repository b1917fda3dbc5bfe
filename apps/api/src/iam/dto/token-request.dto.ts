import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
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

/** A domain or project, by id or name. */
export class NamedDto {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  id?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CHARACTERS)
  name?: string;
}

export class ScopeProjectDto extends NamedDto {
  @ApiPropertyOptional({ type: NamedDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => NamedDto)
  domain?: NamedDto;
}

export class SignInUserDto extends NamedDto {
  @ApiProperty({ description: "The credential's secret: an API key, or a secret key (SK)." })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_CHARACTERS)
  password!: string;

  @ApiPropertyOptional({ type: NamedDto, description: 'The tenant.' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => NamedDto)
  domain?: NamedDto;
}

export class PasswordDto {
  @ApiProperty({ type: SignInUserDto })
  @IsDefined({ message: 'user must be an object' })
  @IsObject()
  @ValidateNested()
  @Type(() => SignInUserDto)
  user!: SignInUserDto;
}

export class IdentityDto {
  @ApiProperty({ type: [String], enum: [METHOD] })
  @IsArray()
  @ArrayMinSize(1)
  @IsIn([METHOD], { each: true, message: `methods must be ["${METHOD}"]: there is no other` })
  methods!: string[];

  @ApiProperty({ type: PasswordDto })
  @IsDefined({ message: 'password must be an object' })
  @IsObject()
  @ValidateNested()
  @Type(() => PasswordDto)
  password!: PasswordDto;
}

export class ScopeDto {
  @ApiPropertyOptional({ type: ScopeProjectDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ScopeProjectDto)
  project?: ScopeProjectDto;

  @ApiPropertyOptional({ type: NamedDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => NamedDto)
  domain?: NamedDto;
}

export class AuthDto {
  @ApiProperty({ type: IdentityDto })
  @IsDefined({ message: 'identity must be an object' })
  @IsObject()
  @ValidateNested()
  @Type(() => IdentityDto)
  identity!: IdentityDto;

  @ApiPropertyOptional({ type: ScopeDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ScopeDto)
  scope?: ScopeDto;
}

/** How Huawei's IAM is asked for a token. */
export class TokenRequestDto {
  @ApiProperty({ type: AuthDto })
  @IsDefined({ message: 'auth must be an object' })
  @IsObject()
  @ValidateNested()
  @Type(() => AuthDto)
  auth!: AuthDto;
}

export class TokenOptionsDto {
  @ApiPropertyOptional({ description: 'Anything: leaves the catalog out.' })
  @IsOptional()
  @IsString()
  nocatalog?: string;
}
