import type { Answer } from "../../trace/ask.ts";
import { foreignWord } from "./foreign-text.ts";

/** A cell that is read is no longer than this; a model that wants all of a text selects it alone. */
const cellCharactersMax = 200;

export interface RowLines {
  /** A header and one line a row, each beginning with `| `. */
  lines: string[];
  /** The rows that are shown, cells as they are shown. */
  cells: (string | number | boolean | null)[][];
  shown: number;
}

/** An answer as a compact table: as many whole rows as fit into `bytesMax` bytes. A single column may have long cells. */
export function rowLines({ columns, rows }: Pick<Answer, "columns" | "rows">, bytesMax: number): RowLines {
  const charactersMax = columns.length === 1 ? Math.floor(bytesMax / 4) : cellCharactersMax;
  const header = line(columns.map(({ name }) => foreignWord(name, 100)));
  let bytes = Buffer.byteLength(header);
  const lines = [header];
  const cells: RowLines["cells"] = [];
  for (const row of rows) {
    const shown = row.map((value) => cell(value, charactersMax));
    const written = line(shown.map((value) => (value === null ? "" : String(value))));
    bytes += Buffer.byteLength(written) + 1;
    if (bytes > bytesMax) break;
    lines.push(written);
    cells.push(shown);
  }
  return { lines, cells, shown: cells.length };
}

function cell(value: Answer["rows"][number][number], charactersMax: number): string | number | boolean | null {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  return foreignWord(typeof value === "string" ? value : JSON.stringify(value), charactersMax);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
