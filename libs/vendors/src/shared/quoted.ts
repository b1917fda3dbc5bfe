/** What a vendor said, to stand behind what we say of it: ` (You are not authorized)`; nothing if it said nothing. */
export function quoted(detail: string | undefined): string {
  return detail === undefined || detail === '' ? '' : ` (${detail.replace(/\.\s*$/, '')})`;
}
