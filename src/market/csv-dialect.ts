import { closeSync, openSync, readSync, statSync } from "node:fs";
import { AgentctlError, messageOf } from "../base/errors.ts";

/** What a file of rows is, seen from its first bytes. */
export type FileKind =
  | { format: "parquet"; bytes: number }
  | { format: "csv"; bytes: number; columns: string[]; header: boolean; delimiter: string; /** By its size and its first lines. */ rowsAbout: number };

const sampleBytes = 65_536;
/** No line is longer. */
const lineBytesMax = 1_048_576;
const delimiters = [",", ";", "\t", "|"] as const;

/**
 * Looks at a file, without guessing: Parquet by its magic bytes, else CSV in UTF-8 whose delimiter is the one most used in its first line. A first line in
 * which every cell is a number or a time is no header; the columns are then named 1, 2, 3 and so on. Errors (exit usage): market/unreadable, market/not-a-table.
 */
export function fileKind(path: string): FileKind {
  const { head, bytes } = readHead(path);
  const refuse = (what: string, hint: string): AgentctlError => new AgentctlError("market/not-a-table", `${path} ${what}`, { hint, exit: "usage" });
  if (bytes === 0) throw refuse("is empty", "give a CSV or Parquet file with bars");
  const magic = head.toString("latin1", 0, 4);
  if (magic === "PAR1") return { format: "parquet", bytes };
  if (magic.startsWith("PK")) throw refuse("is a zip file or a spreadsheet", "unpack it, or save the sheet as CSV in UTF-8");
  if (magic.startsWith("\x1f\x8b")) throw refuse("is compressed by gzip", `gunzip --keep ${path}`);
  if (/^(\xff\xfe|\xfe\xff)/.test(magic)) throw refuse("is text in UTF-16", `iconv -f UTF-16 -t UTF-8 ${path} > prices.csv`);
  if (head.includes(0)) throw refuse("holds NUL bytes, so it is no CSV file", "give a CSV file in UTF-8, or a Parquet file");
  const lines = textOf(head, bytes, refuse).split(/\r\n|\n|\r/);
  const first = lines[0] ?? "";
  const delimiter = delimiters.toSorted((a, b) => cellsOf(first, b).length - cellsOf(first, a).length)[0] as string;
  const cells = cellsOf(first, delimiter).map((cell) => cell.trim());
  if (cells.length < 2)
    throw refuse(`has one column in its first line: ${JSON.stringify(first.slice(0, 60))}`, "columns are told apart by comma, semicolon, tab or |");
  const header = !cells.every((cell) => /^[-+0-9.,:/ TZ]*$/.test(cell));
  const columns = header ? named(cells) : cells.map((_, index) => String(index + 1));
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) throw refuse(`has two columns named ${JSON.stringify(twice)}`, "rename one of them");
  const whole = lines.length > 1 ? head.length / Math.max(1, lines.length - 1) : bytes;
  return { format: "csv", bytes, columns, header, delimiter, rowsAbout: Math.ceil(bytes / Math.max(1, whole)) };
}

function readHead(path: string): { head: Buffer; bytes: number } {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new Error("it is not a plain file");
    const handle = openSync(path, "r");
    try {
      const head = Buffer.alloc(Math.min(sampleBytes, found.size));
      return { head: head.subarray(0, readSync(handle, head)), bytes: found.size };
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : messageOf(cause);
    throw new AgentctlError("market/unreadable", `${path} cannot be read: ${why}`, { exit: "usage", cause });
  }
}

/** DuckDB leaves out a last line that is longer than its buffer, and says nothing. Error (exit usage): market/not-a-table. */
export function requireLastLine(path: string, bytes: number): void {
  if (bytes <= lineBytesMax) return;
  const handle = openSync(path, "r");
  try {
    const tail = Buffer.alloc(lineBytesMax);
    readSync(handle, tail, 0, lineBytesMax, bytes - lineBytesMax);
    if (tail.includes(10) || tail.includes(13)) return;
  } finally {
    closeSync(handle);
  }
  throw new AgentctlError("market/not-a-table", `${path} has a last line of more than ${lineBytesMax} bytes`, {
    hint: "give a CSV file with a bar a line",
    exit: "usage",
  });
}

function textOf(head: Buffer, bytes: number, refuse: (what: string, hint: string) => AgentctlError): string {
  try {
    // The sample may end within a character, which is then left for later.
    return new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: head.length < bytes });
  } catch {
    throw refuse("is not text in UTF-8", "iconv -f ISO-8859-1 -t UTF-8 prices.csv > prices-utf8.csv");
  }
}

function cellsOf(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let inQuotes = false;
  for (const character of line) {
    if (character === '"') inQuotes = !inQuotes;
    else if (character === delimiter && !inQuotes) {
      cells.push(cell);
      cell = "";
    } else cell += character;
  }
  return [...cells, cell];
}

/** A column without a name, as pandas writes its index, is named by its number. */
function named(cells: readonly string[]): string[] {
  return cells.map((cell, index) => (cell === "" ? String(index + 1) : cell));
}
