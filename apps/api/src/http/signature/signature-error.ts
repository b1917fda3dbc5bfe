/** A signature is not accepted. The message is the client's; it holds nothing of a secret. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
}

/** For whatever of a request is not as it was when it was signed. */
export function mismatch(reason?: string): SignatureError {
  return new SignatureError(`verify aksk signature fail${reason === undefined ? '' : `, ${reason}`}`);
}
