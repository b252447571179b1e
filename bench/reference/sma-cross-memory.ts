import { engine, walk } from "./sma-cross.ts";

/** The run of 1e6 bars by itself, bars included: prints the peak of resident memory in KiB. */
engine(walk(1_000_000));
process.stdout.write(String(process.resourceUsage().maxRSS));
