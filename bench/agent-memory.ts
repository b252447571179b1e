import { spawn } from "node:child_process";
import type { BenchRow } from "./row.ts";
import { agentWorkspace, cli, removeWorkspace } from "./support/agent-workspace.ts";
import { chatServer } from "./support/chat-server.ts";

/** Prints the peak of the process's resident memory, in KiB, when it ends. */
const report = `data:text/javascript,process.on("exit",()=>process.stderr.write("maxRSS "+process.resourceUsage().maxRSS+"\\n"))`;
/** What a run costs before it touches a container; with one it is held to what a skill's run is. */
const limits = { base: 150, container: 220 };

const script = `  - { objective: "^Say", say: "Hello." }
  - { objective: "^Write", call: [{ tool: write_file, args: { path: scratch/note.txt, content: "hello" } }] }
  - { objective: "^Write", say: "It is written." }
`;

/** Peak resident memory of `run start`: what agentctl itself costs, without containers and without the server that plays the model. */
export async function bench(): Promise<BenchRow[]> {
  const server = await chatServer("Hello.");
  const dir = await agentWorkspace(script, { "agentctl.yaml": configWith(server.url) });
  try {
    const row = async (name: string, limit: number, argv: readonly string[]): Promise<BenchRow> => ({
      name,
      value: (await peakKiB(dir, argv)) / 1024,
      unit: "MB",
      limit,
      reference: `peak RSS of \`agentctl run start\``,
    });
    return [
      await row("memory of an agent's run", limits.base, ["Say hello", "--agent", "talker"]),
      await row("memory of an agent's run with a container", limits.container, ["Write a note", "--agent", "worker"]),
      await row("memory of an agent's run over HTTP", limits.base, ["Say hello", "--agent", "talker", "--model", "local/small"]),
    ];
  } finally {
    removeWorkspace(dir);
    await server.close();
  }
}

function configWith(url: string): string {
  return `profile: small
models:
  providers:
    script: { kind: scripted, file: script.yaml }
    local: { kind: openai, baseUrl: "${url}" }
  tiers:
    test: { models: [script/one] }
  roles: { planner: test, coder: test, critic: test }
  prices:
    "local/*": { inputUsd: 0, outputUsd: 0 }
`;
}

/** The server answers in this process, so it must not wait for the other one. */
async function peakKiB(cwd: string, argv: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ["--import", report, cli, "run", "start", ...argv], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const peak = Number(/maxRSS (\d+)/.exec(stderr)?.[1]);
  if (code !== 0) throw new Error(`run start ${argv.join(" ")} ended with ${code}: ${stderr}`);
  return peak;
}
