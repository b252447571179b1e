import type { JobLimits, JobResult } from "./job.ts";

/** A job that goes for a limit: a Python program, its limits, and what its end must look like. */
export interface Abuse {
  id: string;
  what: string;
  limits: Partial<JobLimits>;
  program: string;
  /** Whether the limit held, and what was seen. */
  judge(result: JobResult): { held: boolean; found: string };
}

const seconds = (result: JobResult): string => `${(result.durationMs / 1000).toFixed(1)} s`;
const ended = (result: JobResult): string => `${result.outcome} after ${seconds(result)}`;
const printed = (result: JobResult): string => Buffer.from(result.stdout).toString("utf8").trim();

/** Allocates more than the limit; every page is written. */
export const memory: Abuse = {
  id: "memory",
  what: "use more memory than its limit",
  limits: { memoryMiB: 64 },
  program: "block = b''\nwhile True: block += b'x' * (8 << 20)",
  judge: (result) => ({ held: result.outcome === "oom" && result.oomKilled, found: ended(result) }),
};

export const forkBomb: Abuse = {
  id: "fork-bomb",
  what: "start more processes than its limit",
  limits: { pids: 32, timeoutMs: 10_000 },
  program: `
import os, time
count = 0
try:
    while count < 200:
        if os.fork() == 0: time.sleep(60); os._exit(0)
        count += 1
except OSError as error: pass
print(count)`,
  judge: (result) => ({ held: result.outcome === "ok" && Number(printed(result)) < 32, found: `${printed(result)} of 200 started` }),
};

export const abuses: readonly Abuse[] = [
  memory,
  forkBomb,
  {
    id: "child-oom",
    what: "hide that a child ran out of memory by ending with 0",
    limits: { memoryMiB: 64 },
    program: `
import subprocess, sys
subprocess.run([sys.executable, "-c", "block = b''\\nwhile True: block += b'x' * (8 << 20)"])
sys.exit(0)`,
    judge: (result) => ({ held: result.outcome === "oom" && result.exitCode === 0, found: `${ended(result)}, exit ${result.exitCode}` }),
  },
  {
    id: "disk",
    what: "fill its disk beyond the limit",
    limits: { diskMiB: 8 },
    program: `
import errno
for folder in ("/tmp", "/work"):
    written = 0
    try:
        with open(folder + "/fill", "wb", buffering=0) as file:
            while written < 64 << 20: written += file.write(b"x" * (1 << 20))
    except OSError as error: print(errno.errorcode[error.errno], written >> 20)`,
    judge: (result) => ({ held: /^ENOSPC [5678]\s+ENOSPC [5678]$/.test(printed(result)), found: printed(result).replace("\n", ", ") }),
  },
  {
    id: "output-flood",
    what: "write more output than its limit",
    limits: { outputBytes: 256 * 1024 },
    program: "import sys\nwhile True: sys.stdout.write('x' * 65536); sys.stderr.write('y' * 65536)",
    judge: (result) => {
      const bytes = result.stdout.length + result.stderr.length;
      return { held: result.outcome === "output-overflow" && bytes <= 256 * 1024, found: `${ended(result)}, ${bytes} bytes kept` };
    },
  },
  {
    id: "cpu",
    what: "use more CPU time than its limit",
    limits: { cpus: 0.5 },
    program: `
import os, resource, time
if os.fork() == 0:
    while True: pass
start = time.monotonic()
while time.monotonic() - start < 1.2: pass
print(round(resource.getrusage(resource.RUSAGE_SELF).ru_utime, 2))`,
    judge: (result) => {
      const used = Number(printed(result));
      return { held: result.outcome === "ok" && used < 0.6, found: `one of two busy processes had ${used} CPU s in 1.2 s` };
    },
  },
  {
    id: "ignore-sigterm",
    what: "outlive its time by ignoring signals",
    limits: { timeoutMs: 500 },
    program:
      "import signal, time\nfor number in range(1, 32):\n  try: signal.signal(number, signal.SIG_IGN)\n  except OSError: pass\nwhile True: time.sleep(60)",
    judge: (result) => ({ held: result.outcome === "timeout" && result.durationMs < 5000, found: ended(result) }),
  },
  {
    id: "background",
    what: "leave a process behind",
    limits: {},
    program: "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(600)\n  os._exit(0)\nprint('done')",
    judge: (result) => ({ held: result.outcome === "ok" && result.durationMs < 10_000, found: ended(result) }),
  },
  {
    id: "output-links",
    what: "hand out files by links in its output folder",
    limits: {},
    program: `
import os
out = os.environ["AGENTCTL_OUT"]
os.symlink("/etc", out + "/folder"); os.symlink("/etc/passwd", out + "/file"); os.mkfifo(out + "/fifo")
open(out + "/plain", "w").write("x"); os.link(out + "/plain", out + "/second")`,
    judge: (result) => ({
      held: result.artifacts.length === 0 && result.refused.length === 5,
      found: result.refused.map(({ path, why }) => `${path}: ${why}`).join("; "),
    }),
  },
  {
    id: "output-replaced",
    what: "replace its output folder by a link",
    limits: {},
    program: "import os\nos.rmdir('/work/out'); os.symlink('/etc', '/work/out')",
    judge: (result) => ({ held: result.artifacts.length === 0 && result.refused.length === 1, found: result.refused[0]?.why ?? "not refused" }),
  },
  {
    id: "output-bomb",
    what: "hand out a sparse file of 10 GB",
    limits: {},
    program: "import os\nwith open('/work/out/big', 'wb') as file: file.truncate(10 << 30)\nopen('/work/out/small', 'w').write('x')",
    judge: (result) => ({
      held: result.artifacts.length === 1 && /too large/.test(result.refused[0]?.why ?? ""),
      found: `${ended(result)}, ${result.refused[0]?.why ?? "not refused"}`,
    }),
  },
];
