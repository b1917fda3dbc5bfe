/** A moment in milliseconds, `NaN` for what is none. Times without a zone are UTC: `2025-03-04 05:06:07`. */
export function timeOfText(text = ''): number {
  const isBare = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$/.test(text);
  return Date.parse(isBare ? `${text.replace(' ', 'T')}Z` : text);
}
