/** A text of at most so many characters: its head and its tail, with what was left out between them. */
export function boundedText(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.floor(most * 0.7);
  const tail = Math.max(0, most - head - 60);
  return `${text.slice(0, head).toWellFormed()}\n[… ${text.length - head - tail} characters are left out …]\n${text.slice(text.length - tail).toWellFormed()}`;
}
