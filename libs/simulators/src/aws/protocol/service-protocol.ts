import { type Answer, jsonAnswer, xmlAnswer } from '../../http/answer.js';
import type { AwsFault } from './aws-fault.js';
import { element, type XmlValue } from './xml.js';

/** How a service writes answers and errors, and what it calls what all know. */
export interface ServiceProtocol {
  answer: (operation: string, output: Output) => Answer;
  fault: (fault: AwsFault) => Answer;
  codes: ServiceCodes;
  /** Status of a key that isn't known, or not with this token; of the other refusals it is 403. */
  unknownKeyStatus: number;
}

/** What a service calls what all know. */
export interface ServiceCodes {
  unknownKey: string;
  /** A temporary key's token that is another's, or is missing. */
  wrongToken: string;
  endedToken: string;
  wrongSignature: string;
  /** A signature of a wrong time. */
  wrongTime: string;
  /** What may not be done. */
  denied: string;
}

/** What an operation returns: fields by the names of the wire. */
export type Output = Readonly<Record<string, XmlValue>>;

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const REQUEST_ID = '7a62c49f-347e-4fc4-9331-6e8e00000000';

/** EC2's own: an element for the operation, lists of `item`. */
export function ec2Protocol(version: string): ServiceProtocol {
  return {
    answer: (operation, output) => {
      const name = `${operation}Response`;
      return xmlAnswer(200, [
        `${XML}<${name} xmlns="http://ec2.amazonaws.com/doc/${version}/"><requestId>${REQUEST_ID}</requestId>`,
        ...fields(output, 'item'),
        `</${name}>`,
      ]);
    },
    fault: ({ code, message, status }) => {
      const error = element('Error', { Code: code, Message: message }, 'item');
      return xmlAnswer(status, [
        `${XML}<Response><Errors>${error}</Errors><RequestID>${REQUEST_ID}</RequestID></Response>`,
      ]);
    },
    codes: {
      unknownKey: 'AuthFailure',
      wrongToken: 'AuthFailure',
      // The same as of a wrong time (aws-sdk-go#253).
      endedToken: 'RequestExpired',
      wrongSignature: 'AuthFailure',
      wrongTime: 'RequestExpired',
      denied: 'UnauthorizedOperation',
    },
    unknownKeyStatus: 401,
  };
}

/** That of RDS, STS and their like: a result in a response, lists of `member`. */
export function queryProtocol(namespace: string): ServiceProtocol {
  return {
    answer: (operation, output) =>
      xmlAnswer(200, [
        `<${operation}Response xmlns="${namespace}"><${operation}Result>`,
        ...fields(output, 'member'),
        `</${operation}Result><ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata>` +
          `</${operation}Response>`,
      ]),
    fault: (fault) => errorResponse(fault, namespace),
    codes: {
      unknownKey: 'InvalidClientTokenId',
      wrongToken: 'InvalidClientTokenId',
      endedToken: 'ExpiredToken',
      wrongSignature: 'SignatureDoesNotMatch',
      wrongTime: 'SignatureDoesNotMatch',
      denied: 'AccessDenied',
    },
    unknownKeyStatus: 403,
  };
}

/** JSON under paths, of EKS and Lambda. */
export const restJsonProtocol: ServiceProtocol = {
  answer: (_operation, output) => jsonAnswer(200, output),
  fault: ({ code, message, status }) => jsonAnswer(status, { message }, { 'x-amzn-ErrorType': code }),
  codes: {
    unknownKey: 'UnrecognizedClientException',
    wrongToken: 'UnrecognizedClientException',
    endedToken: 'ExpiredTokenException',
    wrongSignature: 'InvalidSignatureException',
    wrongTime: 'InvalidSignatureException',
    denied: 'AccessDeniedException',
  },
  unknownKeyStatus: 403,
};

/** JSON that says what is asked for in a header, of Organizations. */
export const jsonProtocol: ServiceProtocol = {
  ...restJsonProtocol,
  fault: ({ code, message, status }) => jsonAnswer(status, { __type: code, Message: message }),
  unknownKeyStatus: 400,
};

/** XML under paths, of Route 53: an element for the operation. */
export function restXmlProtocol(namespace: string): ServiceProtocol {
  return {
    answer: (operation, output) =>
      xmlAnswer(200, [
        `${XML}<${operation}Response xmlns="${namespace}">`,
        ...fields(output, 'member'),
        `</${operation}Response>`,
      ]),
    fault: (fault) => errorResponse(fault, namespace),
    codes: {
      unknownKey: 'InvalidClientTokenId',
      wrongToken: 'InvalidClientTokenId',
      endedToken: 'ExpiredToken',
      wrongSignature: 'SignatureDoesNotMatch',
      wrongTime: 'SignatureDoesNotMatch',
      denied: 'AccessDenied',
    },
    unknownKeyStatus: 403,
  };
}

/** S3's own: the output's only field is the whole answer, and errors are bare. */
export const s3Protocol: ServiceProtocol = {
  answer: (_operation, output) => xmlAnswer(200, [XML, ...fields(output, 'member')]),
  fault: ({ code, message, status }) =>
    xmlAnswer(status, [
      XML,
      element('Error', { Code: code, Message: message, RequestId: REQUEST_ID }, 'member'),
    ]),
  codes: {
    unknownKey: 'InvalidAccessKeyId',
    wrongToken: 'InvalidToken',
    endedToken: 'ExpiredToken',
    wrongSignature: 'SignatureDoesNotMatch',
    wrongTime: 'RequestTimeTooSkewed',
    denied: 'AccessDenied',
  },
  unknownKeyStatus: 403,
};

function errorResponse({ code, message, status }: AwsFault, namespace: string): Answer {
  const error = element(
    'Error',
    { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
    'member',
  );
  return xmlAnswer(status, [
    `<ErrorResponse xmlns="${namespace}">${error}<RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`,
  ]);
}

/** Field by field, and long lists entry by entry, so that an answer is sent as it is made. */
function* fields(output: Output, entryName: string): Iterable<string> {
  for (const [name, value] of Object.entries(output)) yield element(name, value, entryName);
}
