import { safeText } from "../base/safe-text.ts";
import { shownLookAlikes } from "../proposal/look-alike.ts";
import { clip } from "./clip.ts";

/** What somebody else wrote, as one short line: nothing in it acts or hides, and letters that pass for others show themselves. */
export function said(text: string, width = 200): string {
  return clip(shownLookAlikes(safeText(text.slice(0, 4 * width), { oneLine: true })), width);
}
