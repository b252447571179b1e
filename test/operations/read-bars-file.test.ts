import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { barsDigest } from "../../src/market/digest.ts";
import { readBarsFile, type BarsFileAsked, type BarsFileRead } from "../../src/operations/read-bars-file.ts";
import type { Bars } from "../../src/strategy/bars.ts";
import { writeBars } from "../../src/trace/bar-lake.ts";
import { dayMs, healthyBars, minuteMs, rowsOf, sameBars } from "../support/market-bars.ts";
import { folder } from "../support/workspace.ts";

const dir = folder();
const path = join(dir, "bars.csv");

async function read(data: string | Uint8Array, more: Partial<BarsFileAsked> = {}): Promise<BarsFileRead> {
  writeFileSync(path, data);
  return readBarsFile({ path, timeframeMs: minuteMs, ...more });
}

const head = "time,open,high,low,close,volume";
const csv = (...lines: string[]): string => [head, ...lines, ""].join("\n");
const kinds = ({ problems }: BarsFileRead): string[] => problems.listed.map(({ row, kind }) => `${row} ${kind}`);

/** How a program could write bars. */
const styles: { name: string; time: (ts: number) => string; end?: string; delimiter?: string; quote?: boolean; bom?: boolean; comma?: boolean }[] = [
  { name: "ISO in UTC", time: (ts) => new Date(ts).toISOString() },
  { name: "epoch ms, CRLF, BOM", time: String, end: "\r\n", bom: true },
  { name: "epoch s, tabs", time: (ts) => String(ts / 1000), delimiter: "\t" },
  { name: "a wall clock in UTC, quoted", time: (ts) => new Date(ts).toISOString().slice(0, 19).replace("T", " "), quote: true },
  { name: "semicolons and decimal commas", time: String, delimiter: ";", comma: true },
];

function written(bars: Bars, { time, end = "\n", delimiter = ",", quote = false, bom = false, comma = false }: (typeof styles)[number]): string {
  const cell = (text: string): string => (quote ? `"${text}"` : text);
  const number = (value: number): string => (Number.isNaN(value) ? "" : comma ? String(value).replace(".", ",") : String(value));
  const lines = rowsOf(bars).map(([ts, ...values]) => [cell(time(ts!)), ...values.map((value) => cell(number(value)))].join(delimiter));
  return `${bom ? "\ufeff" : ""}${[head.replaceAll(",", delimiter), ...lines].join(end)}${end}`;
}

describe("bars that were written come back bit for bit", () => {
  test.each(styles)("CSV: $name", async (style) => {
    await fc.assert(
      fc.asyncProperty(healthyBars(), async (bars) => {
        const { bars: back, problems } = await read(written(bars, style), { decimal: style.comma === true ? "," : "." });
        expect(problems.listed).toEqual([]);
        expect(sameBars(back, bars)).toBe(true);
        expect(barsDigest(back)).toBe(barsDigest(bars));
      }),
      { numRuns: 8 },
    );
  });

  test("Parquet, as the lake writes it", async () => {
    await fc.assert(
      fc.asyncProperty(healthyBars(), async (bars) => {
        const sha256 = barsDigest(bars);
        await writeBars(dir, "there", { sha256 }, bars);
        const parquet = join(dir, "lake/bars/there", `${sha256}.parquet`);
        const { bars: back, format, written: times } = await readBarsFile({ path: parquet, timeframeMs: minuteMs });
        expect({ format, times }).toEqual({ format: "parquet", times: "wall clock" });
        expect(sameBars(back, bars)).toBe(true);
      }),
      { numRuns: 8 },
    );
  });
});

describe("cells", () => {
  test("what is no number is named by row, column and text", async () => {
    const found = await read(
      csv(
        "2024-01-01 00:00,1,2,1,2,",
        "2024-01-01 00:01,=1+1,2,1,2,5",
        "2024-01-01 00:02,,2,1,inf,5",
        '2024-01-01 00:03,"1,5",2,1,2,x',
        "2024-01-01 00:04,1,2,1,0x10,5",
      ),
    );
    expect(found.problems.listed.map(({ row, kind, found }) => `${row} ${kind} ${found}`)).toEqual([
      '3 number open is "=1+1"',
      '4 empty open is ""',
      '4 number close is "inf"',
      '5 number open is "1,5"',
      '5 number volume is "x"',
      '6 number close is "0x10"',
    ]);
    expect(found.bars.volume[0]).toBeNaN();
  });

  test("with a decimal comma, a point is no separator", async () => {
    const { bars, problems } = await read("time;open;high;low;close\n2024-01-01 00:00;1,5;2;1;1.234,5\n", { decimal: "," });
    expect(bars.open[0]).toBe(1.5);
    expect(problems.listed.map(({ found }) => found)).toEqual(['close is "1.234,5"']);
  });

  test("a file without a header has columns by number", async () => {
    const map = ["time=1", "open=2", "high=3", "low=4", "close=5", "volume=6"];
    const { bars, problems } = await read("1704067200000,1,2,1,2,7,1704067259999\n1704067260000,1,2,1,2,8,1704067319999\n", { map });
    expect(problems.listed).toEqual([]);
    expect([...bars.volume]).toEqual([7, 8]);
    await expect(read("1704067200000,1,2,1,2\n")).rejects.toMatchObject({ code: "market/no-column", hint: expect.stringContaining("--map time=1") });
  });
});

describe("times", () => {
  test("written in two ways in one file: the rows are named", async () => {
    const found = await read(csv("2024-01-01T00:00:00Z,1,2,1,2,1", "2024-01-01 00:01,1,2,1,2,1", "1704067320,1,2,1,2,1", "yesterday,1,2,1,2,1"));
    expect(kinds(found)).toEqual(["3 mixed-time", "4 mixed-time", "5 time"]);
  });

  test("of two zones in one file: the rows are named; summer and winter are one zone", async () => {
    const mixed = await read(csv("2024-01-01T00:00:00Z,1,2,1,2,1", "2024-01-01T05:31:00+05:30,1,2,1,2,1"));
    expect(kinds(mixed)).toEqual(["3 mixed-zone"]);
    const one = await read(csv("2024-03-31T01:59:00+01:00,1,2,1,2,1", "2024-03-31T03:00:00+02:00,1,2,1,2,1"));
    expect(kinds(one)).toEqual([]);
    expect([...one.bars.ts]).toEqual([Date.UTC(2024, 2, 31, 0, 59), Date.UTC(2024, 2, 31, 1)]);
  });

  const spring = csv("2024-03-31 01:59,1,2,1,2,1", "2024-03-31 02:30,1,2,1,2,1", "2024-03-31 03:00,1,2,1,2,1");
  const autumn = csv(
    "2024-10-27 01:30,1,2,1,2,1",
    "2024-10-27 02:00,1,2,1,2,1",
    "2024-10-27 02:30,1,2,1,2,1",
    "2024-10-27 02:00,1,2,1,2,1",
    "2024-10-27 02:30,1,2,1,2,1",
    "2024-10-27 03:00,1,2,1,2,1",
  );

  test("that a zone skips are refused", async () => {
    expect(kinds(await read(spring, { timezone: "Europe/Berlin" }))).toEqual(["3 no-such-time"]);
    expect(kinds(await read(spring))).toEqual([]);
  });

  test("that a zone has twice are refused, or told apart by their order", async () => {
    expect(kinds(await read(autumn, { timezone: "Europe/Berlin" }))).toEqual(["3 time-twice", "4 time-twice", "5 time-twice", "6 time-twice"]);
    const { bars, resolved } = await read(autumn, { timezone: "Europe/Berlin", overlaps: "in-order" });
    expect(resolved).toBe(4);
    expect([...bars.ts].map((ts) => (ts - Date.UTC(2024, 9, 26, 23, 30)) / minuteMs)).toEqual([0, 30, 60, 90, 120, 150]);
  });

  test("of days stand at midnight UTC of their local date", async () => {
    const days = csv("2024-03-30 23:00:00Z,1,2,1,2,1", "2024-03-31 22:00:00Z,1,2,1,2,1");
    const { bars } = await read(days, { timezone: "Europe/Berlin", timeframeMs: dayMs });
    expect([...bars.ts]).toEqual([Date.UTC(2024, 2, 31), Date.UTC(2024, 3, 1)]);
  });

  test("by a format", async () => {
    const { bars, problems } = await read(csv("31.01.2024 14:30,1,2,1,2,1", "31.13.2024 14:31,1,2,1,2,1"), {
      timeFormat: "%d.%m.%Y %H:%M",
      timezone: "America/New_York",
    });
    expect(bars.ts[0]).toBe(Date.UTC(2024, 0, 31, 19, 30));
    expect(problems.listed).toMatchObject([{ row: 3, kind: "time" }]);
    await expect(read(csv("1,1,1,1,1,1"), { timeFormat: "%Q" })).rejects.toMatchObject({ code: "trace/bad-table", exit: "usage" });
  });

  test("a bar that has not closed is left out; one of the future is a mistake", async () => {
    const now = Math.floor(Date.now() / dayMs) * dayMs;
    const line = (ts: number): string => `${ts},1,2,1,2,1`;
    const found = await read(csv(line(now - dayMs), line(now), line(now + 2 * dayMs)), { timeframeMs: dayMs });
    expect(found.forming).toBe(1);
    expect(kinds(found)).toEqual(["4 future"]);
    expect(found.bars.length).toBe(2);
  });

  test("outside the range are counted and not looked at", async () => {
    const lines = [0, 1, 2, 3].map((minute) => `2024-01-01 00:0${minute},${minute === 0 ? "x" : 1},2,1,2,1`);
    const found = await read(csv(...lines), { since: "2024-01-01T00:01:00Z", until: "2024-01-01T00:03:00Z" });
    expect(found).toMatchObject({ outside: 2 });
    expect(kinds(found)).toEqual([]);
    expect(found.bars.length).toBe(2);
  });
});

describe("files that are no table of bars", () => {
  test.each<[string, string | Uint8Array, string, RegExp]>([
    ["empty", "", "market/not-a-table", /is empty/],
    ["only a header", `${head}\n`, "market/no-bars", /no rows/],
    ["UTF-16", Buffer.from(`\ufeff${csv("2024-01-01,1,2,1,2,1")}`, "utf16le"), "market/not-a-table", /UTF-16/],
    ["latin-1", Buffer.from("Zeit;Er\xf6ffnung\n1;2\n", "latin1"), "market/not-a-table", /not text in UTF-8/],
    ["NUL bytes", `${head}\n\0\0\0`, "market/not-a-table", /NUL/],
    ["a spreadsheet", "PK\u0003\u0004xl/", "market/not-a-table", /spreadsheet/],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0, 0]), "market/not-a-table", /gzip/],
    ["one column", "hello\nworld\n", "market/not-a-table", /one column/],
    ["two columns of one name", "time,open,open,low,close\n1,2,3,4,5\n", "market/not-a-table", /two columns named "open"/],
    ["broken Parquet", "PAR1 and then nothing", "trace/bad-table", /cannot be read/],
    [
      "a row with too few cells",
      csv("2024-01-01,1,2,1,2,1", "2024-01-02,1"),
      "trace/bad-table",
      /line 3 cannot be read: Expected Number of Columns: 6 Found: 2/,
    ],
    ["a quote that never ends", csv('2024-01-01,"1,2,1,2,1', "2024-01-02,1,2,1,2,1"), "trace/bad-table", /quote/],
    ["bytes that are no UTF-8 far below", `${csv(...Array.from({ length: 4000 }, () => "2024-01-01,1,2,1,2,1"))}\xe4`, "", /./],
    ["a line of megabytes", csv(`2024-01-01,1,2,1,2,${"1".repeat(3_000_000)}`), "trace/bad-table", /Maximum line size/],
  ])("%s", async (name, data, code, message) => {
    const bytes = name.startsWith("bytes that") ? Buffer.from(String(data), "latin1") : data;
    await expect(read(bytes)).rejects.toMatchObject({ code: code === "" ? "trace/bad-table" : code, message: expect.stringMatching(message), exit: "usage" });
  });

  test("a folder, and nothing", async () => {
    await expect(readBarsFile({ path: dir, timeframeMs: minuteMs })).rejects.toMatchObject({ code: "market/unreadable" });
    await expect(readBarsFile({ path: join(dir, "none.csv"), timeframeMs: minuteMs })).rejects.toMatchObject({ code: "market/unreadable" });
  });

  test("10 GB are refused by their size, without reading them", async () => {
    const big = join(dir, "big.csv");
    const handle = openSync(big, "w");
    writeSync(handle, csv(...Array.from({ length: 5000 }, (_, at) => `${1_704_067_200 + at * 60},1,2,1,2,1`)));
    // Beyond the first lines it is a hole.
    ftruncateSync(handle, 10 * 2 ** 30);
    closeSync(handle);
    await expect(readBarsFile({ path: big, timeframeMs: minuteMs })).rejects.toMatchObject({
      code: "market/too-many-rows",
      message: expect.stringContaining("about "),
      exit: "usage",
    });
  });

  test("more rows than wanted are refused while reading, however the file begins", async () => {
    const long = `2024-01-01 00:00,${"1".repeat(2000)},2,1,2,1`;
    const lines = [...Array.from({ length: 100 }, () => long), ...Array.from({ length: 5000 }, () => "2024-01-01 00:00,1,2,1,2,1")];
    await expect(read(csv(...lines), { rowsMax: 5000 })).rejects.toMatchObject({ code: "market/too-many-rows" });
  });
});
