import { styleText } from "node:util";

/** Colour for a terminal; plain text elsewhere and under NO_COLOR. */
export function paint(style: Parameters<typeof styleText>[0], text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return styleText(style, text, { stream });
}
