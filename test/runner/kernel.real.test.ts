import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { newId } from "../../src/base/ids.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import { openKernel, type Kernel, type KernelReply, type KernelSpec } from "../../src/runner/kernel.ts";
import { LiveKernel } from "../../src/runner/live-kernel.ts";
import { packageRoot } from "../../src/workspace/package.ts";
import { findReal, type Real } from "./real.ts";

const real = await findReal();
const { engine, python } = real ?? ({} as Real);
const outputBytesMax = 200_000;
const bridge = readFileSync(join(packageRoot(), "runners/sidecar_bridge.py"), "utf8");

function spec(more: Partial<KernelSpec> = {}): KernelSpec {
  const limits = { memoryMiB: 256, cpus: 1, pids: 64, diskMiB: 64 };
  return { image: python, bridge, limits, run: "r-kernel", outputBytesMax, deadlineMs: systemClock.nowMs() + 600_000, ...more };
}

let kernel: Kernel;
const run = (code: string, timeoutMs = 60_000): Promise<KernelReply> => kernel.execute(code, { timeoutMs });

describe.skipIf(real === undefined)("a kernel", () => {
  const scope = newId("s");
  beforeAll(async () => {
    kernel = await openKernel(engine, spec({ scope }));
  });
  afterAll(async () => {
    await kernel.close();
    await jobsSettled(engine);
    expect(await engine.docker.listContainers({ all: true, filters: { label: [`agentctl.scope=${scope}`] } })).toEqual([]);
  });

  it("keeps variables from cell to cell, and tells output, errors and values apart", async () => {
    expect(await run("import sys, os\nx = 41\nprint('out')\nprint('err', file=sys.stderr)\nx + 1")).toMatchObject({
      outcome: "ok",
      stdout: "out\n",
      stderr: "err\n",
      result: "42",
      displays: [],
      truncated: false,
    });
    expect(await run("x += 1\nx, os.getcwd(), os.environ.get('AGENTCTL_OUT'), sorted(p for p in os.environ if 'TOKEN' in p)")).toMatchObject({
      result: "(42, '/work', None, [])",
    });
    const wrong = await run("def f():\n    return 1 / 0\nf()");
    expect(wrong).toMatchObject({ outcome: "error", error: { name: "ZeroDivisionError", value: "division by zero" } });
    expect(wrong.error?.traceback).toContain("return 1 / 0");
    expect(wrong.error?.traceback).not.toContain("\u001b");
    expect(await run("syntax error")).toMatchObject({ outcome: "error", error: { name: "SyntaxError" } });
    expect(await run("input()")).toMatchObject({ outcome: "error", error: { name: "StdinNotImplementedError" } });
    expect(await run("raise SystemExit(3)")).toMatchObject({ outcome: "error", error: { name: "SystemExit" } });
    expect(await run("x")).toMatchObject({ result: "42" });
    expect(kernel.status()).toEqual({ state: "idle", cells: 7, restarts: 0 });
  });

  it("shows tables as text and page, and what is drawn as pictures", async () => {
    const table = await run("import pandas as pd\npd.DataFrame({'price': [1.5, 2.5]}, index=['a', 'b'])");
    expect(table.result).toBe("   price\na    1.5\nb    2.5");
    expect(table.displays.map(({ mime }) => mime)).toEqual(["text/html"]);
    const drawn = await run(
      "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.title('a')\nfrom IPython.display import display, JSON\ndisplay(JSON({'a': 1}))",
    );
    expect(drawn.displays.map(({ mime }) => mime).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["application/json", "image/png", "text/plain"]);
    const picture = drawn.displays.find(({ mime }) => mime === "image/png")?.data ?? "";
    expect(Buffer.from(picture, "base64").subarray(0, 8).toString("latin1")).toBe("\u0089PNG\r\n\u001a\n");
    expect(JSON.parse(drawn.displays.find(({ mime }) => mime === "application/json")?.data ?? "")).toEqual({ a: 1 });
  });

  it("stops what runs when it is interrupted, aborted or out of time, and keeps its variables", async () => {
    const forever = "import time\nwhile True: time.sleep(0.01)";
    expect(await run(forever, 300)).toMatchObject({ outcome: "timeout", error: { name: "KeyboardInterrupt" } });
    const stop = new AbortController();
    const aborted = kernel.execute("print('begun', flush=True)\nwhile True: pass", { timeoutMs: 60_000, signal: stop.signal });
    const next = run("x");
    await expect.poll(() => kernel.status().state).toBe("busy");
    stop.abort();
    expect(await aborted).toMatchObject({ outcome: "interrupted" });
    expect(await next).toMatchObject({ outcome: "ok", result: "42" });
    const child = run("import subprocess\nsubprocess.run(['sleep', '600'])");
    await expect.poll(() => kernel.status().state).toBe("busy");
    await wait(300);
    await kernel.interrupt();
    expect(await child).toMatchObject({ outcome: "interrupted" });
    expect((await kernel.execute("y = 1", { timeoutMs: 1000, signal: AbortSignal.abort() })).outcome).toBe("interrupted");
    expect(await run("x")).toMatchObject({ result: "42" });
    expect(await run("y")).toMatchObject({ error: { name: "NameError" } });
    expect(kernel.status().restarts).toBe(0);
  });

  it.each([
    ["a gigabyte in lines", "for _ in range(1024): print('x' * 1048575)"],
    ["100 MB at once", "print('é' * 50_000_000)"],
    ["a value of 10 MB", "'x' * 10_000_000"],
    ["garbage on its descriptors", "for _ in range(200): os.write(1, b'\\xff\\x00\\x1b' * 20000); os.write(2, b'\\xfe' * 20000)"],
    [
      "pictures without end",
      "from IPython.display import Image\nfor _ in range(100): display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(20000), format='png'))",
    ],
    ["a child that floods", "subprocess.run(['head', '-c', '50000000', '/dev/zero'])"],
  ])("cuts %s, says so, and lives on", async (_, code) => {
    const reply = await run(code);
    expect(reply).toMatchObject({ outcome: "ok", truncated: true });
    expect(Buffer.byteLength(JSON.stringify(reply.displays)) + Buffer.byteLength(reply.stdout + reply.stderr + (reply.result ?? ""))).toBeLessThan(
      outputBytesMax * 3.1,
    );
    expect(await run("x")).toMatchObject({ outcome: "ok", result: "42", truncated: false });
    expect(kernel.status().restarts).toBe(0);
  });

  it("hears nothing between cells, and nothing that is no message", async () => {
    const talk = "import threading\ndef talk():\n    while True: print('late'); time.sleep(0.001)\nthreading.Thread(target=talk, daemon=True).start()";
    expect(await run(talk)).toMatchObject({ outcome: "ok" });
    const junk = `socket = get_ipython().kernel.iopub_socket
for frames in ([b'junk'], [b'<IDS|MSG>'], [b'<IDS|MSG>', b'', b'[]', b'{"msg_id":[]}', b'{}', b'{}'], [b'<IDS|MSG>', b'', b'{"msg_type":"stream"}', b'[' * 60000, b'{}', b'{']):
    socket.send_multipart(frames)
parent = get_ipython().kernel.get_parent()['header']
import json
for content in ({'name': [], 'text': {}}, {'data': 7}, {'data': {'image/png': ['x'], 'text/plain': None, 'application/json': {'a': 1}}}, {'traceback': 5}, {'execution_state': 'idle'}):
    for kind in ('stream', 'display_data', 'error', 'status', 'execute_result'):
        socket.send_multipart([b'<IDS|MSG>', b'', json.dumps({'msg_type': kind}).encode(), json.dumps(parent, default=str).encode(), b'{}', json.dumps(content).encode()])`;
    expect(await run(junk)).toMatchObject({ outcome: "ok" });
    expect(await run("x")).toMatchObject({ outcome: "ok", result: "42" });
    expect(kernel.status().restarts).toBe(0);
  });

  it("is reset: no variable, patch, thread, file or process is left", async () => {
    const before = kernel.container;
    await run("import builtins, threading\nbuiltins.sorted = None\nopen('/tmp/mark', 'w').write('x'); open('/work/mark', 'w').write('x')");
    await run("subprocess.Popen(['sleep', '600'], start_new_session=True)\nos.makedirs('/tmp/ipython/profile_default/startup', exist_ok=True)");
    const running = run("while True: pass");
    await expect.poll(() => kernel.status().state).toBe("busy");
    await kernel.reset();
    expect(await running).toMatchObject({ outcome: "died", stateLost: "the kernel was reset" });
    expect(kernel.container).not.toBe(before);
    const left = "import os, threading\n'x' in globals(), sorted([2, 1]), [t.name for t in threading.enumerate() if 'talk' in t.name]";
    expect(await run(left)).toMatchObject({ result: "(False, [1, 2], [])" });
    expect(await run("[os.path.exists(p) for p in ('/tmp/mark', '/work/mark')], len([p for p in os.listdir('/proc') if p.isdigit()])")).toMatchObject({
      result: "([False, False], 3)",
    });
  });
});

describe.skipIf(real === undefined)("a kernel that is abused", () => {
  beforeAll(async () => {
    kernel = await openKernel(engine, spec());
  });
  afterAll(() => kernel.close());

  it.each([
    ["eats memory", "died", "b = []\nwhile True: b.append(b'x' * 4000000)", /more memory than its 256 MiB/],
    ["ends its process", "died", "import os; os._exit(3)", /exit 3/],
    ["kills its own kernel", "died", "import os; os.kill(os.getpid(), 9)", /SIGKILL/],
    ["closes its descriptors", "died", "import os; os.closerange(0, 1000)", /ended by/],
    ["forks without end", "timeout", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", /interrupted/],
    ["ignores interrupts", "timeout", "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)", /interrupted/],
    ["closes its sockets", "timeout", "get_ipython().kernel.shell_stream.close()", /interrupted/],
  ] as const)("%s: its variables are gone, and it goes on", async (_, outcome, code, why) => {
    await run("mark = 1");
    const { restarts } = kernel.status();
    expect(await run(code, outcome === "timeout" ? 500 : 60_000)).toMatchObject({ outcome, stateLost: expect.stringMatching(why) });
    expect(await run("'mark' in globals()")).toMatchObject({ outcome: "ok", result: "False" });
    expect(kernel.status().restarts).toBeGreaterThan(restarts);
    expect(await run("import os; len([p for p in os.listdir('/proc') if p.isdigit()])")).toMatchObject({ result: "3" });
  });

  it("patches builtins, in vain for whoever comes next", async () => {
    const reply = await run("import builtins\nfor name in ('print', 'len', 'open', 'isinstance'): setattr(builtins, name, None)", 1000);
    expect(["ok", "error", "died", "timeout"]).toContain(reply.outcome);
    await kernel.reset();
    expect(await run("len('ab'), callable(print)")).toMatchObject({ outcome: "ok", result: "(2, True)" });
  });

  it("ends between two cells: the next one says so", async () => {
    const { restarts } = kernel.status();
    await run("import threading, os\nthreading.Timer(1, os._exit, [5]).start()");
    await expect.poll(() => kernel.status().restarts, { timeout: 20_000 }).toBe(restarts + 1);
    expect(await run("1")).toMatchObject({ outcome: "ok", result: "1", stateLost: expect.stringContaining("exit 5") });
    expect(await run("1")).not.toHaveProperty("stateLost");
  });

  it("cannot speak or read for its bridge, and ends with it", async () => {
    const peek = "import os\ndef tried(path, mode):\n    try: open(path, mode)\n    except OSError as error: return error.errno\n";
    expect(
      await run(`${peek}p = os.getppid()\n[tried(f'/proc/{p}/{name}', 'wb') for name in ('fd/1', 'mem')] + [tried(f'/proc/{p}/environ', 'rb')]`),
    ).toMatchObject({
      result: "[13, 13, 13]",
    });
    const ended = run("os.kill(os.getppid(), 9)\nwhile True: pass");
    expect(await ended).toMatchObject({ outcome: "died", stateLost: expect.stringContaining("its container ended") });
    expect(await kernel.ended).toMatchObject({ outcome: "crashed", detail: expect.stringContaining("SIGKILL") });
    await expect(run("1")).rejects.toMatchObject({ code: "runner/kernel-ended" });
    expect(kernel.status().state).toBe("ended");
  });

  it("stops its bridge: the cell ends all the same", async () => {
    kernel = await openKernel(engine, spec());
    expect(await run("import os; os.kill(os.getppid(), 19)", 500)).toMatchObject({
      outcome: "timeout",
      stateLost: expect.stringContaining("its container ended"),
    });
    await kernel.ended;
  });
});

describe.skipIf(real === undefined)("a kernel that cannot be opened", () => {
  it("says why", async () => {
    await expect(openKernel(engine, spec({ limits: { memoryMiB: 24, cpus: 1, pids: 64, diskMiB: 16 } }))).rejects.toMatchObject({
      code: "runner/kernel-not-started",
    });
    await expect(openKernel(engine, spec({ limits: { memoryMiB: 256, cpus: 1, pids: 4, diskMiB: 16 } }))).rejects.toMatchObject({
      code: "runner/kernel-not-started",
    });
    await expect(openKernel(engine, spec({ image: `sha256:${"1".repeat(64)}` }))).rejects.toMatchObject({ code: "runner/no-image" });
    const stop = new AbortController();
    const opening = openKernel(engine, spec(), stop.signal);
    stop.abort(new Error("stopped"));
    await expect(opening).rejects.toThrow("stopped");
  });

  it.each([
    ["garbage", "print('garbage', flush=True)\nimport time; time.sleep(600)"],
    ["a message of a kind that is none", `print('{"t":"rm"}', flush=True)\nimport time; time.sleep(600)`],
    ["a line without end", "import sys\nwhile True: sys.stdout.write('x' * 65536)"],
    ["nothing, and ends", "pass"],
  ])("believes no bridge that says %s", async (_, text) => {
    const broken = new LiveKernel(engine, spec({ bridge: text }));
    await expect(broken.up()).rejects.toMatchObject({ code: "runner/kernel-not-started" });
    await broken.close();
    expect(broken.status().state).toBe("ended");
  });
});
