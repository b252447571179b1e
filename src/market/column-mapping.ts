import { AgentctlError } from "../base/errors.ts";
import { shellWord } from "../base/shell-word.ts";
import { nearest } from "../base/suggest.ts";

/** Names of a file's columns by what they are for; volume is the only one that a file may lack. */
export interface ColumnMapping {
  time: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume?: string | undefined;
}

const usual = {
  time: ["time", "timestamp", "date", "datetime", "ts", "opentime", "unix", "unixtime", "unixtimestamp"],
  open: ["open", "o", "openprice"],
  high: ["high", "h", "highprice", "max"],
  low: ["low", "l", "lowprice", "min"],
  close: ["close", "c", "closeprice", "last", "closelast"],
  volume: ["volume", "v", "vol", "tickvolume"],
} as const satisfies Record<keyof ColumnMapping, readonly string[]>;

const targets = Object.keys(usual) as (keyof ColumnMapping)[];

/**
 * Which column is which: as given (`open=Open`), the rest by usual names, compared without case and punctuation. Two columns that could both be the one
 * wanted are not chosen from. Errors (exit usage): market/bad-mapping, market/no-column.
 */
export function mapColumns(columns: readonly string[], given: readonly string[] = []): ColumnMapping {
  const asked = new Map(given.map((text) => parse(text, columns)));
  const mapping: Partial<Record<keyof ColumnMapping, string>> = {};
  for (const target of targets) {
    const found = asked.get(target) ?? guess(target, columns);
    if (found !== undefined) mapping[target] = found;
  }
  const lacking = targets.filter((target) => target !== "volume" && mapping[target] === undefined);
  if (lacking.length > 0) throw noColumn(lacking, mapping, columns);
  return mapping as ColumnMapping;
}

/** Proposes the columns that are left over in their order, which is the usual one where a file has no names, or names in another language. */
function noColumn(lacking: readonly (keyof ColumnMapping)[], mapping: Partial<ColumnMapping>, columns: readonly string[]): AgentctlError {
  const taken = new Set<string | undefined>(Object.values(mapping));
  const left = columns.filter((column) => !taken.has(column));
  const asked = lacking.map((target, place) => `--map ${target}=${shellWord(left[place] ?? "NAME")}`);
  return new AgentctlError("market/no-column", `no column is usually named as ${lacking.join(", ")}; there are ${shown(columns)}`, {
    hint: `${asked.join(" ")}  (the column that holds ${lacking.length === 1 ? "it" : "each"})`,
    exit: "usage",
  });
}

function guess(target: keyof ColumnMapping, columns: readonly string[]): string | undefined {
  const found = columns.filter((column) => (usual[target] as readonly string[]).includes(column.toLowerCase().replaceAll(/[^a-z0-9]/g, "")));
  if (found.length <= 1) return found[0];
  throw new AgentctlError("market/bad-mapping", `${shown(found)} could each be the ${target}`, { hint: `--map ${target}=${found[0]}`, exit: "usage" });
}

function parse(text: string, columns: readonly string[]): [keyof ColumnMapping, string] {
  const at = text.indexOf("=");
  const target = targets.find((name) => name === (text.slice(0, at) === "ts" ? "time" : text.slice(0, at)));
  const column = text.slice(at + 1);
  if (at < 1 || target === undefined) {
    throw new AgentctlError("market/bad-mapping", `--map ${text} is not one of ${targets.join(", ")}, =, and a column`, {
      hint: "--map open=Open",
      exit: "usage",
    });
  }
  if (columns.includes(column)) return [target, column];
  const near = nearest(column, columns);
  throw new AgentctlError("market/no-column", `there is no column ${JSON.stringify(column)}; there are ${shown(columns)}`, {
    hint: near === undefined ? undefined : `--map ${target}=${near}`,
    exit: "usage",
  });
}

function shown(columns: readonly string[]): string {
  return columns
    .slice(0, 20)
    .map((column) => JSON.stringify(column))
    .join(", ");
}
