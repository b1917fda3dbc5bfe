import type { Answer } from '../../http/answer.js';
import type { AwsSession, Principals } from '../access/principals.js';
import { AwsFault } from '../protocol/aws-fault.js';
import { queryProtocol } from '../protocol/service-protocol.js';
import type { Operation, SimulatedAwsService } from './operation.js';

const VERSION = '2011-06-15';
const HOUR_SECONDS = 3_600;
/** How long a user's own sessions last, if nothing else is asked for. */
const SESSION_SECONDS = 12 * HOUR_SECONDS;

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
    Credentials: credentialsOf(session),
  };
};

const getSessionToken: Operation = ({ principal, principals, parameters }) => ({
  Credentials: credentialsOf(
    principals.session(principal, Number(parameters.get('DurationSeconds') ?? SESSION_SECONDS)),
  ),
});

/** The call that is not signed, by what a pod of EKS gets keys for its token. */
export const WEB_IDENTITY = 'AssumeRoleWithWebIdentity';

/** Answers it. */
export function assumeByWebIdentity(principals: Principals, parameters: URLSearchParams): Answer {
  try {
    const session = principals.assumeByWebIdentity({
      arn: parameters.get('RoleArn') ?? '',
      session: parameters.get('RoleSessionName') ?? '',
      token: parameters.get('WebIdentityToken') ?? '',
      seconds: Number(parameters.get('DurationSeconds') ?? HOUR_SECONDS),
    });
    return sts.protocol.answer(WEB_IDENTITY, { Credentials: credentialsOf(session) });
  } catch (error) {
    if (error instanceof AwsFault) return sts.protocol.fault(error);
    throw error;
  }
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken, expires }: AwsSession) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(expires),
  };
}

export const sts: SimulatedAwsService = {
  name: 'sts',
  signingName: 'sts',
  protocol: queryProtocol('https://sts.amazonaws.com/doc/2011-06-15/'),
  operationOf: (_request, parameters) =>
    parameters.get('Version') === VERSION ? (parameters.get('Action') ?? undefined) : undefined,
  operations: {
    GetCallerIdentity: getCallerIdentity,
    AssumeRole: assumeRole,
    GetSessionToken: getSessionToken,
  },
};
