import { loadAuthority } from "../../src/operations/load-authority.ts";
import { openSandbox } from "../../src/operations/open-sandbox.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";

/** A process that works in a sandbox, says so, and is killed: `sandbox-client.ts <workspace> <run>`. */
const [dir = "", run = ""] = process.argv.slice(2);
const authority = await loadAuthority(dir, {});
const { signal } = new AbortController();
const stateDir = ensureStateDir(authority.workspace);
const sandbox = await openSandbox({ authority, env: process.env, stateDir, run, agent: { name: "code", level: 3 }, signal });
await sandbox.run({ runner: "shell", command: ["bash", "-c", "echo kept > kept"], cwd: "/workspace/scratch", writes: true }, signal);
process.stdout.write(`${sandbox.volume}\n`);
await sandbox.run({ runner: "shell", command: ["sleep", "300"], limits: { timeoutMs: 300_000 }, writes: true }, signal);
