import { load, type Schema, YAMLException } from 'js-yaml';

/** More than people write by hand, and so little that reading it takes milliseconds. */
const BOUNDS = { maxAliases: 100, maxTotalMergeKeys: 1_000, maxDepth: 16 };
/** What a reason quotes of a document: a name in quotes, a tag, or what stands behind a colon. */
const QUOTED_IN_REASON = /"[^]*"|!<[^]*>|(?<=: )[^]*$/;

/**
 * The one document of a YAML text, or why there is none: in which line, and nothing that stands there, since it may be
 * a secret. A name that comes twice in a map is refused, and so is a tag that `schema` doesn't have. An alias gives the
 * very object that it repeats, so that a short text may stand for a very large document, or for one without an end.
 */
export function loadYaml(text: string, schema: Schema): { document: unknown } | { problem: string } {
  try {
    return { document: load(text, { schema, ...BOUNDS }) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { mark, reason } = error;
    const where = mark === undefined ? '' : ` in line ${String(mark.line + 1)}`;
    return { problem: `cannot be read as YAML${where}: ${reason.replace(QUOTED_IN_REASON, '…')}` };
  }
}
