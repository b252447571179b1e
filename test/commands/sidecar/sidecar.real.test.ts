import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sha256 } from "../../../src/base/digest.ts";
import { markUntrusted } from "../../../src/ledger/lanes.ts";
import { openLedger } from "../../../src/ledger/ledger.ts";
import type { SidecarCell } from "../../../src/operations/sidecar-cells.ts";
import { cli, type CliAnswer } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { containersOf, recordsOf, shipped } from "../../support/skills.ts";
import { folder, workspace, type TestWorkspace } from "../../support/workspace.ts";

const config = "profile: small\nsidecar: { mode: on, memoryMiB: 256, timeoutMs: 20000 }\n";
const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));

describeReal("a person's sidecar", () => {
  let w: TestWorkspace;
  let stateDir: string;
  const exec = async (code: string, expectExit: number | null = 0, ...more: string[]): Promise<SidecarCell> =>
    (await cli(w.dir, ["sidecar", "exec", "-", "--json", ...more], { stdin: code, expectExit })).json() as SidecarCell;
  const plain = (code: string, expectExit = 0, ...more: string[]): Promise<CliAnswer> => cli(w.dir, ["sidecar", "exec", code, ...more], { expectExit });

  beforeAll(async () => {
    w = workspace({ "agentctl.yaml": config, ...shipped("policies") });
    stateDir = join(w.dir, ".git", "agentctl");
    await cli(w.dir, ["sidecar", "start"]);
  }, 120_000);
  afterAll(async () => {
    await cli(w.dir, ["sidecar", "stop"], { expectExit: null });
  });

  test("it keeps variables over processes; values and output are data, errors words; one a workspace, closed to others", async () => {
    expect((await plain("x = 20; print('hello'); x + 1")).stdout).toBe("hello\n21\n");
    expect((await plain("x * 2")).stdout).toBe("40\n");
    const failed = await plain("1 / 0", 1);
    expect(failed.stdout).toBe("");
    expect(failed.stderr).toContain("ZeroDivisionError: division by zero");
    expect((await cli(w.dir, ["sidecar", "start"], { expectExit: 2 })).stderr).toContain("there is a sidecar already");
    expect(statSync(join(stateDir, "sidecar")).mode & 0o777).toBe(0o700);
    expect(statSync(join(stateDir, "sidecar", "socket")).mode & 0o777).toBe(0o600);
    writeFileSync(join(w.dir, "cell.py"), "y = x + 1\ny");
    expect((await cli(w.dir, ["sidecar", "exec", "--file", "cell.py"])).stdout).toBe("21\n");
  });

  test("pictures are files of the record; each cell was decided before it ran, and is on record with what it came to", async () => {
    const { artifacts, key, run } = await exec("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()");
    expect(artifacts).toEqual([expect.objectContaining({ path: `python/${key}-1.png` })]);
    expect(readFileSync(artifacts[0]!.file).subarray(1, 4).toString()).toBe("PNG");
    const records = recordsOf(w.dir).find(([first]) => (first as { run?: string } | undefined)?.run === run) ?? [];
    const kinds = records.filter(({ data }) => data["key"] === key || data["request"] !== undefined).map(({ kind }) => kind);
    expect(kinds.slice(-3)).toEqual(["decision.made", "tool.asked", "tool.finished"]);
    const lanes = (await cli(w.dir, ["query", "select run, lane from lanes", "--json"])).json() as { rows: unknown[][] };
    expect(lanes.rows).toEqual([[run, "sidecar"]]);
  });

  test("two processes at once: one by one, and each gets its own answer", async () => {
    const cells = await Promise.all([1, 2, 3].map((n) => exec(`import time; a = ${n}; time.sleep(0.2); a * 10`)));
    expect(cells.map(({ result }) => result)).toEqual(["10", "20", "30"]);
  });

  test("a cell out of time ends with 124 and leaves the variables; Ctrl-C interrupts the cell that runs", async () => {
    await exec("kept = 7");
    await plain("import time; time.sleep(60)", 124, "--timeout", "500");
    const child = spawn(process.execPath, [entry, "sidecar", "exec", "import time\nprint('go')\ntime.sleep(60)"], { cwd: w.dir, stdio: "ignore" });
    await expect.poll(async () => ((await cli(w.dir, ["sidecar", "status", "--json"])).json() as { busy: number }).busy, { timeout: 20_000 }).toBe(1);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    expect((await exec("kept")).result).toBe("7");
  });

  test("a cell that eats memory, kills its kernel, forks, or prints without end leaves the sidecar in use, and says what is gone", async () => {
    await exec("v = 1");
    const eaten = await exec("b = bytearray(2_000_000_000)\nfor i in range(0, len(b), 4096): b[i] = 1", 1);
    expect(["died", "error"]).toContain(eaten.outcome);
    const killed = await exec("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 1);
    expect(killed.outcome).toBe("died");
    expect(killed.notices.join()).toContain("variables are gone");
    const long = await exec("for _ in range(200): print('x' * 1_000_000)", null);
    expect(long).toMatchObject({ outcome: "ok", truncated: true });
    expect(long.stdout.length).toBeLessThan(2_000_000);
    await exec("import os\nfor _ in range(200):\n    try:\n        if os.fork() == 0: os._exit(0)\n    except OSError: break", null);
    await exec("import builtins; builtins.len = lambda _: 42; builtins.print = None; open('/tmp/left', 'w').write('x')", null);
    await cli(w.dir, ["sidecar", "reset"]);
    expect((await exec("import os; print('len', len([1])); ('v' in globals(), os.path.exists('/tmp/left'))")).stdout).toBe("len 1\n");
    expect((await exec("'v' in globals()")).result).toBe("False");
  });

  test("code that an untrusted skill made is refused, from a file and from stdin; the sidecar goes on", async () => {
    const code = "print('made elsewhere')\n";
    const ledger = openLedger(stateDir);
    markUntrusted(ledger, "r-elsewhere", [sha256(code)]);
    ledger.close();
    writeFileSync(join(w.dir, "made.py"), code);
    const refused = await cli(w.dir, ["sidecar", "exec", "--file", "made.py"], { expectExit: 3 });
    expect(refused.stderr).toContain("was made in r-elsewhere, where an untrusted skill had its hand in it");
    await cli(w.dir, ["sidecar", "exec", "-"], { stdin: code, expectExit: 3 });
    expect((await plain("1")).stdout).toBe("1\n");
  });

  test("a policy that is committed meanwhile holds for the next cell; a halt ends it, and nothing is left but the record", async () => {
    const [policy, text] = Object.entries(shipped("policies")).find(([path]) => path === "policies/baseline/policy.yaml")!;
    const rule = `  - id: no-python
    match: { action: tool.call, tool: python }
    effect: deny
    reason: no python today
    examples: { match: [{ action: tool.call, tool: python }] }

  - id: people-may-work`;
    w.write({ [policy]: text.replace("  - id: people-may-work", rule) });
    w.commit("no python");
    expect((await plain("1", 3)).stderr).toContain("no python today");
    await cli(w.dir, ["halt", "--reason", "test"]);
    await expect.poll(() => readdirSync(join(stateDir, "sidecar")), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => containersOf(w.dir), { timeout: 20_000 }).toEqual([]);
    await cli(w.dir, ["halt", "release", "--reason", "test", "--yes"], { expectExit: null });
    expect((await cli(w.dir, ["sidecar", "status"])).stdout).toBe("none\n");
  });
});

describeReal("where the state folder lies too deep for a socket", () => {
  test("it listens elsewhere, goes by itself when it is idle, and leaves nothing", async () => {
    const deep = join(folder(), "d".repeat(60), "e".repeat(60));
    const { dir } = workspace({ "agentctl.yaml": config.replace("timeoutMs", "idleMs: 12000, timeoutMs"), ...shipped("policies") }, { dir: deep });
    await cli(dir, ["sidecar", "start"]);
    const { socket } = JSON.parse(readFileSync(join(dir, ".git", "agentctl", "sidecar", "keeper.json"), "utf8")) as { socket: string };
    expect(Buffer.byteLength(socket)).toBeLessThan(100);
    expect(statSync(join(socket, "..")).mode & 0o777).toBe(0o700);
    expect((await cli(dir, ["sidecar", "exec", "2 + 2"])).stdout).toBe("4\n");
    await expect.poll(async () => (await cli(dir, ["sidecar", "status"])).stdout, { timeout: 60_000, interval: 1000 }).toBe("none\n");
    expect(() => statSync(join(socket, ".."))).toThrow("ENOENT");
    const { rows } = (await cli(dir, ["query", "select why, cells from sidecars", "--json"])).json() as { rows: unknown[][] };
    expect(rows).toEqual([["idle", 1]]);
  });
});
