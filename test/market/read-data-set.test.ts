import { expect, test } from "vitest";
import type { DataSet } from "../../src/market/data-set.ts";
import { dataSetPath, readDataSet, writeDataSet } from "../../src/market/read-data-set.ts";

const set: DataSet = {
  name: "btc",
  symbol: "BTC/USDT",
  timeframe: "1h",
  calendar: "always",
  currency: "USDT",
  priceDecimals: 2,
  unitDecimals: 5,
  rows: 2,
  from: "2024-01-01T00:00:00Z",
  to: "2024-01-01T01:00:00Z",
  sha256: "a".repeat(64),
  gaps: [],
  missing: 0,
  source: { kind: "exchange", exchange: "binance", symbol: "BTC/USDT", since: "2024-01-01T00:00:00Z" },
  licence: 'the "terms": of binance',
};

test("what is written is read again", () => {
  expect(readDataSet("btc", { path: "data/btc.yaml", text: writeDataSet(set) })).toEqual(set);
});

test.each([
  ["a key too many", (text: string) => `${text}colour: red\n`, 'unknown key "colour"'],
  ["a digest that is none", (text: string) => text.replace("a".repeat(64), "abc"), '"sha256" is "abc"'],
  ["an exchange without a name", (text: string) => text.replace("  exchange: binance\n", ""), 'lacks the key "exchange"'],
  ["no rows", (text: string) => text.replace("rows: 2", "rows: 0"), '"rows" must be >= 1'],
  ["two keys alike", (text: string) => `${text}rows: 3\n`, "stands twice"],
])("%s is refused by name and line", (_, spoil, message) => {
  const read = (): DataSet => readDataSet("btc", { path: "data/btc.yaml", text: spoil(writeDataSet(set)) });
  expect(read).toThrow(message);
  expect(read).toThrow(/data\/btc\.yaml:\d+/);
});

test.each(["", "../x", "Btc", "a--", "-a", "a/b", "a".repeat(65)])("%j names no data set", (name) => {
  expect(() => dataSetPath(name)).toThrow(expect.objectContaining({ code: "market/bad-name", exit: "usage" }));
});
