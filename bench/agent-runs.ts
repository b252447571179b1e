import { spawn } from "node:child_process";
import { systemClock } from "../src/base/clock.ts";
import { median, type BenchRow } from "./row.ts";
import { agentWorkspace, cli, removeWorkspace } from "./support/agent-workspace.ts";

const together = 5;
/** Alone, for comparison. */
const alone = 3;

/** Writes a file, works on it in a shell, reads what came of it, answers. */
const script = `  - { call: [{ tool: write_file, args: { path: scratch/numbers.txt, content: "3\\n1\\n2\\n" } }] }
  - { call: [{ tool: shell, args: { command: "sort numbers.txt > sorted.txt" } }] }
  - { call: [{ tool: read_file, args: { path: scratch/sorted.txt } }] }
  - { seen: '1\\t1\\s+2\\t2\\s+3\\t3', say: "Sorted." }
`;

interface RunJson {
  end?: { outcome: string; toolCalls: number };
}

/** Five processes of `run start` at once in one workspace, each with three tool calls in real containers, against one alone. */
export async function bench(): Promise<BenchRow[]> {
  const dir = await agentWorkspace(script);
  try {
    const single: number[] = [];
    for (let round = 0; round < alone; round++) single.push(await timed(() => run(dir)));
    const all = await timed(async () => void (await Promise.all(Array.from({ length: together }, () => run(dir)))));
    const one = median(single);
    return [
      {
        name: "five agents' runs at once",
        value: all / one,
        unit: "×",
        limit: 6,
        reference: `five ${all.toFixed(0)} ms, one alone ${one.toFixed(0)} ms; all ended well`,
      },
    ];
  } finally {
    removeWorkspace(dir);
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - from;
}

/** One run from start to end; throws unless it did all of its work. */
async function run(cwd: string): Promise<void> {
  const child = spawn(process.execPath, [cli, "run", "start", "Sort the numbers", "--agent", "worker", "--json"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const { end } = code === 0 ? (JSON.parse(stdout) as RunJson) : {};
  if (end?.outcome !== "ok" || end.toolCalls !== 3) throw new Error(`run start ended with ${code}: ${stdout}\n${stderr}`);
}
