import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { barsDigest } from "../../src/market/digest.ts";
import type { Bars } from "../../src/strategy/bars.ts";
import { readBars, writeBars } from "../../src/trace/bar-lake.ts";
import { readTable } from "../../src/trace/read-table.ts";
import { folder } from "../support/workspace.ts";

test("attack: a folder named close=1 does not take the place of the column close", async () => {
  const inside = join(folder(), "close=1", "ts=0");
  mkdirSync(inside, { recursive: true });
  const path = join(inside, "prices.csv");
  writeFileSync(path, "time,close\n2020-01-01,7.5\n");
  const pieces = [];
  const file = { format: "csv", path, columns: ["time", "close"], header: true, delimiter: ",", decimal: "." } as const;
  for await (const piece of readTable(file, [{ name: "close", as: "number" }])) pieces.push(...piece);
  expect(pieces).toMatchObject([{ values: Float64Array.of(7.5) }]);

  const column = (value: number): Float64Array => Float64Array.of(value);
  const bars: Bars = { length: 1, ts: column(60_000), open: column(2), high: column(9), low: column(1), close: column(8), volume: column(5) };
  const sha256 = barsDigest(bars);
  await writeBars(inside, "btc", { sha256 }, bars);
  const back = await readBars(inside, "btc", sha256);
  expect(back && barsDigest(back)).toBe(sha256);
});
