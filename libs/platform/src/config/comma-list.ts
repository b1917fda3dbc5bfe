/** What an environment variable lists, separated by commas, without blanks around and without empty ones. */
export function parseCommaList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
