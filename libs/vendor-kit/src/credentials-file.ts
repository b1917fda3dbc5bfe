/** What a vendor's file of credentials says of an account, in the account's own words. */
export interface FileAccount {
  ak: string;
  sk: string;
  settings: object;
}

/** Why there is nothing to be had from a file: a sentence for each field. They quote no value of the file. */
export interface FileProblems {
  problems: string[];
}

/** What is sent beside a file. */
export interface BesideFile {
  /** Which of the file's entries is meant, as `ak` says it; absent or empty where the file has one only. */
  entry?: string | undefined;
  /** They go before what the file says. */
  settings: object;
}

/**
 * A vendor's own file of credentials, which may be sent in `sk` instead of a secret. It is taken apart as it comes in,
 * and not kept: what it says becomes the account's `ak`, `sk` and settings.
 */
export interface CredentialsFile {
  /** For people: `clouds.yaml`. */
  name: string;
  /** The settings that say where and as whom to sign in: another file takes the place of all of them. */
  signInSettings: readonly string[];
  /** Whether a text is such a file, rather than a secret. */
  isOne(text: string): boolean;
  read(file: string, beside: BesideFile): FileAccount | FileProblems;
}
