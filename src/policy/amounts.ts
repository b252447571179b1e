import { AgentctlError } from "../base/errors.ts";

/** What budgets count. */
export const dimensions = ["tokens", "costUsd", "wallMs", "files", "hosts", "riskUsd"] as const;
export type Dimension = (typeof dimensions)[number];

/** As people and events write them: US dollars, milliseconds, counts. */
export type Amounts = Partial<Record<Dimension, number>>;

/** The same as exact whole numbers: money in millionths of a dollar, all else as it is. */
export type Exact = { readonly [D in Dimension]: bigint };

const money: ReadonlySet<Dimension> = new Set(["costUsd", "riskUsd"]);
const largest = 10n ** 15n;

export const nothing: Exact = { tokens: 0n, costUsd: 0n, wallMs: 0n, files: 0n, hosts: 0n, riskUsd: 0n };

/** Amounts as exact numbers; parts of a unit count as a whole one, so that nothing is spent below the counter. */
export function exactly(amounts: Amounts): Exact {
  return Object.fromEntries(dimensions.map((name) => [name, exact(name, amounts[name] ?? 0)])) as Exact;
}

/** One amount; rounded up for what is asked and spent, down for limits. */
export function exact(dimension: Dimension, amount: number, rounding: "up" | "down" = "up"): bigint {
  if (!Number.isFinite(amount) || amount < 0) {
    throw new AgentctlError("policy/bad-amount", `${dimension} is ${amount}; amounts are finite and not negative`, { exit: "usage" });
  }
  const value = scaled(amount, money.has(dimension) ? 6 : 0, rounding);
  if (value > largest) throw new AgentctlError("policy/bad-amount", `${dimension} is ${amount}, more than any budget counts`, { exit: "usage" });
  return value;
}

/** amount × 10^digits from its shortest decimal form: 0.29 is 290000 millionths, although 0.29 * 1e6 is not. */
function scaled(amount: number, digits: number, rounding: "up" | "down"): bigint {
  const [mantissa = "0", exponent = "0"] = String(amount).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const shift = digits + Number(exponent) - fraction.length;
  const value = BigInt(whole + fraction);
  if (shift >= 0) return value * 10n ** BigInt(Math.min(shift, 400));
  const divisor = 10n ** BigInt(Math.min(-shift, 400));
  return value / divisor + (rounding === "up" && value % divisor > 0n ? 1n : 0n);
}

/** The sum, dimension by dimension. */
export function add(a: Exact, b: Exact): Exact {
  return Object.fromEntries(dimensions.map((name) => [name, a[name] + b[name]])) as Exact;
}

/** Back to what people read; dimensions at zero are left out. */
export function inWords(exact: Exact): Amounts {
  return Object.fromEntries(dimensions.filter((name) => exact[name] !== 0n).map((name) => [name, asNumber(name, exact[name])]));
}

/** One exact amount in the unit that people write; money back from millionths. */
export function asNumber(dimension: Dimension, value: bigint): number {
  if (!money.has(dimension)) return Number(value);
  const digits = (value < 0n ? -value : value).toString().padStart(7, "0");
  return Number(`${value < 0n ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`);
}
