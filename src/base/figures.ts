/** Figures for people. What is not defined is a dash, never 0. */

/**
 * A share as percent: 0.0341 ⇒ `3.41 %`. What was rounded keeps its zeros (0.31049 ⇒ `31.0 %`), what is exact has none (0.1 ⇒ `10 %`).
 * Less than all never reads as all: 0.9996 ⇒ `99.96 %`.
 */
export function share(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const percent = value * 100;
  let decimals = Math.abs(percent) >= 10 ? 1 : 2;
  while (Math.abs(percent) < 100 && Number(Math.abs(percent).toFixed(decimals)) === 100 && decimals < 6) decimals += 1;
  const exact = Math.abs(percent - Number(percent.toFixed(decimals))) < 1e-9;
  return `${written(percent, exact ? 0 : decimals, decimals)} %`;
}

/** An amount of money: two decimals below 1,000, none above. */
export function money(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const decimals = Math.abs(value) < 1000 ? 2 : 0;
  return written(value, decimals, decimals);
}

/** Without a sign where nothing is left of a negative number. */
function written(value: number, decimalsMin: number, decimalsMax: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: decimalsMin, maximumFractionDigits: decimalsMax, signDisplay: "negative" });
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
