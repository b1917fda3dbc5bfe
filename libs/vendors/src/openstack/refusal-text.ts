/** As much of a sentence as a message bears. */
const MAX_CHARACTERS = 300;
/** Magnum's sentence is the deepest: in an object, in a list, in the document. */
const MAX_DEPTH = 3;

/**
 * What a service says of a refused call, in whichever of the forms that the services have: Keystone's
 * `{ error: { message } }`, Nova's and Cinder's `{ itemNotFound: { message } }`, `{ NeutronError: { message } }`,
 * Octavia's `{ faultstring }`, Designate's `{ message }`, Magnum's `{ errors: [{ detail }] }`, and Glance's page of
 * HTML. Empty when it says nothing.
 */
export function refusalText(body: string): string {
  const text = textIn(parsed(body)) ?? textOfPage(body);
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_CHARACTERS);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

const FIELDS = ['message', 'faultstring', 'detail', 'title'];

/** `undefined` where there is no document. */
function textIn(document: unknown, depth = MAX_DEPTH): string | undefined {
  if (typeof document !== 'object' || document === null || depth === 0) return undefined;
  const fields = document as Record<string, unknown>;
  const own = FIELDS.map((field) => fields[field]).find((text) => typeof text === 'string' && text !== '');
  if (typeof own === 'string') return own;
  const inner = Object.values(fields).map((value) => textIn(value, depth - 1));
  return inner.find((text) => text !== undefined && text !== '') ?? '';
}

/** `<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1>You are not …</body></html>`. */
function textOfPage(body: string): string {
  return body.replace(/<head>[\s\S]*?<\/head>/i, '').replace(/<[^>]*>/g, ' ');
}
