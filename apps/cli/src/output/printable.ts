/** Control characters, and those that turn the direction of text: names come from clouds, and a terminal obeys them. */
const OBEYED = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text on one line that shows as what it is. White space becomes a blank, what a terminal would obey "\uFFFD". */
export function printable(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ').replace(OBEYED, '\uFFFD');
}
