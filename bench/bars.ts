import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/base/clock.ts";
import { barsDigest } from "../src/market/digest.ts";
import { seeded } from "../src/base/seeded.ts";
import { barColumns, barsOf } from "../src/strategy/bars.ts";
import { readBars, writeBars } from "../src/trace/bar-lake.ts";
import { median, type BenchRow } from "./row.ts";

const length = 1_000_000;
const rounds = 7;

/** Reading 1e6 one-minute bars from the lake into columns, against reading the same 48 MB from a raw file into columns. */
export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-bench-"));
  try {
    const chance = seeded(7);
    let price = 20_000;
    const bars = barsOf(length, () => new Float64Array(length));
    for (let at = 0; at < length; at += 1) {
      const open = price;
      price = Math.round((price + (chance() - 0.5) * 10) * 100) / 100;
      bars.ts[at] = 1_600_000_000_000 + at * 60_000;
      bars.open[at] = open;
      bars.close[at] = price;
      bars.high[at] = Math.max(open, price) + 1;
      bars.low[at] = Math.min(open, price) - 1;
      bars.volume[at] = Math.round(chance() * 1e5) / 1e5;
    }
    const sha256 = barsDigest(bars);
    await writeBars(folder, "bench", { sha256 }, bars);
    const raw = join(folder, "raw");
    writeFileSync(raw, Buffer.concat(barColumns.map((name) => Buffer.from(bars[name].buffer))));

    const lake: number[] = [];
    const bare: number[] = [];
    const digest: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = systemClock.monotonicMs();
      const read = await readBars(folder, "bench", sha256);
      const between = systemClock.monotonicMs();
      if (read === undefined || barsDigest(read) !== sha256) throw new Error("the bars that came back are others");
      const after = systemClock.monotonicMs();
      const bytes = readFileSync(raw);
      barsOf(length, (_, index) => new Float64Array(bytes.buffer, bytes.byteOffset + index * length * 8, length).slice());
      const end = systemClock.monotonicMs();
      // The first round compiles code.
      if (round === 0) continue;
      lake.push(between - start);
      digest.push(after - between);
      bare.push(end - after);
    }
    const [reading, hashing, reference] = [median(lake), median(digest), median(bare)];
    const against = `${reference.toFixed(0)} ms for a raw file of the same doubles; hashing them ${hashing.toFixed(0)} ms`;
    return [
      { name: "1e6 bars from the lake", value: reading / 1000, unit: "s", limit: 0.2, reference: against },
      { name: "1e6 bars from the lake", value: reading / reference, unit: "×", limit: 6, reference: against },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
