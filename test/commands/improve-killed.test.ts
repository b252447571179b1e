import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { improve, type ImproveResult } from "../../src/operations/improve.ts";
import { verifyAudit } from "../../src/operations/verify-audit.ts";
import { improveWorld, type ImproveWorld } from "../support/improve.ts";
import { recordsOf } from "../support/skills.ts";
import { folder } from "../support/workspace.ts";

const entry = fileURLToPath(new URL("../../bin/dev.js", import.meta.url));
const file = (path: string): string => `files: [{ path: ${path}, content: "print(2)\\n" }]`;
const script = `
  - call: [{ tool: propose_change, args: { title: Mend it, rationale: It failed., ${file("skills/broken/scripts/main.py")} } }]
  - say: "proposed [main.1.1]"
`;

let world: ImproveWorld;
beforeAll(async () => {
  world = improveWorld(script);
  await world.fails("r-aaaaaaaaaa");
  await world.fails("r-bbbbbbbbbb");
});

const journals = (dir: string): string => {
  const at = join(dir, ".git/agentctl/journal");
  return existsSync(at)
    ? readdirSync(at)
        .filter((name) => name.endsWith(".jsonl"))
        .map((name) => readFileSync(join(at, name), "utf8"))
        .join("")
    : "";
};

/** Improves a copy in a process of its own that dies as soon as something is on record there; whether it was caught before its end. */
async function killedAt(words: RegExp): Promise<{ dir: string; killed: boolean }> {
  const dir = folder();
  cpSync(world.dir, dir, { recursive: true, preserveTimestamps: true });
  const child = spawn(process.execPath, [entry, "improve"], { cwd: dir, stdio: "ignore", env: { ...process.env, NO_COLOR: "1" } });
  const state = { ended: false };
  const exit = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal))).finally(() => (state.ended = true));
  while (!state.ended && !words.test(journals(dir))) await wait(1);
  child.kill("SIGKILL");
  return { dir, killed: (await exit) === "SIGKILL" };
}

const again = (dir: string): Promise<ImproveResult> =>
  improve({
    cwd: dir,
    env: {},
    since: "2000-01-01T00:00:00.000Z",
    limit: 1,
    agent: "code",
    watch: () => ({ watch: {}, shown: { close: async () => undefined } }),
  });

const moments = {
  "the agent has drafted": /"proposal\.drafted"/,
  "the agent has ended": /"agent\.finished"/,
  "a draft is about to be a branch": /"proposal\.opened"/,
};

for (const [moment, words] of Object.entries(moments))
  test(`killed when ${moment}, it comes to one proposal, and no model is paid twice`, async () => {
    const { dir, killed } = await killedAt(words);
    expect(killed).toBe(true);
    const { outcome, drafts, opportunities } = await again(dir);
    expect(outcome, JSON.stringify(opportunities)).toBe("ok");
    const branches = world.git("-C", dir, "for-each-ref", "--format=%(refname:short)", "refs/heads/agentctl").split("\n").filter(Boolean);
    expect(branches, JSON.stringify(drafts)).toHaveLength(1);
    const [id = ""] = drafts.flatMap(({ proposals }) => proposals.map(({ proposal }) => proposal));
    // Made now, or known since its branch was there when the process died.
    expect(opportunities?.[0]).toMatchObject(drafts.length > 0 ? { state: "chosen" } : { state: "known" });
    if (drafts.length > 0) expect(branches).toEqual([`agentctl/${id}`]);
    const records = recordsOf(dir).flat();
    const count = (kind: string): number => records.filter((record) => record.kind === kind).length;
    expect(count("model.answered")).toBe(2);
    expect(new Set(records.filter(({ kind }) => kind === "proposal.drafted").map(({ data }) => data["proposal"])).size).toBe(1);

    expect((await verifyAudit({ cwd: dir, env: {} })).faults).toEqual([]);
  }, 120_000);
