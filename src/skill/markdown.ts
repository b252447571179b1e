/** Markdown with fenced and inline code blanked out, so that offsets stay. */
export function withoutCode(text: string): string {
  let fence: string | undefined;
  return text
    .split("\n")
    .map((line) => {
      const mark = /^\s{0,3}(```+|~~~+)/.exec(line)?.[1];
      const inside = fence !== undefined;
      if (mark !== undefined && (fence === undefined || (mark.startsWith(fence) && line.trim() === mark))) fence = fence === undefined ? mark : undefined;
      if (inside || mark !== undefined) return " ".repeat(line.length);
      return line.replaceAll(/`[^`]*`/g, (code) => " ".repeat(code.length));
    })
    .join("\n");
}
