import { safeText } from "./safe-text.ts";

/**
 * Text of others within Markdown, as GitHub renders it: always as code, where nothing is a link, a picture, HTML, a mention or a number of an issue. What hides or
 * reorders is shown as «U+XXXX».
 */

/** On one line, cut to so many characters. */
export function codeSpan(text: string, charactersMax = 200): string {
  const shown = cut(safeText(text.toWellFormed(), { oneLine: true }).trim(), charactersMax);
  if (shown === "") return "–";
  const fence = "`".repeat(longestRun(shown) + 1);
  return fence.length === 1 ? `\`${shown}\`` : `${fence} ${shown} ${fence}`;
}

/** The same in a cell of a table, which a bar would end even within code. */
export function codeCell(text: string, charactersMax = 200): string {
  return codeSpan(text.replaceAll("|", "«U+007C»"), charactersMax);
}

/** Lines in a block, cut to so many characters. */
export function codeBlock(text: string, charactersMax = 8_000): string {
  const shown = cut(safeText(text.toWellFormed()).trimEnd(), charactersMax);
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}text\n${shown}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

function cut(text: string, charactersMax: number): string {
  const characters = [...text];
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax).join("")}…`;
}
