import {
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Validate,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

import { AccountSettings } from '#vendor-kit';

import { connectorProblems } from './document/check-connector.js';
import type { ConnectorDocument } from './document/connector-document.js';
import type { FileDocument } from './file/file-document.js';
import type { PushDocument } from './push/push-document.js';

/** A dozen certificates of ordinary size, in characters. */
const MAX_PEM_LENGTH = 65_536;

/** Accepts a connector that can be used, and says what keeps others from it. */
@ValidatorConstraint({ name: 'isConnector' })
class IsConnector implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return connectorProblems(value).length === 0;
  }

  defaultMessage({ value }: ValidationArguments): string {
    return connectorProblems(value).join('; ');
  }
}

const CONNECTOR = { message: 'connector must be an object: see docs/vendors/other.md' };

/**
 * The settings of an OTHER account, as on the wire. Secrets are the account's `ak` and `sk`, which the connector
 * says what to do with.
 */
export class OtherSettings extends AccountSettings {
  /** How the cloud, or the file that is uploaded, is read; or that the source posts its pages by itself. */
  @IsObject(CONNECTOR)
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
