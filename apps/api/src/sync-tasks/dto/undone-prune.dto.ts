import { ApiProperty } from '@nestjs/swagger';

/** How many resources the undoing of a prune brought back. */
export class UndonePruneDto {
  @ApiProperty()
  unit_id!: string;

  @ApiProperty({ type: 'integer' })
  restored!: number;
}

export class UndonePruneDataDto {
  @ApiProperty({ type: UndonePruneDto })
  data!: UndonePruneDto;
}
