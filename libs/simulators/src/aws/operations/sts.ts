import { queryProtocol } from '../protocol/service-protocol.js';
import type { Operation, SimulatedAwsService } from './operation.js';

const VERSION = '2011-06-15';
const HOUR_SECONDS = 3_600;

const getCallerIdentity: Operation = ({ principal }) => ({
  Arn: principal.arn,
  UserId: principal.userId,
  Account: principal.account,
});

const assumeRole: Operation = ({ principal, principals, parameters }) => {
  const session = principals.assume(principal, {
    arn: parameters.get('RoleArn') ?? '',
    session: parameters.get('RoleSessionName') ?? '',
    externalId: parameters.get('ExternalId') ?? undefined,
    seconds: Number(parameters.get('DurationSeconds') ?? HOUR_SECONDS),
  });
  return {
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(session.expires),
    },
  };
};

export const sts: SimulatedAwsService = {
  name: 'sts',
  signingName: 'sts',
  protocol: queryProtocol('https://sts.amazonaws.com/doc/2011-06-15/'),
  operationOf: (_request, parameters) =>
    parameters.get('Version') === VERSION ? (parameters.get('Action') ?? undefined) : undefined,
  operations: { GetCallerIdentity: getCallerIdentity, AssumeRole: assumeRole },
};
