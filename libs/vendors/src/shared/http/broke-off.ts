/**
 * Whether a text is but the beginning of a JSON object: an answer that broke off on its way, which the next try may
 * get whole. Any other text is another kind of document, and its sender not who it was taken for.
 */
export function brokeOff(text: string): boolean {
  if (!/^\s*\{/.test(text)) return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}
