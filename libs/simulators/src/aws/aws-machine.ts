import { type Answer, jsonAnswer, plainText } from '../http/answer.js';
import type { SimulatedCall, SimulatedRequest } from '../http/simulator-server.js';
import { SimulatorServer } from '../http/simulator-server.js';
import type { AwsSession } from './access/principals.js';

const CONTAINER_PATH = '/container';
const CONTAINER_TOKEN = 'told-to-the-container';
/** Of the instance metadata service, version 2. */
const INSTANCE_TOKEN_PATH = '/latest/api/token';
const INSTANCE_TOKEN = 'for-whoever-may-put';
const INSTANCE_PATH = '/latest/meta-data/iam/security-credentials/';
const ROLE = 'muster';

/** A simulated machine at AWS, which tells the processes on it the keys of its role. */
export interface AwsMachine {
  /** The variables of a process in a container of ECS or EKS. */
  readonly container: Readonly<Record<string, string>>;
  /** Of one on an instance of EC2. */
  readonly instance: Readonly<Record<string, string>>;
  /** How often each told its keys. */
  readonly requests: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** Starts a simulated machine. `issue` makes the keys, each time that it is asked for them. */
export async function startAwsMachine(issue: () => AwsSession): Promise<AwsMachine> {
  const server = new SimulatorServer(
    { read: (request) => read(request, issue), takeFailure: () => undefined },
    { host: '127.0.0.1', port: 0, certificate: undefined, latencyMs: 0, log: undefined },
  );
  const url = await server.listen();
  return {
    container: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}${CONTAINER_PATH}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: CONTAINER_TOKEN,
    },
    instance: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url },
    requests: server.requests,
    close: () => server.close(),
  };
}

function read(
  { method, url: { pathname }, headers }: SimulatedRequest,
  issue: () => AwsSession,
): SimulatedCall | Answer {
  if (method === 'GET' && pathname === CONTAINER_PATH && headers.authorization === CONTAINER_TOKEN) {
    return { name: 'container', answer: () => jsonAnswer(200, keysOf(issue())) };
  }
  if (method === 'PUT' && pathname === INSTANCE_TOKEN_PATH) return plainText(200, INSTANCE_TOKEN);
  const isMet = method === 'GET' && headers['x-aws-ec2-metadata-token'] === INSTANCE_TOKEN;
  if (isMet && pathname === INSTANCE_PATH) return plainText(200, ROLE);
  if (isMet && pathname === INSTANCE_PATH + ROLE) {
    return { name: 'instance', answer: () => jsonAnswer(200, { Code: 'Success', ...keysOf(issue()) }) };
  }
  return plainText(401, 'Unauthorized');
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken, expires }: AwsSession) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: new Date(expires).toISOString(),
  };
}
