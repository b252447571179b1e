import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { newId } from "../../src/base/ids.ts";
import { connectEngine, type Engine } from "../../src/runner/engine.ts";
import { jobsSettled } from "../../src/runner/job-engine.ts";
import type { JobResult, JobSpec } from "../../src/runner/job.ts";
import { runJob } from "../../src/runner/run-job.ts";
import { startSlot } from "../../src/runner/slot.ts";
import { killAll } from "../../src/runner/sweep.ts";
import { findReal, job, text, type JobChanges, type Real } from "./real.ts";

const real = await findReal();
const { engine, python, node, shell } = real ?? ({} as Real);
const scope = newId("s");

const run = (program: string, more: JobChanges = {}, options: Parameters<typeof runJob>[2] = {}): Promise<JobResult> =>
  runJob(engine, job(python, program, { scope, ...more }), options);

describe.skipIf(real === undefined)("a job", () => {
  it("gets its files, input, folder and variables, and hands out its output, log and artifacts", async () => {
    const log: string[] = [];
    const result = await run(
      `
import json, os, sys
out = os.environ["AGENTCTL_OUT"]
os.makedirs(out + "/charts")
open(out + "/charts/a.png", "wb").write(bytes(range(256)) * 300)
open(out + "/" + "n" * 150 + "ö.txt", "w").write("long name")
given = open("/work/files/prices.csv").read()
print("log line", file=sys.stderr)
print(json.dumps({"cwd": os.getcwd(), "in": sys.stdin.read(), "given": given, "x": os.environ["X"], "uid": os.getuid(), "mode": oct(os.stat("/work/files/prices.csv").st_mode)}))`,
      { files: [{ path: "files/prices.csv", data: "a,b\n1,2\n" }], stdin: '{"file":"prices.csv"}', env: { X: "line\nend" } },
      { onStderr: (data) => log.push(text(data)) },
    );
    expect(text(result.stderr)).toBe("log line\n");
    expect(log.join("")).toBe("log line\n");
    expect(JSON.parse(text(result.stdout))).toEqual({
      cwd: "/work/skill",
      in: '{"file":"prices.csv"}',
      given: "a,b\n1,2\n",
      x: "line\nend",
      uid: 65534,
      mode: "0o100444",
    });
    expect(result.artifacts.map(({ path, data }) => [path, data.length])).toEqual([
      ["charts/a.png", 76800],
      [`${"n".repeat(150)}ö.txt`, 9],
    ]);
    expect(result.artifacts[0]?.data).toEqual(Buffer.concat(Array.from({ length: 300 }, () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))));
    expect(result).toMatchObject({ outcome: "ok", exitCode: 0, signal: undefined, oomKilled: false, refused: [], detail: undefined });
  });

  it("moves megabytes both ways, unchanged", async () => {
    const data = Buffer.alloc(3_000_000, "0123456789abcdef");
    const result = await run(
      "import sys, hashlib\ndata = open('/work/files/big', 'rb').read()\nsys.stdout.buffer.write(sys.stdin.buffer.read() + data[:900000])",
      {
        files: [{ path: "files/big", data }],
        stdin: data.subarray(0, 2_000_000),
        limits: { outputBytes: 4_000_000 },
      },
    );
    expect(result.outcome).toBe("ok");
    expect(Buffer.compare(Buffer.from(result.stdout), Buffer.concat([data.subarray(0, 2_000_000), data.subarray(0, 900_000)]))).toBe(0);
  });

  it.each<[string, string, JobChanges, Partial<JobResult>]>([
    ["an exit code", "import sys; print('half'); sys.exit(3)", {}, { outcome: "failed", exitCode: 3 }],
    ["an exception", "raise ValueError('bad')", {}, { outcome: "failed", exitCode: 1 }],
    ["a crash", "import os; os.kill(os.getpid(), 11)", {}, { outcome: "crashed", signal: "SIGSEGV", exitCode: 139 }],
    [
      "a pipe that broke",
      "import os, signal; signal.signal(13, signal.SIG_DFL); r, w = os.pipe(); os.close(r); os.write(w, b'x')",
      {},
      { outcome: "crashed", signal: "SIGPIPE" },
    ],
    [
      "the time limit",
      "import time\nprint('begun', flush=True)\ntime.sleep(60)",
      { limits: { timeoutMs: 400 } },
      { outcome: "timeout", signal: "SIGTERM", exitCode: 143 },
    ],
    [
      "a clean end after the time limit",
      "import signal, time, sys\nsignal.signal(15, lambda *_: sys.exit(0))\ntime.sleep(60)",
      { limits: { timeoutMs: 400 } },
      { outcome: "timeout", exitCode: 0 },
    ],
    ["too much output", "while True: print('x' * 1000)", { limits: { outputBytes: 5000 } }, { outcome: "output-overflow" }],
    ["memory", "b = []\nwhile True: b.append(b'x' * 4_000_000)", { limits: { memoryMiB: 48 } }, { outcome: "oom", oomKilled: true }],
    [
      "a program that is not there",
      "",
      { command: ["no-such-program"] },
      { outcome: "crashed", detail: "cannot run no-such-program: No such file or directory" },
    ],
    ["a folder that is not there", "", { cwd: "/work/nowhere" }, { outcome: "crashed", detail: "cannot run python3: No such file or directory" }],
  ])("tells %s", async (_, program, more, expected) => {
    expect(await run(program, more)).toMatchObject(expected);
  });

  it("gives the program no descriptor of the launcher's, and all of its stdin even when it has closed its output", async () => {
    const fds = await run("import os; print(sorted(os.listdir('/proc/self/fd'))[:-1], [os.readlink('/proc/self/fd/%d' % n).split(':')[0] for n in range(3)])");
    expect(text(fds.stdout)).toBe("['0', '1', '2'] ['pipe', 'pipe', 'pipe']\n");
    const silent = "import os, sys\nos.close(1); os.close(2)\nopen('/work/out/n', 'w').write(str(len(sys.stdin.read())))";
    const result = await run(silent, { stdin: "x".repeat(500_000) });
    expect([result.outcome, text(result.artifacts[0]?.data ?? new Uint8Array())]).toEqual(["ok", "500000"]);
    const deaf = await run("import sys; sys.stdin.close()", { stdin: "x".repeat(500_000) });
    expect(deaf.outcome).toBe("ok");
  });

  it("keeps what was written before it was stopped", async () => {
    const result = await run("import sys, time\nprint('one')\nsys.stdout.flush()\nopen('/work/out/half', 'w').write('x')\ntime.sleep(60)", {
      limits: { timeoutMs: 500 },
    });
    expect([result.outcome, text(result.stdout), result.artifacts.map(({ path }) => path)]).toEqual(["timeout", "one\n", ["half"]]);
    const flooded = await run("import sys\nsys.stdout.write('a' * 3000)\nsys.stdout.flush()\nsys.stdout.write('b' * 3000)", { limits: { outputBytes: 5000 } });
    expect([flooded.outcome, text(flooded.stdout)]).toEqual(["output-overflow", "a".repeat(3000) + "b".repeat(2000)]);
  });

  it("is cancelled while it runs, and before it starts", async () => {
    const controller = new AbortController();
    const result = await run(
      "import sys, time\nprint('up', file=sys.stderr, flush=True)\ntime.sleep(60)",
      {},
      { signal: controller.signal, onStderr: () => controller.abort() },
    );
    expect(result).toMatchObject({ outcome: "cancelled", exitCode: 137 });
    expect(result.durationMs).toBeLessThan(10_000);
    expect(await run("", {}, { signal: AbortSignal.abort() })).toMatchObject({ outcome: "cancelled" });
  });

  it("ends when a halt removes it, and only those of that state directory", async () => {
    const other = newId("s");
    const staying = run("import sys, time\nprint('up', file=sys.stderr, flush=True)\ntime.sleep(2)");
    const up = Promise.withResolvers<void>();
    const leaving = run("import sys, time\nprint('up', file=sys.stderr, flush=True)\ntime.sleep(60)", { scope: other }, { onStderr: () => up.resolve() });
    await up.promise;
    expect(await killAll(engine, other)).toBe(1);
    expect(await leaving).toMatchObject({ outcome: "cancelled" });
    expect(await staying).toMatchObject({ outcome: "ok" });
  });

  it("refuses an image that is not there, and files that lead elsewhere", async () => {
    await expect(runJob(engine, { ...job(`sha256:${"0".repeat(64)}`, ""), scope })).rejects.toMatchObject({
      code: "runner/no-image",
      hint: "agentctl runner build",
    });
    await expect(run("", { files: [{ path: "../up", data: "" }] })).rejects.toMatchObject({ code: "runner/bad-file-path" });
  });

  it("is removed, however it ended", async () => {
    await jobsSettled(engine);
    expect(await engine.docker.listContainers({ all: true, filters: { label: [`agentctl.scope=${scope}`] } })).toEqual([]);
  });

  it("reads no log from the engine: nothing is written to its disk", async () => {
    const slot = startSlot(engine, { ...job(python, ""), scope, deadlineMs: 0 });
    await slot.ready;
    const [info] = await engine.docker.listContainers({ filters: { label: [`agentctl.scope=${scope}`] } });
    await expect(engine.docker.getContainer(info?.Id ?? "").logs({ stdout: true })).rejects.toThrow(/does not support reading/);
    expect(slot.usable).toBe(true);
    await slot.discard();
    expect(slot.usable).toBe(false);
  });
});

/** A TCP door to the local engine that can be slammed. */
async function door(): Promise<{ remote: Engine; slam: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(engine.info.url.replace("unix://", ""));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => [client, upstream].forEach((one) => one.destroy()));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const remote = await connectEngine({ env: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } });
  return { remote, slam: () => (server.close(), sockets.forEach((socket) => socket.destroy())) };
}

describe.skipIf(real === undefined)("a remote engine", () => {
  it("serves jobs the same way", async () => {
    const { remote, slam } = await door();
    const spec: JobSpec = job(python, "import sys\nopen('/work/out/a', 'w').write(sys.stdin.read())", { scope, stdin: "over tcp" });
    const result = await runJob(remote, spec);
    expect([result.outcome, text(result.artifacts[0]?.data ?? new Uint8Array())]).toEqual(["ok", "over tcp"]);
    await jobsSettled(remote);
    slam();
  });

  it("that goes away in the middle is said, and the job does not outlive it", async () => {
    const { remote, slam } = await door();
    const lost = runJob(remote, job(python, "import sys, time\nprint('up', file=sys.stderr, flush=True)\ntime.sleep(60)", { scope }), { onStderr: slam });
    await expect(lost).rejects.toMatchObject({ code: "runner/engine-lost" });
    await expect.poll(async () => (await engine.docker.listContainers({ filters: { label: [`agentctl.scope=${scope}`] } })).length, { timeout: 5000 }).toBe(0);
    await killAll(engine, scope);
  });
});

describe.skipIf(real === undefined)("programs run unchanged under the system call filter", () => {
  it("bash", async () => {
    const script = `
set -euo pipefail
mkfifo /tmp/p; (echo piped >/tmp/p &) ; read -r line </tmp/p; echo "$line"
cat <<<"here" | tr a-z A-Z; echo {1..3} | xargs -n1 | sort -r | head -1; diff <(echo a) <(echo a); wait
printf '%s\\n' "$((6 * 7))" >"$AGENTCTL_OUT/n"; time true; ulimit -c; ls /proc/self/fd >/dev/null; mktemp >/dev/null; date -u +%Y >/dev/null; sleep 0.01`;
    const result = await runJob(engine, job(shell, "", { scope, command: ["bash", "-c", script] }));
    expect([result.outcome, text(result.stdout)]).toEqual(["ok", "piped\nHERE\n3\n0\n"]);
    expect(text(result.artifacts[0]?.data ?? new Uint8Array())).toBe("42\n");
  });

  it("git, jq, ripgrep, shellcheck", async () => {
    const script = `cd /tmp && git init -q r && cd r && echo x >a && git add a && git -c user.name=n -c user.email=e@e commit -qm m && git log --oneline | wc -l
echo '{"a":[1,2]}' | jq -c .a; rg -c x a; printf '#!/bin/bash\\necho ok\\n' >/tmp/s.sh; shellcheck /tmp/s.sh && echo clean`;
    const result = await runJob(engine, job(shell, "", { scope, command: ["bash", "-c", script] }));
    expect([text(result.stdout), text(result.stderr)]).toEqual(["1\n[1,2]\n1\nclean\n", ""]);
  });

  it("Python with threads, processes, asyncio, SQLite, numpy and pandas", async () => {
    const program = `
import asyncio, concurrent.futures, json, multiprocessing, os, sqlite3, subprocess, tempfile, threading, socket
def square(n): return n * n
async def chat():
    server = await asyncio.start_server(lambda r, w: (w.write(b"hi"), w.close()), "127.0.0.1", 0)
    reader, _ = await asyncio.open_connection(*server.sockets[0].getsockname())
    child = await asyncio.create_subprocess_exec("echo", "sub", stdout=asyncio.subprocess.PIPE)
    return (await reader.read()).decode() + (await child.communicate())[0].decode().strip()
if __name__ == "__main__":
    found = {}
    with concurrent.futures.ThreadPoolExecutor(8) as pool: found["threads"] = sum(pool.map(square, range(10)))
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(3) as pool: found[method] = sum(pool.map(square, range(10)))
    queue = multiprocessing.Queue(); queue.put(1); found["queue"] = queue.get()
    found["asyncio"] = asyncio.run(chat())
    base = sqlite3.connect("/tmp/x.db"); base.execute("pragma journal_mode=wal"); base.execute("create table t(a)"); base.execute("insert into t values(7)"); base.commit()
    found["sqlite"] = base.execute("select a from t").fetchone()[0]
    found["run"] = subprocess.run("echo $0", shell=True, capture_output=True, text=True).stdout.strip()
    a, b = socket.socketpair(); a.send(b"z"); found["pair"] = b.recv(1).decode()
    with tempfile.NamedTemporaryFile() as file: found["temp"] = os.path.exists(file.name)
    import numpy, pandas
    m = numpy.arange(250000.0).reshape(500, 500); found["numpy"] = float((m @ m)[0, 0]); found["pandas"] = int(pandas.DataFrame({"a": [1, 2]}).a.sum())
    print(json.dumps(found))`;
    const result = await run(program, { limits: { memoryMiB: 512, timeoutMs: 60_000 } });
    expect(text(result.stderr)).toBe("");
    expect(JSON.parse(text(result.stdout))).toEqual({
      threads: 285,
      fork: 285,
      spawn: 285,
      forkserver: 285,
      queue: 1,
      asyncio: "hisub",
      sqlite: 7,
      run: "/bin/sh",
      pair: "z",
      temp: true,
      numpy: 20770875000,
      pandas: 3,
    });
  });

  it("matplotlib", async () => {
    const result = await run("import os, matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.savefig(os.environ['AGENTCTL_OUT'] + '/a.png')", {
      limits: { memoryMiB: 512 },
    });
    expect([result.outcome, Buffer.from(result.artifacts[0]?.data.subarray(0, 8) ?? []).toString("latin1")]).toEqual(["ok", "\x89PNG\r\n\x1a\n"]);
  });

  it("Node with workers, child processes, streams and a local server", async () => {
    const program = `
import { Worker, isMainThread, parentPort } from "node:worker_threads";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { createHash, scryptSync } from "node:crypto";
if (!isMainThread) parentPort.postMessage(21);
else {
  const workers = await Promise.all([1, 2, 3].map(() => new Promise((ok, no) => new Worker(new URL(import.meta.url)).once("message", ok).once("error", no))));
  const server = createServer((_, answer) => answer.end("served")).listen(0, "127.0.0.1");
  await new Promise((ok) => server.once("listening", ok));
  const served = await (await fetch("http://127.0.0.1:" + server.address().port)).text();
  server.close(); server.closeAllConnections();
  await writeFile(process.env.AGENTCTL_OUT + "/n.txt", "x");
  const hash = createHash("sha256").update(scryptSync("a", "b", 16)).digest("hex").length;
  console.log(JSON.stringify({ workers: workers.length, served, sub: execFileSync("echo", ["sub"]).toString(), hash, major: +process.versions.node.split(".")[0] >= 24 }));
}`;
    const result = await runJob(
      engine,
      job(node, "", {
        scope,
        command: ["node", "main.mjs"],
        files: [{ path: "skill/main.mjs", data: program }],
        limits: { memoryMiB: 512, timeoutMs: 60_000 },
      }),
    );
    expect(text(result.stderr)).toBe("");
    expect(JSON.parse(text(result.stdout))).toEqual({ workers: 3, served: "served", sub: "sub\n", hash: 64, major: true });
    expect(result.artifacts).toHaveLength(1);
  });
});
