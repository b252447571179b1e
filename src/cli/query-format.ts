import { safeText } from "../base/safe-text.ts";
import type { Answer } from "../trace/ask.ts";
import { table } from "./table.ts";

/** An answer as text, one line an item of the list. */
export const queryFormats: Record<"table" | "json" | "csv", (answer: Pick<Answer, "columns" | "rows">) => string[]> = {
  table: ({ columns, rows }) => {
    const names = columns.map(({ name }) => safeText(name, { oneLine: true }));
    const shown = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, cell(row[index] ?? null)])));
    return table(shown, names);
  },
  json: ({ columns, rows }) => [
    JSON.stringify(
      rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]]))),
      null,
      2,
    ),
  ],
  csv: ({ columns, rows }) => [columns.map(({ name }) => name), ...rows].map((row) => row.map(csvCell).join(",")),
};

function cell(value: Answer["rows"][number][number]): string | number | null {
  if (value === null || typeof value === "number") return value;
  return safeText(typeof value === "string" ? value : JSON.stringify(value), { oneLine: true });
}

/** RFC 4180; NULL is empty, lists and structs are JSON. */
function csvCell(value: Answer["rows"][number][number]): string {
  if (value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
}
