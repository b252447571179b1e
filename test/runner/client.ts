import { connectEngine } from "../../src/runner/engine.ts";
import { defaultLimits } from "../../src/runner/job.ts";
import { openPool } from "../../src/runner/pool.ts";
import { runJob } from "../../src/runner/run-job.ts";

/** A process that runs a long job beside a pool of waiting slots, and says when both are up. To be killed. */
const [image = "", scope = ""] = process.argv.slice(2);
const engine = await connectEngine();
const pool = openPool(engine, { image, size: 2, limits: defaultLimits, run: "r-pool", scope });
await pool.filled();
const program =
  "import sys, time, subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)\nprint('up', file=sys.stderr, flush=True)\ntime.sleep(600)";
await runJob(
  engine,
  { image, command: ["python3", "-c", program], files: [], limits: { ...defaultLimits, timeoutMs: 600_000 }, run: "r-killed", scope },
  { onStderr: () => process.stdout.write("up\n") },
);
