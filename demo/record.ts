import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { layIn, objective } from "./agent.ts";
import { layInFault, question, throwAwayKeys } from "./improve.ts";

/** Makes the demo's cassettes anew: both scripts are played once against the real tools. `node demo/record.ts` */
const here = dirname(fileURLToPath(import.meta.url));
const cli = join(dirname(here), "bin", "run.js");
const folder = mkdtempSync(join(tmpdir(), "agentctl-record-"));
const fresh = (name: string): string => join(folder, `${name}.fresh.jsonl`);

function step(program: string, args: readonly string[], expected: number): string {
  const { status, stdout } = spawnSync(program, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status === expected) return stdout;
  process.stderr.write(`${stdout}\nrecord: ${args.join(" ")} ended with exit ${status}, not ${expected}\n`);
  process.exit(1);
}

const agentctl = (expected: number, ...args: string[]): string => step(process.execPath, [cli, ...args], expected);
const commit = (): void => {
  step("git", ["add", "-A"], 0);
  step("git", ["-c", "user.name=demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "workspace"], 0);
};

agentctl(0, "init");
layIn(folder, "scripted");
commit();
const waiting = JSON.parse(agentctl(8, "run", "start", objective, "--agent", "quant", "--model", "cassette/quant", "--record", fresh("quant"), "--json")) as {
  root: string;
  end: { waitsFor: string[] };
};
agentctl(0, "approval", "approve", waiting.end.waitsFor[0] ?? "", "--yes");
const done = agentctl(0, "run", "resume", waiting.root, "--record", fresh("quant"), "--json");
process.stdout.write(`${(JSON.parse(done) as { end: { answer: string } }).end.answer}\n`);

layInFault(folder, throwAwayKeys());
commit();
agentctl(1, "run", "start", question);
agentctl(0, "improve", "--model", "fixes/code", "--record", fresh("code"));
for (const name of ["quant", "code"]) writeFileSync(join(here, `${name}.cassette.jsonl`), readFileSync(fresh(name)));
rmSync(folder, { recursive: true, force: true });
