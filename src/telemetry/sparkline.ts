const bars = [..."▁▂▃▄▅▆▇█"];

/** Shares from 0 to 1 as a line of bars, on that scale; a dot where there is nothing. */
export function sparkline(shares: readonly (number | null)[]): string {
  return shares
    .map((share) => (share === null ? "·" : (bars[Math.min(bars.length - 1, Math.floor(Math.max(0, Math.min(1, share)) * bars.length))] ?? "")))
    .join("");
}
