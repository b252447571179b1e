import { styleText } from "node:util";
import { safeText } from "../base/safe-text.ts";

const escape = String.fromCharCode(27);
/** Foreground colours, bold, dim, and their ends: what `paint` writes. Concealing or moving is not among them. */
const colours = new RegExp(`(${escape}\\[(?:0|1|2|22|3[0-79]|9[0-7])m)`);

/** Colour for a terminal; plain text elsewhere and under NO_COLOR. */
export function paint(style: Parameters<typeof styleText>[0], text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return styleText(style, text, { stream });
}

/** A line for a terminal: our colours stay, everything else in it that acts on a terminal or hides from the reader is shown as «U+XXXX». */
export function shownLine(line: string): string {
  if (/^[\t\n -~]*$/.test(line)) return line;
  return line
    .split(colours)
    .map((part, index) => (index % 2 === 1 ? part : safeText(part)))
    .join("");
}
