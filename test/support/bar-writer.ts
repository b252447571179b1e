import { barsDigest } from "../../src/market/digest.ts";
import { writeBars } from "../../src/trace/bar-lake.ts";
import { barsFrom, minuteMs } from "./market-bars.ts";

/** A process of its own that writes so many bars, and says so just before; for tests that kill it or take the disk away from it. */
const [, , stateDir = "", name = "", length = "0"] = process.argv;
const bars = barsFrom(Array.from({ length: Number(length) }, (_, at) => [at * minuteMs, 100 + Math.sin(at), 102, 98, 100 + Math.cos(at), at / 3]));
process.stdout.write("writing\n");
try {
  await writeBars(stateDir, name, { sha256: barsDigest(bars) }, bars);
} catch (thrown) {
  process.stderr.write(`${(thrown as { code?: string }).code}\n`);
  process.exitCode = 1;
}
