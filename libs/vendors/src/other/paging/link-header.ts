/** A link and, up to the next one, its parameters. */
const LINK = /<([^<>]*)>([^<]*)/g;
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/**
 * The target of the link with `rel="next"`.
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function nextLinkOf(header: string): string | undefined {
  for (const [, target, parameters = ''] of header.matchAll(LINK)) {
    const relation = RELATION.exec(parameters);
    const relations = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return undefined;
}
