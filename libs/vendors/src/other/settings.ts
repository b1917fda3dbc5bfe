import { Transform } from 'class-transformer';
import {
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

import { AccountSettings, IsObjectOrYaml } from '#vendor-kit';

import { connectorProblems } from './document/check-connector.js';
import type { ConnectorDocument } from './document/connector-document.js';
import { MAX_CONNECTOR_CHARACTERS, readConnectorText } from './document/connector-text.js';
import type { FileDocument } from './file/file-document.js';
import type { PushDocument } from './push/push-document.js';

/** A dozen certificates of ordinary size, in characters. */
const MAX_PEM_LENGTH = 65_536;

/** Accepts a connector that can be used, and says what keeps others from it. */
@ValidatorConstraint({ name: 'isConnector' })
class IsConnector implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return problemsOf(value).length === 0;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return problemsOf(value).join('; ');
  }
}

/** What is wrong with a connector; of a text, which it was when nothing could be read from it, why that is so. */
function problemsOf(value: unknown): string[] {
  const read = typeof value === 'string' ? readConnectorText(value) : undefined;
  return read !== undefined && 'problem' in read ? [read.problem] : connectorProblems(value);
}

/** A text becomes the connector that it holds, so that nobody behind sees that it was one. */
function connectorOf({ value }: { value: unknown }): unknown {
  if (typeof value !== 'string') return value;
  const read = readConnectorText(value);
  return 'connector' in read ? read.connector : value;
}

const CONNECTOR =
  `connector must be an object, or a text of at most ${String(MAX_CONNECTOR_CHARACTERS)} characters ` +
  'that holds it as YAML: see docs/vendors/other.md';

/**
 * The settings of an OTHER account, as on the wire. Secrets are the account's `ak` and `sk`, which the connector
 * says what to do with.
 */
export class OtherSettings extends AccountSettings {
  /**
   * How the cloud, or the file that is uploaded, is read; or that the source posts its pages by itself. It may come as
   * YAML, and is an object from then on.
   */
  @Transform(connectorOf)
  @IsObjectOrYaml(MAX_CONNECTOR_CHARACTERS, CONNECTOR)
  @Validate(IsConnector)
  connector!: ConnectorDocument | FileDocument | PushDocument;

  /** Certificates of the CAs to trust for this account, instead of the public ones; PEM. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PEM_LENGTH)
  @Matches(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, {
    message: 'tls_ca_pem must hold one or more certificates in PEM form',
  })
  tls_ca_pem?: string;
}
