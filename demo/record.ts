import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { layIn, objective } from "./agent.ts";

/** Makes the demo's cassette anew: quant.script.yaml is played once against the real tools. `node demo/record.ts` */
const here = dirname(fileURLToPath(import.meta.url));
const cli = join(dirname(here), "bin", "run.js");
const folder = mkdtempSync(join(tmpdir(), "agentctl-record-"));
const cassette = join(here, "quant.cassette.jsonl");
const fresh = join(folder, "fresh.jsonl");

function step(program: string, args: readonly string[], expected: number): string {
  const { status, stdout } = spawnSync(program, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status === expected) return stdout;
  process.stderr.write(`${stdout}\nrecord: ${args.join(" ")} ended with exit ${status}, not ${expected}\n`);
  process.exit(1);
}

const agentctl = (expected: number, ...args: string[]): string => step(process.execPath, [cli, ...args], expected);

agentctl(0, "init");
if (!existsSync(cassette)) writeFileSync(cassette, "");
layIn(folder, "{ kind: scripted, file: quant.script.yaml }");
copyFileSync(join(here, "quant.script.yaml"), join(folder, "quant.script.yaml"));
step("git", ["add", "-A"], 0);
step("git", ["-c", "user.name=demo", "-c", "user.email=demo@localhost", "commit", "--quiet", "-m", "workspace"], 0);
const waiting = JSON.parse(agentctl(8, "run", "start", objective, "--agent", "quant", "--model", "cassette/quant", "--record", fresh, "--json")) as {
  root: string;
  end: { waitsFor: string[] };
};
agentctl(0, "approval", "approve", waiting.end.waitsFor[0] ?? "", "--yes");
const done = agentctl(0, "run", "resume", waiting.root, "--record", fresh, "--json");
process.stdout.write(`${(JSON.parse(done) as { end: { answer: string } }).end.answer}\n`);
writeFileSync(cassette, readFileSync(fresh));
rmSync(folder, { recursive: true, force: true });
