import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { newId } from "../../src/base/ids.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import { openSession, type Session, type SessionEars, type SessionSpec } from "../../src/runner/session.ts";
import { killAll, sweepOrphans } from "../../src/runner/sweep.ts";
import { findReal, type Real } from "./real.ts";

const real = await findReal();
const { engine, python } = real ?? ({} as Real);
const limits = { memoryMiB: 64, cpus: 1, pids: 16, diskMiB: 16 };

interface Heard {
  session: Session;
  lines: string[];
  /** Resolves when a line comes that is this. */
  line(text: string): Promise<void>;
}

function talk(program: string, more: Partial<SessionSpec> = {}, ears: Partial<SessionEars> = {}): Heard {
  const lines: string[] = [];
  const awaited = new Map<string, () => void>();
  const files = [{ path: "main.py", data: program }];
  const session = openSession(
    engine,
    {
      image: python,
      command: ["python3", "-u", "main.py"],
      files,
      limits,
      run: "r-session",
      deadlineMs: systemClock.nowMs() + 60_000,
      lineBytesMax: 100_000,
      ...more,
    },
    {
      onLine(line) {
        lines.push(line);
        awaited.get(line)?.();
      },
      ...ears,
    },
  );
  const line = (text: string): Promise<void> => new Promise((resolve) => (lines.includes(text) ? resolve() : awaited.set(text, resolve)));
  return { session, lines, line };
}

async function states(scope: string): Promise<string[]> {
  const found = await engine.docker.listContainers({ all: true, filters: { label: [`agentctl.scope=${scope}`] } });
  return found.map(({ State }) => State);
}

const echo = "import sys\nfor line in sys.stdin:\n    if line == 'end\\n': sys.exit(3)\n    print(line, end='')\n";

describe.skipIf(real === undefined)("a session", () => {
  it("says line for line what it is told, long ones too, until its program ends, and leaves nothing", async () => {
    const scope = newId("s");
    const { session, lines } = talk(echo, { scope });
    const said = [...Array.from({ length: 2000 }, (_, index) => `line ${index}`), "x".repeat(90_000), "", "ü"];
    for (const line of said) await session.send(line);
    await session.send("end");
    expect(await session.ended).toEqual({ outcome: "failed", exitCode: 3, oomKilled: false, detail: undefined });
    await session.ready;
    expect(lines).toEqual(said);
    await expect(session.send("more")).rejects.toMatchObject({ code: "runner/session-ended" });
    await expect(session.send("a\nb")).rejects.toMatchObject({ code: "runner/bad-line" });
    await jobsSettled(engine);
    expect(await states(scope)).toEqual([]);
  });

  it("is closed, aborted, killed from outside, and out of time: each is told apart", async () => {
    const scope = newId("s");
    const stop = new AbortController();
    const sleep = "import time\nprint('up')\ntime.sleep(600)\n";
    const [closed, aborted, late] = [
      talk(sleep, { scope }),
      talk(sleep, { scope }, { signal: stop.signal }),
      talk(sleep, { scope, deadlineMs: systemClock.nowMs() + 2500 }),
    ];
    await Promise.all([closed, aborted].map(({ line }) => line("up")));
    await closed.session.close();
    expect(await closed.session.ended).toMatchObject({ outcome: "cancelled" });
    stop.abort();
    expect(await aborted.session.ended).toMatchObject({ outcome: "cancelled", exitCode: 137 });
    expect(await late.session.ended).toMatchObject({ outcome: "timeout" });
    const killed = talk(sleep, { scope });
    await killed.line("up");
    await killAll(engine, scope);
    expect(await killed.session.ended).toMatchObject({ outcome: "cancelled", detail: expect.stringContaining("from outside") });
    await jobsSettled(engine);
    expect(await states(scope)).toEqual([]);
  });

  it("does not fill the host's memory: not with one endless line, not with a gigabyte of short ones", async () => {
    const line = talk("import sys\nwhile True: sys.stdout.write('x' * 65536)\n");
    expect(await line.session.ended).toMatchObject({ outcome: "output-overflow", detail: "a line was longer than allowed" });
    expect(line.lines).toEqual([]);
    let heard = 0;
    const flood = talk(
      "import sys\nfor _ in range(1024): sys.stdout.write(('x' * 1023 + '\\n') * 1024)\n",
      {},
      {
        onLine(text) {
          heard += text.length;
        },
      },
    );
    expect(await flood.session.ended).toMatchObject({ outcome: "output-overflow", detail: "more output than can be followed" });
    expect(heard).toBeLessThan(512 * 1024 * 1024);
    const stderr = talk("import sys\nwhile True: sys.stderr.write('x' * 65536)\n");
    expect(await stderr.session.ended).toMatchObject({ outcome: "output-overflow" });
  });

  it("goes on when a child is killed for memory, and says so", async () => {
    const ooms = Promise.withResolvers<void>();
    const eat = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'b = []\\nwhile True: b.append(bytes(4000000))'])\nprint('alive')\n";
    const { session, line } = talk(eat + echo, {}, { onOom: () => ooms.resolve() });
    await Promise.all([line("alive"), ooms.promise]);
    await session.send("still");
    await line("still");
    await session.close();
    expect(await session.ended).toMatchObject({ outcome: "cancelled", oomKilled: true });
  });

  it("says what could not be started", async () => {
    const missing = talk("", { command: ["no-such-program"] });
    await expect(missing.session.ready).rejects.toMatchObject({ code: "runner/session-ended", message: expect.stringContaining("no-such-program") });
    expect(await missing.session.ended).toMatchObject({ outcome: "crashed", detail: expect.stringContaining("no-such-program") });
    const none = talk("", { image: `sha256:${"1".repeat(64)}` });
    await expect(none.session.ready).rejects.toMatchObject({ code: "runner/no-image" });
    expect(await none.session.ended).toMatchObject({ outcome: "crashed" });
    await expect(none.session.send("x")).rejects.toMatchObject({ code: "runner/no-image" });
  });

  it("holds a sender back while its program does not read, and ends with its client all the same", async () => {
    const scope = newId("s");
    const client = spawn(process.execPath, [fileURLToPath(new URL("session-client.ts", import.meta.url)), python, scope], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(client.stdout, "data");
    expect(await states(scope)).toEqual(["running"]);
    client.kill("SIGKILL");
    await once(client, "exit");
    await expect.poll(() => states(scope), { timeout: 10_000 }).toEqual(["exited"]);
    expect(await sweepOrphans(engine)).toBeGreaterThanOrEqual(1);
    expect(await states(scope)).toEqual([]);
  });
});
