import { ApiProperty } from '@nestjs/swagger';

/** COC's answer of one string: an id. */
export class StringDataDto {
  @ApiProperty()
  data!: string;
}

/** COC's answer of one number. */
export class NumberDataDto {
  @ApiProperty({ type: 'integer' })
  data!: number;
}
