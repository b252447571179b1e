import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asNumber, exact, exactly, inWords } from "../../src/policy/amounts.ts";

describe("exact amounts", () => {
  test.each([
    [0.29, 290_000n],
    [0.1 + 0.2, 300_001n],
    [50, 50_000_000n],
    [1e-7, 1n],
    [1.5e-6, 2n],
    [123_456.789_012_3, 123_456_789_013n],
    [0, 0n],
    [-0, 0n],
  ])("%d dollars are %d millionths, rounded up", (usd, micro) => {
    expect(exact("costUsd", usd)).toBe(micro);
  });

  test("limits are rounded down, counts are whole", () => {
    expect(exact("costUsd", 0.000_000_9, "down")).toBe(0n);
    expect(exact("tokens", 10.2)).toBe(11n);
    expect(exact("tokens", 10.9, "down")).toBe(10n);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300, 1e16])("%d is no amount", (value) => {
    expect(() => exact("riskUsd", value)).toThrow(/riskUsd is/);
  });

  test("what was written comes back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (micro) => {
        const usd = Number(`${Math.floor(micro / 1e6)}.${String(micro % 1e6).padStart(6, "0")}`);
        expect(exact("costUsd", usd)).toBe(BigInt(micro));
        expect(asNumber("costUsd", BigInt(micro))).toBe(usd);
      }),
    );
    expect(inWords(exactly({ tokens: 3, costUsd: 0.25, hosts: 0 }))).toEqual({ tokens: 3, costUsd: 0.25 });
  });

  test("rounding up never loses, and never adds a whole unit", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (usd) => {
        const micro = Number(exact("costUsd", usd));
        expect(micro).toBeGreaterThanOrEqual(usd * 1e6 * (1 - 1e-12));
        expect(micro).toBeLessThan(usd * 1e6 + 1.001);
      }),
    );
  });
});
