import type { Vendor } from '#domain';

import type { AccountSettings } from './account-settings.js';
import type { CredentialsFile } from './credentials-file.js';
import type { DocumentIntake } from './document-source.js';
import type { PageIntake } from './page-intake.js';
import type { TemporaryKeys } from './temporary-keys.js';

/** What the API may know of a vendor without loading its adapter or SDK. Pure data. */
export interface VendorManifest {
  vendor: Vendor;
  /** For people: `VMware vSphere`. */
  title: string;
  /** What COC's two secret fields hold for this vendor, for people. */
  credentials: { ak: string; sk: string };
  /** How long `sk` may be, where the vendor's own secrets are longer than COC's 64 characters; 8,192 at most. */
  maxSecretCharacters?: number;
  /** A file of the vendor's own that may be sent in `sk`. */
  credentialsFile?: CredentialsFile;
  /** Set where keys may be temporary ones, whose token `sk` has behind the secret. */
  temporaryKeys?: TemporaryKeys;
  /**
   * A class whose class-validator decorators declare the account's `settings`: one property per setting, in
   * wire spelling (snake_case). Unknown settings are refused. It extends {@link AccountSettings}.
   */
  settings: new () => AccountSettings;
  /**
   * The settings of an account that was added without any: what its account id says, as far as it says anything.
   * Huawei's clients have no field for settings.
   */
  settingsFromId?: (accountId: string) => object;
  /** Whether its adapter can show what an account's settings make of what the vendor has. */
  hasPreview?: true;
  /** How a document is taken for an account with these settings, if it is read from one that is uploaded for it. */
  takesDocument?: (settings: object) => DocumentIntake | undefined;
  /** How pages are taken for an account with these settings, if its source posts them by itself. */
  takesPages?: (settings: object) => PageIntake | undefined;
  /** Whether its scopes are in regions, of which an account's setting `regions` may then choose. */
  hasRegions: boolean;
  /** The resource types it lists, in our vocabulary. A test holds it to the adapter's tables. */
  resourceTypes: readonly string[];
}
