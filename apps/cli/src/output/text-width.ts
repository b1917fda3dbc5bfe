import measure from 'fast-string-truncated-width';

const CHARACTERS = new Intl.Segmenter();

/** How many columns of a terminal a text takes: two for Chinese characters and emoji. */
export function textWidth(text: string): number {
  return measure(text).width;
}

/** A text with blanks behind it, up to a width in columns. */
export function padToWidth(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/**
 * As much of a text as fits into a width in columns, with a mark where it was cut. Not by what `measure` says of where
 * to cut: after characters such as ░ it is too far (fast-string-truncated-width 3.0.3).
 */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of CHARACTERS.segment(text)) {
    left -= textWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}
