import { expect, test } from "vitest";
import { mapColumns } from "../../src/market/column-mapping.ts";

test("usual names are recognised, without case and punctuation", () => {
  expect(mapColumns(["Open Time", "Open", "High", "Low", "Close/Last", "Volume", "Adj Close"])).toEqual({
    time: "Open Time",
    open: "Open",
    high: "High",
    low: "Low",
    close: "Close/Last",
    volume: "Volume",
  });
  expect(mapColumns(["t", "o", "h", "l", "c"], ["time=t"])).toEqual({ time: "t", open: "o", high: "h", low: "l", close: "c" });
});

test.each([
  [["unix", "date", "open", "high", "low", "close"], [], "market/bad-mapping", "--map time=unix"],
  [
    ["Datum", "Eröffnung", "Hoch", "Tief", "Schluss", "Volumen"],
    [],
    "market/no-column",
    "--map time=Datum --map open='Eröffnung' --map high=Hoch --map low=Tief --map close=Schluss  (the column that holds each)",
  ],
  [["1", "2", "3", "4", "5"], ["time=1"], "market/no-column", "--map open=2 --map high=3 --map low=4 --map close=5  (the column that holds each)"],
  [["day", "open", "high", "low", "close"], [], "market/no-column", "--map time=day  (the column that holds it)"],
  [["date", "open", "high", "low", "close"], ["open=opn"], "market/no-column", "--map open=open"],
  [["date", "open", "high", "low", "close"], ["opening=open"], "market/bad-mapping", "--map open=Open"],
])("%j with %j: %s", (columns, given, code, hint) => {
  expect(() => mapColumns(columns, given)).toThrow(expect.objectContaining({ code, hint, exit: "usage" }));
});
