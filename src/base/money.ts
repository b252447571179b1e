import { AgentctlError } from "./errors.ts";

/**
 * Amounts as whole numbers of 10^-decimals, held in doubles below 2^53, where addition is exact. Products and quotients are exact too and are rounded
 * once, half to even (IEEE 754, roundTiesToEven): in doubles where the product fits, through BigInt where it does not.
 */

/** A rate as an exact decimal: numerator × 10^-decimals. */
export interface DecimalRate {
  readonly numerator: number;
  readonly decimals: number;
}

const largest = Number.MAX_SAFE_INTEGER;
const powers = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);
const rateDecimals = 12;

/** 10^exponent for 0 … 15, exact. */
export function powerOfTen(exponent: number): number {
  const power = powers[exponent];
  if (power === undefined) throw new RangeError(`10^${exponent} is not one of 10^0 … 10^15`);
  return power;
}

/** To the nearest whole number, halves to the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  return rest > 0.5 || floor % 2 !== 0 ? floor + 1 : floor;
}

/** A decimal number as whole units of 10^-decimals, nearest. Errors: base/amount-too-large. */
export function toWhole(value: number, decimals: number): number {
  const whole = roundHalfEven(value * powerOfTen(decimals));
  if (whole > largest || whole < -largest || Number.isNaN(whole)) throw tooLarge(`${value} at ${decimals} decimals`);
  return whole;
}

/** A rate such as 0.001 as the decimal that it was written as, to 12 decimals. */
export function decimalRate(rate: number): DecimalRate {
  const [digits = "0", exponent = "0"] = rate.toExponential().split("e");
  const decimals = Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
  if (decimals > rateDecimals) return decimalRate(Number(rate.toFixed(rateDecimals)));
  return { numerator: Math.round(rate * powerOfTen(decimals)), decimals };
}

/** a × b × 10^-decimals of whole numbers, rounded once; `decimals` may be negative. Errors: base/amount-too-large. */
export function scaledProduct(a: number, b: number, decimals: number): number {
  const product = a * b;
  if (product <= largest && product >= -largest) {
    if (decimals >= 0 && decimals <= 15) return divideHalfEven(product, powers[decimals] as number);
    const scaled = decimals < 0 && decimals >= -15 ? product * (powers[-decimals] as number) : Infinity;
    if (scaled <= largest && scaled >= -largest) return scaled;
  }
  const wide = BigInt(a) * BigInt(b);
  return decimals > 0 ? safe(divideWide(wide, 10n ** BigInt(decimals))) : safe(wide * 10n ** BigInt(-decimals));
}

/** amount × part / whole of whole numbers, rounded once: what a part of the units carries of an amount. */
export function proportion(amount: number, part: number, whole: number): number {
  if (part === whole) return amount;
  const product = amount * part;
  if (product <= largest && product >= -largest) return divideHalfEven(product, whole);
  return safe(divideWide(BigInt(amount) * BigInt(part), BigInt(whole)));
}

/** The sum of two amounts. Errors: base/amount-too-large. */
export function sumOf(a: number, b: number): number {
  const sum = a + b;
  if (sum > largest || sum < -largest) throw tooLarge("a sum");
  return sum;
}

/** A whole number below 2^53 over a positive one. The quotient of doubles may be one too high, never more: its rest tells. */
function divideHalfEven(dividend: number, divisor: number): number {
  if (divisor === 1) return dividend;
  const size = Math.abs(dividend);
  let quotient = Math.floor(size / divisor);
  let rest = size - quotient * divisor;
  if (rest < 0) {
    quotient -= 1;
    rest += divisor;
  }
  const missing = divisor - rest;
  if (rest > missing || (rest === missing && quotient % 2 === 1)) quotient += 1;
  return dividend < 0 && quotient !== 0 ? -quotient : quotient;
}

function divideWide(dividend: bigint, divisor: bigint): bigint {
  const size = dividend < 0n ? -dividend : dividend;
  let quotient = size / divisor;
  const twice = (size % divisor) * 2n;
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient += 1n;
  return dividend < 0n ? -quotient : quotient;
}

function safe(wide: bigint): number {
  if (wide > BigInt(largest) || wide < -BigInt(largest)) throw tooLarge("an amount");
  return Number(wide);
}

function tooLarge(what: string): AgentctlError {
  return new AgentctlError("base/amount-too-large", `${what} has more than 2^53 steps and could not be booked exactly`, {
    hint: "lower account.decimals in strategy.yaml, or priceDecimals and unitDecimals of the data",
  });
}
