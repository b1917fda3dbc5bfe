/** A document that was uploaded for an account, whole. */
export interface UploadedDocument {
  /** Another one for each upload. */
  id: string;
  /** How many parts it has. They are cut anywhere, but never within a character. */
  parts: number;
}

/** What is uploaded for an account whose source is a file. */
export interface DocumentSource {
  /** The last document that was uploaded whole; undefined when there is none. */
  latest(): Promise<UploadedDocument | undefined>;
  /** A part, from number 0 on; undefined when another document has taken this one's place. */
  part(documentId: string, number: number): Promise<string | undefined>;
}

/** How a document is taken for an account that is read from one. */
export interface DocumentIntake {
  /**
   * Why a document may not take the place of the account's former one, by how both begin, for people; `undefined` where
   * it may. Its uploader may insist. Pure. Absent: any may.
   */
  refusalOf?: (former: string, next: string) => string | undefined;
}
