import { ApiProperty } from '@nestjs/swagger';

import type { DocumentState } from '#database';

/** What there is of a document. */
export class AccountDocumentDto {
  @ApiProperty({ format: 'uuid' })
  upload_id!: string;

  @ApiProperty({ type: 'integer', description: 'How many parts it has so far: the number of the next one.' })
  parts!: number;

  @ApiProperty({ type: 'integer' })
  characters!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its last part came, with which it became what the account is read from.',
  })
  completed_at!: Date | null;
}

export class AccountDocumentDataDto {
  @ApiProperty({ type: AccountDocumentDto })
  data!: AccountDocumentDto;
}

export function toAccountDocumentDto(state: DocumentState): AccountDocumentDto {
  const { uploadId, parts, characters, completedAt } = state;
  return { upload_id: uploadId, parts, characters, completed_at: completedAt };
}
