import fc from "fast-check";
import { expect, test } from "vitest";
import type { Bars } from "../../src/strategy/bars.ts";
import { sliceBars } from "../../src/strategy/bars.ts";
import { detectRegimes } from "../../src/strategy/regime.ts";
import { sp500Bars } from "../support/sp500-bars.ts";

function barsOf(close: readonly number[]): Bars {
  const column = Float64Array.from(close);
  return { length: close.length, ts: column.map((_, t) => t * 86_400_000), open: column, high: column, low: column, close: column, volume: column };
}

/** Prices that drift and swing to and fro, each part by its own. */
function series(...parts: readonly (readonly [bars: number, drift: number, swing: number])[]): Bars {
  const close = [100];
  for (const [bars, drift, swing] of parts) for (let t = 0; t < bars; t++) close.push(close.at(-1)! * Math.exp(drift + (t % 2 === 0 ? swing : -swing)));
  return barsOf(close);
}

const options = { trend: 40, volatility: 10, usual: 80 };
const named = (bars: Bars, given = options): string[] => {
  const { label, names } = detectRegimes(bars, given);
  return Array.from(label, (index) => names[index]!);
};

test("a rise, a fall and neither are told apart", () => {
  const found = named(series([120, 0.004, 0.01], [120, -0.004, 0.01], [120, 0, 0.01]));
  expect(found[79]).toBe("unknown");
  expect(found[80]).toBe("bull calm");
  expect(found[120]).toBe("bull calm");
  expect(found[200]).toBe("bear calm");
  expect(found[340]).toBe("sideways calm");
});

test("wild is judged against the usual, calm comes back with it", () => {
  const found = named(series([200, 0, 0.01], [30, 0, 0.04], [200, 0, 0.01]));
  expect(found[199]).toBe("sideways calm");
  expect(found.slice(205, 235).every((name) => name === "sideways wild")).toBe(true);
  expect(found[420]).toBe("sideways calm");
  expect(new Set(named(series([300, 0, 0.04])).slice(80))).toEqual(new Set(["sideways calm"]));
});

test("a regime holds on: near its limits it does not flicker", () => {
  const { label } = detectRegimes(sp500Bars());
  let changes = 0;
  for (let t = 251; t < label.length; t++) if (label[t] !== label[t - 1]) changes++;
  expect(changes).toBeLessThan(260);
  expect(new Set(label.slice(251)).has(0)).toBe(false);
});

test("on the S&P bars the falls of 2002 and 2008 are bear and wild, 2013 and 2017 bull and calm", () => {
  const bars = sp500Bars();
  const found = named(bars, { trend: 120, volatility: 20, usual: 250 });
  const on = (date: string): string => found[bars.ts.indexOf(Date.parse(date))]!;
  expect([on("2002-07-24"), on("2008-10-15")]).toEqual(["bear wild", "bear wild"]);
  expect([on("2013-05-15"), on("2017-11-15")]).toEqual(["bull calm", "bull calm"]);
});

test("only bars up to now are looked at: labels of a prefix are the prefix of the labels", () => {
  const bars = sliceBars(sp500Bars(), 1800, 2700);
  const whole = detectRegimes(bars, options).label;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bars.length }), (cut) => {
      expect(detectRegimes(sliceBars(bars, 0, cut), options).label).toEqual(whole.subarray(0, cut));
    }),
    { numRuns: 40 },
  );
});

test("prices that do not move are sideways and calm; a steady rise without any swing is a bull", () => {
  expect(named(barsOf(Array.from({ length: 100 }, () => 5))).at(-1)).toBe("sideways calm");
  expect(named(series([200, 0.001, 0])).at(-1)).toBe("bull calm");
});

test("a price that is missing or not above 0 is unknown, and so is what follows until there are bars enough", () => {
  for (const gap of [Number.NaN, 0, -3]) {
    const bars = series([300, 0.004, 0.01]);
    bars.close[150] = gap;
    const found = named(bars);
    expect(found[149]).toBe("bull calm");
    expect(found.slice(150, 231).every((name) => name === "unknown")).toBe(true);
    expect(found[231]).toBe("bull calm");
  }
});

test.each([{ trend: 1 }, { volatility: 2.5 }, { usual: Number.NaN }])("%j is refused", (given) => {
  expect(() => detectRegimes(barsOf([1, 2]), given)).toThrow(expect.objectContaining({ code: "strategy/bad-setting" }));
});
