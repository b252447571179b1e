/** Rows as aligned plain text, two spaces between columns, numbers to the right; no header when `header` is false. Answers one line a row. */
export function table<Row extends object>(rows: readonly Row[], columns: readonly (keyof Row & string)[], options: { header?: boolean } = {}): string[] {
  const cells = rows.map((row) => columns.map((column) => shown(row[column])));
  const all = options.header === false ? cells : [[...columns], ...cells];
  const widths = columns.map((_, index) => Math.max(0, ...all.map((line) => line[index]?.length ?? 0)));
  const right = columns.map((column) => rows.length > 0 && rows.every((row) => isNumeric(row[column])));
  return all.map((line) =>
    line
      .map((cell, index) => (right[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint" || value === null || value === undefined;
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}
