import { createMask } from "../src/trace/mask.ts";
import { median, type BenchRow } from "./row.ts";

/** Masking a megabyte of ordinary text with twenty secrets known, in every form and in pieces. */
export async function bench(): Promise<BenchRow[]> {
  const letters = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4f";
  const mask = createMask(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`SECRET_${n}`, `${n}${letters}`])));
  const text = "The quick brown fox jumps over the lazy dog; 5105 bars, 88 trades.\n".repeat(15_000);
  const times = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    mask(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return [
    {
      name: "masking a megabyte",
      value: median(times.slice(2)),
      unit: "ms",
      limit: 200,
      reference: `${text.length} characters, twenty secrets, computing time`,
    },
  ];
}
