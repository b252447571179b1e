/** The widest mark of East Asian and emoji cells; what it counts too wide only wraps earlier. */
const wideFrom = 0x1100;
const usualWidth = 100;

/**
 * A text with a mark before every line, also before those that a terminal would wrap: so no part of it can look like a line of ours. The text is safe
 * already (`safeText`); `width` is that of the terminal, in cells.
 */
export function inLines(mark: string, text: string, width: number): string[] {
  // A terminal that does not tell its width says 0.
  const room = Math.max(20, (width > 0 ? width : usualWidth) - mark.length);
  const lines: string[] = [];
  let line = "";
  let cells = 0;
  for (const character of text.replaceAll("\t", "    ")) {
    const wide = (character.codePointAt(0) ?? 0) >= wideFrom ? 2 : 1;
    if (character === "\n" || cells + wide > room) {
      lines.push(mark + line);
      line = "";
      cells = 0;
    }
    if (character === "\n") continue;
    line += character;
    cells += wide;
  }
  return [...lines, mark + line];
}
