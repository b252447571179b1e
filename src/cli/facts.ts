import { isMapping } from "../base/mapping.ts";
import { clip } from "./clip.ts";
import { table } from "./table.ts";

const cellCharactersMax = 64;

/**
 * A JSON value as lines for people: scalars as `name  value`, small objects indented below their name, lists of objects as a table, long cells clipped.
 * The text may come from anywhere: pass it through `safeText` before it reaches a terminal.
 */
export function facts(value: unknown, indent = ""): string[] {
  if (!isMapping(value)) return [`${indent}${scalar(value)}`];
  const entries = Object.entries(value);
  const width = Math.max(0, ...entries.filter(([, member]) => isFlat(member)).map(([name]) => name.length));
  return entries.flatMap(([name, member]) =>
    isFlat(member) ? [`${indent}${name.padEnd(width)}  ${scalar(member)}`] : [`${indent}${name}`, ...nested(member, `${indent}  `)],
  );
}

function nested(value: unknown, indent: string): string[] {
  if (!Array.isArray(value)) return facts(value, indent);
  const rows = value.map((item): Record<string, unknown> => (isMapping(item) ? item : { value: item }));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => Object.fromEntries(columns.map((column) => [column, clip(column in row ? scalar(row[column]) : "", cellCharactersMax)])));
  return table(cells, columns).map((line) => indent + line);
}

/** Fits on the line of its name. */
function isFlat(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => item === null || typeof item !== "object") && JSON.stringify(value).length <= 100;
  return !isMapping(value) || Object.keys(value).length === 0;
}

function scalar(value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (typeof value === "string") return value;
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  return Array.isArray(value) ? value.map(scalar).join(", ") : JSON.stringify(value);
}
