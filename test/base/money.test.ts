import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AgentctlError } from "../../src/base/errors.ts";
import { decimalRate, powerOfTen, proportion, roundHalfEven, scaledProduct, sumOf, toWhole } from "../../src/base/money.ts";

const largest = Number.MAX_SAFE_INTEGER;
const whole = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: -20, max: 20 }));

/** Half to even over rationals, as arithmetic on BigInt. */
function divided(dividend: bigint, divisor: bigint): bigint {
  const floor = dividend / divisor - (dividend % divisor !== 0n && dividend < 0n !== divisor < 0n ? 1n : 0n);
  const twice = (dividend - floor * divisor) * 2n;
  if (twice < divisor) return floor;
  return twice > divisor || floor % 2n !== 0n ? floor + 1n : floor;
}

const tooLarge = "base/amount-too-large";

/** What is to come out: the number, or the error of one that is too large. */
const bounded = (value: bigint): bigint | string => (value > BigInt(largest) || value < -BigInt(largest) ? tooLarge : value);

function outcome(found: () => number): bigint | string {
  try {
    return BigInt(found());
  } catch (thrown) {
    return thrown instanceof AgentctlError ? thrown.code : String(thrown);
  }
}

describe("money", () => {
  it("products are exact and rounded once, as over rationals", () => {
    fc.assert(
      fc.property(whole, whole, fc.integer({ min: -6, max: 20 }), (a, b, decimals) => {
        const product = BigInt(a) * BigInt(b);
        const value = decimals > 0 ? divided(product, 10n ** BigInt(decimals)) : product * 10n ** BigInt(-decimals);
        expect(outcome(() => scaledProduct(a, b, decimals))).toBe(bounded(value));
      }),
      { numRuns: 5000 },
    );
  });

  it("proportions are exact and rounded once, as over rationals", () => {
    fc.assert(
      fc.property(whole, whole, fc.integer({ min: 1, max: largest }), (amount, part, of) => {
        expect(outcome(() => proportion(amount, part, of))).toBe(bounded(divided(BigInt(amount) * BigInt(part), BigInt(of))));
      }),
      { numRuns: 5000 },
    );
  });

  it("what is split over lots adds up to the whole", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 8 }), (amount, parts) => {
        let left = amount;
        let units = parts.reduce((sum, part) => sum + part, 0);
        let sum = 0;
        for (const part of parts) {
          const share = proportion(left, part, units);
          left -= share;
          units -= part;
          sum += share;
        }
        expect([left, sum]).toEqual([0, amount]);
      }),
    );
  });

  it("rounds halves to the even neighbour", () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.5001].map((value) => roundHalfEven(value) + 0)).toEqual([0, 2, 2, 0, -2, 2, 3]);
    expect([5, 15, 25, -5, -15].map((amount) => scaledProduct(amount, 1, 1))).toEqual([0, 2, 2, 0, -2]);
    expect(Object.is(scaledProduct(-4, 1, 1), 0)).toBe(true);
  });

  it("a decimal number keeps its decimals through whole units and back", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), fc.integer({ min: 0, max: 6 }), (units, decimals) => {
        const value = Number(`${units}e-${decimals}`);
        expect(toWhole(value, decimals)).toBe(units);
        expect(units / powerOfTen(decimals)).toBe(value);
      }),
    );
  });

  it("a rate is the decimal it was written as", () => {
    expect([0.001, 0.00035, 0, 1, 12.5, 1e-12].map(decimalRate)).toEqual([
      { numerator: 1, decimals: 3 },
      { numerator: 35, decimals: 5 },
      { numerator: 0, decimals: 0 },
      { numerator: 1, decimals: 0 },
      { numerator: 125, decimals: 1 },
      { numerator: 1, decimals: 12 },
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: 10 }), (numerator, decimals) => {
        const rate = decimalRate(Number(`${numerator}e-${decimals}`));
        expect(BigInt(rate.numerator) * 10n ** BigInt(12 - rate.decimals)).toBe(BigInt(numerator) * 10n ** BigInt(12 - decimals));
      }),
    );
  });

  it("says what to lower when an amount outgrows 2^53", () => {
    const error = expect.objectContaining({ code: tooLarge, hint: expect.stringContaining("account.decimals") });
    expect(() => toWhole(1e9, 8)).toThrow(error);
    expect(() => toWhole(Number.NaN, 2)).toThrow(error);
    expect(() => sumOf(largest, 1)).toThrow(error);
    expect(() => scaledProduct(largest, 10, 0)).toThrow(error);
    expect(sumOf(largest, -1)).toBe(largest - 1);
    expect(() => powerOfTen(16)).toThrow(RangeError);
  });
});
