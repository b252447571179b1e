/** Figures for people. What is not defined is a dash, never 0. */

/** A share as percent: 0.0341 ⇒ `3.41 %`. */
export function share(value: number): string {
  return Number.isFinite(value) ? `${(value * 100).toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) >= 0.1 ? 1 : 2 })} %` : "-";
}

/** An amount of money: two decimals below 1,000, none above. */
export function money(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const decimals = Math.abs(value) < 1000 ? 2 : 0;
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Any other number, to four significant digits: 1.2345678 ⇒ `1.235`. */
export function amount(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en-US", { maximumSignificantDigits: Math.abs(value) >= 1000 ? 21 : 4, maximumFractionDigits: 4 }) : "-";
}

/** A metric in its unit: share, money, or any other, which is written behind it. */
export function figure(value: number | null, unit: string | undefined): string {
  if (value === null) return "-";
  if (unit === "share") return share(value);
  if (unit === "money") return money(value);
  return unit === undefined || unit === "ratio" || unit === "count" ? amount(value) : `${amount(value)} ${unit}`;
}
