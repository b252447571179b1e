import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../src/base/clock.ts";
import { connectEngine } from "../../src/runner/engine.ts";
import { openSession } from "../../src/runner/session.ts";

/** A process whose session does not read; it says when it is held back from sending. To be killed. */
const [image = "", scope = ""] = process.argv.slice(2);
const session = openSession(
  await connectEngine(),
  {
    image,
    command: ["python3", "-c", "import time; time.sleep(600)"],
    files: [],
    limits: { memoryMiB: 64, cpus: 1, pids: 16, diskMiB: 16 },
    run: "r-killed",
    scope,
    deadlineMs: systemClock.nowMs() + 600_000,
    lineBytesMax: 1000,
  },
  { onLine: () => {} },
);
await session.ready;
const line = "x".repeat(1024 * 1024);
// More than any window: what is not taken in half a second never will be.
const held = await Promise.race([session.send(line).then(() => false), wait(500).then(() => true)]);
process.stdout.write(held ? "held\n" : "");
await session.ended;
