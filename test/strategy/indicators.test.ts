import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indicators } from "../../src/strategy/indicators.ts";
import { completeSettings, type Indicator, type Settings } from "../../src/strategy/indicators/indicator.ts";

const all = Object.values(indicators);

/** Values with ties, constants, huge and tiny ones and some that are no numbers. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 400 }).map((ticks) => ticks / 100) },
  { weight: 4, arbitrary: fc.double({ min: 1, max: 200, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(1e-300, 1e-9, 1e9, 1e140, -1e140, 0, -0, 5e-324) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e160) },
);
const columns = fc.array(fc.tuple(value, value, value, value), { maxLength: 90 });
const settingsOf = (indicator: Indicator): fc.Arbitrary<Settings> =>
  fc.record(
    Object.fromEntries(
      indicator.settings.map(({ name, min, integer }) => [name, integer ? fc.integer({ min, max: 9 }) : fc.double({ min, max: 4, noNaN: true })]),
    ),
  );

const inputsOf = (indicator: Indicator, rows: readonly (readonly number[])[]): Float64Array[] =>
  indicator.inputs.map((_, k) => Float64Array.from(rows, (row) => row[k] as number));
const bits = (column: Float64Array | readonly number[]): string =>
  Buffer.from(Float64Array.from(column, (x) => (Number.isNaN(x) ? Number.NaN : x)).buffer).toString("hex");

function streamed(indicator: Indicator, inputs: readonly Float64Array[], settings: Settings): number[][] {
  const stream = indicator.stream(settings);
  const out: number[][] = indicator.outputs.map(() => []);
  for (let t = 0; t < inputs[0]!.length; t++) stream.next(...inputs.map((input) => input[t]!)).forEach((value, k) => out[k]!.push(value));
  return out;
}

describe.each(all.map((indicator) => [indicator.name, indicator] as const))("%s", (name, indicator) => {
  test("is in the table by its name, with a definition and a source", () => {
    expect(indicators[name]).toBe(indicator);
    expect(indicator.about.length).toBeGreaterThan(20);
    expect(indicator.source.length).toBeGreaterThan(5);
  });

  test("its stream answers the column's doubles bit for bit", () => {
    fc.assert(
      fc.property(columns, settingsOf(indicator), (rows, settings) => {
        const inputs = inputsOf(indicator, rows);
        const column = indicator.column(inputs, settings).map(bits);
        expect(streamed(indicator, inputs, settings).map(bits)).toEqual(column);
      }),
      { numRuns: 200 },
    );
  });

  test("the column of a prefix is the prefix of the column", () => {
    fc.assert(
      fc.property(columns, settingsOf(indicator), fc.nat(90), (rows, settings, cut) => {
        const whole = indicator.column(inputsOf(indicator, rows), settings).map((column) => bits(column.subarray(0, Math.min(cut, rows.length))));
        expect(indicator.column(inputsOf(indicator, rows.slice(0, cut)), settings).map(bits)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  test("is NaN before it is warm and a number from the first warm bar on", () => {
    fc.assert(
      fc.property(settingsOf(indicator), fc.infiniteStream(fc.integer({ min: 1, max: 500 })), (settings, ticks) => {
        const rows = Array.from({ length: 40 }, () => {
          const [a, b, c, d] = [...ticks.take(4)] as [number, number, number, number];
          return [a + b, a, a + b / 2, c + d];
        });
        const warm = indicator.warmup(settings);
        const out = indicator.column(inputsOf(indicator, rows), settings);
        for (const column of out) expect(column.slice(warm).filter((x) => !Number.isFinite(x))).toHaveLength(0);
        if (warm > 0) expect(out.some((column) => Number.isNaN(column[warm - 1]))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("what is no number makes it forget all that came before", () => {
    fc.assert(
      fc.property(columns, columns, settingsOf(indicator), fc.nat(3), (before, after, settings, at) => {
        const gap = [2, 1, 1.5, 3];
        gap[at % indicator.inputs.length] = Number.NaN;
        const whole = indicator.column(inputsOf(indicator, [...before, gap, ...after]), settings);
        const fresh = indicator.column(inputsOf(indicator, after), settings);
        expect(whole.map((column) => bits(column.subarray(before.length + 1)))).toEqual(fresh.map(bits));
        expect(whole.map((column) => column[before.length])).toEqual(whole.map(() => Number.NaN));
      }),
      { numRuns: 100 },
    );
  });
});

const settings = (name: string, given: Record<string, number> = {}): Settings => completeSettings(indicators[name]!, given);
const run = (name: string, given: Record<string, number>, ...inputs: number[][]): number[][] =>
  indicators[name]!.column(
    inputs.map((input) => Float64Array.from(input)),
    settings(name, given),
  ).map((column) => [...column]);
const near = (value: number): unknown => (Number.isNaN(value) ? value : expect.closeTo(value, 12));

test("definitions, worked by hand", () => {
  expect(run("sma", { period: 3 }, [1, 2, 6, 7])).toEqual([[NaN, NaN, 3, 5]]);
  expect(run("ema", { period: 3 }, [1, 2, 6, 7])).toEqual([[NaN, NaN, 3, 5]]);
  expect(run("wma", { period: 3 }, [1, 2, 6, 7])).toEqual([[NaN, NaN, 23 / 6, 35 / 6]]);
  expect(run("rsi", { period: 2 }, [1, 2, 1, 4])).toEqual([[NaN, NaN, 50, 87.5]]);
  expect(run("atr", { period: 2 }, [9, 12, 11], [8, 10, 10], [8, 11, 10])).toEqual([[NaN, NaN, 2.5]]);
  expect(run("macd", { fast: 1, slow: 2, signal: 2 }, [1, 3, 3, 6])).toEqual([
    [NaN, 1, 1 / 3, 10 / 9].map(near),
    [NaN, NaN, 2 / 3, 26 / 27].map(near),
    [NaN, NaN, -1 / 3, 4 / 27].map(near),
  ]);
  expect(run("bollinger", { period: 2, width: 3 }, [1, 3, 3])).toEqual([
    [NaN, 2, 3],
    [NaN, 5, 3],
    [NaN, -1, 3],
  ]);
  expect(run("stochastic", { period: 2, smooth: 1, d: 2 }, [4, 6, 6], [2, 2, 4], [3, 5, 3])).toEqual([
    [NaN, 75, 25],
    [NaN, NaN, 50],
  ]);
  expect(run("donchian", { period: 2 }, [4, 6, 5], [2, 3, 1])).toEqual([
    [NaN, 6, 6],
    [NaN, 2, 1],
    [NaN, 4, 3.5],
  ]);
  expect(run("obv", {}, [3, 4, 4, 2], [10, 5, 7, 1])).toEqual([[10, 15, 15, 14]]);
  expect(run("vwap", { period: 2 }, [3, 6, 6], [3, 6, 6], [3, 6, 6], [1, 2, 0])).toEqual([[NaN, 5, 6]]);
  // +DM 2, 0, 1; −DM 0, 1, 0; ranges 2.5, 2.5, 2.5; sums of Wilder with period 2: each takes half of the last one off.
  expect(run("adx", { period: 2 }, [10, 12, 11.5, 12.5], [9, 10, 9, 10.5], [9.5, 11, 10, 12])).toEqual([
    [NaN, NaN, NaN, (0 + (100 * (1.5 - 0.5)) / 2) / 2].map(near),
    [NaN, NaN, 100 / 3.75, 150 / 4.375].map(near),
    [NaN, NaN, 100 / 3.75, 50 / 4.375].map(near),
  ]);
});

test("nothing moved: the middle, not an end", () => {
  const flat = Array.from({ length: 12 }, () => 0.1 + 0.2);
  expect(run("rsi", { period: 3 }, flat)[0]!.at(-1)).toBe(50);
  expect(run("stochastic", { period: 3 }, flat, flat, flat).map((column) => column.at(-1))).toEqual([50, 50]);
  expect(run("adx", { period: 3 }, flat, flat, flat).map((column) => column.at(-1))).toEqual([0, 0, 0]);
  expect(
    run(
      "vwap",
      { period: 3 },
      flat,
      flat,
      flat,
      flat.map(() => 0),
    )[0]!.at(-1),
  ).toBe(NaN);
});

test("the mean of equal values is that value", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-100, max: 1e100, noNaN: true }), fc.integer({ min: 1, max: 60 }), (price, period) => {
      const flat = Array.from({ length: 70 }, () => price);
      expect(run("sma", { period }, flat)[0]!.at(-1)).toBe(price);
      expect(run("wma", { period }, flat)[0]!.at(-1)).toBe(price);
      expect(run("bollinger", { period }, flat).map((column) => column.at(-1))).toEqual([price, price, price]);
    }),
  );
});

test("a mean is the exact one rounded once, whatever came before its window", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 40, maxLength: 120 }), fc.integer({ min: 1, max: 30 }), (ticks, period) => {
      const prices = ticks.map((tick) => tick / 64);
      const sums = ticks.map((_, t) => ticks.slice(Math.max(0, t - period + 1), t + 1).reduce((sum, tick) => sum + tick, 0));
      const exact = sums.map((sum, t) => (t < period - 1 ? NaN : sum / (64 * period)));
      expect(run("sma", { period }, prices)[0]).toEqual(exact);
    }),
  );
});

test("averages that tie in decimals tie as doubles, nine times of ten", () => {
  let state = 12_345;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  const ticks: number[] = [10_000];
  for (let t = 1; t < 100_000; t++) ticks.push(Math.max(1000, ticks.at(-1)! + Math.round((next() - 0.5) * 20)));
  const prices = ticks.map((tick) => tick / 100);
  const [fast, slow] = [10, 30].map((period) => run("sma", { period }, prices)[0]!);
  let exact = 0;
  let found = 0;
  let wrong = 0;
  let [sum10, sum30] = [0, 0];
  for (let t = 0; t < ticks.length; t++) {
    sum10 += ticks[t]! - (ticks[t - 10] ?? 0);
    sum30 += ticks[t]! - (ticks[t - 30] ?? 0);
    if (t < 29) continue;
    const tie = 3 * sum10 === sum30;
    if (tie) exact++;
    if (tie && fast![t] === slow![t]) found++;
    if (!tie && Math.sign(fast![t]! - slow![t]!) !== Math.sign(3 * sum10 - sum30)) wrong++;
  }
  expect(exact).toBeGreaterThan(100);
  expect(found / exact).toBeGreaterThan(0.9);
  expect(wrong).toBe(0);
});

test("settings are filled in and refused by name", () => {
  expect(settings("macd", { fast: 5 })).toEqual({ fast: 5, slow: 26, signal: 9 });
  const refused = (name: string, given: Record<string, number>, message: string): void =>
    expect(() => settings(name, given)).toThrow(expect.objectContaining({ code: "strategy/bad-setting", message }));
  refused("sma", { period: 2.5 }, "sma: period is to be a whole number, not 2.5");
  refused("sma", { period: 0 }, "sma: period is to be 1 to 100000, not 0");
  refused("sma", { period: NaN }, "sma: period is to be a whole number, not NaN");
  refused("obv", { period: 3 }, "obv: has no setting period; it has none");
  refused("bollinger", { width: -1 }, "bollinger: width is to be 0 to 100, not -1");
});
