import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { table } from "../src/cli/table.ts";
import type { BenchRow } from "./row.ts";

/** Runs every benchmark beside this file (or those named), prints a table and writes results.json. Exit 1 when a figure is above its limit. */
const here = dirname(fileURLToPath(import.meta.url));
const asked = process.argv.slice(2);
const names = readdirSync(here)
  .filter((file) => file.endsWith(".ts") && !["bench.ts", "row.ts"].includes(file))
  .map((file) => file.slice(0, -3))
  .filter((name) => asked.length === 0 || asked.includes(name));

const rows: BenchRow[] = [];
for (const name of names) {
  process.stderr.write(`bench  ${name}\n`);
  const { bench } = (await import(`./${name}.ts`)) as { bench: () => Promise<BenchRow[]> };
  rows.push(...(await bench()));
}

const shown = rows.map((row) => ({
  figure: row.name,
  measured: `${row.value.toPrecision(3)} ${row.unit}`,
  limit: `${row.limit} ${row.unit}`,
  verdict: row.value <= row.limit ? "ok" : "above",
  against: row.reference ?? "",
}));
for (const line of table(shown, ["figure", "measured", "limit", "verdict", "against"])) process.stdout.write(`${line}\n`);
writeFileSync(join(here, "results.json"), `${JSON.stringify(rows, null, 2)}\n`);
process.exitCode = rows.every((row) => row.value <= row.limit) ? 0 : 1;
