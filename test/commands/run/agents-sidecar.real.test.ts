import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { agentFiles, scriptedModels } from "../../support/agents.ts";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { recordsOf, shipped, skill } from "../../support/skills.ts";
import { workspace, type TestWorkspace } from "../../support/workspace.ts";

/** Shipped, except that a workspace lets untrusted skills run: what keeps them from the sidecar is no policy. */
function laxPolicies(): Record<string, string> {
  const files = shipped("policies");
  const path = "policies/skills/policy.yaml";
  const lax = (files[path] ?? "").replace(/(- id: untrusted-skills-are-quarantined[\s\S]*?effect: )deny/, "$1allow");
  return { ...files, [path]: lax, "policies/skills/cases.yaml": "- name: any\n  request: { action: order.place }\n  effect: two-key\n" };
}

const elsewhere = skill("elsewhere", "import pathlib\npathlib.Path('/work/out/made.csv').write_text('n\\n5\\n')\nprint('{\"n\": 5}')\n");
const lock = `elsewhere:\n  source: https://example.org/skills\n  digest: ${"0".repeat(64)}\n  trust: untrusted\n  addedBy: tester\n`;

const cells = (...codes: string[]): string => codes.map((code) => `    - call: [{ tool: python, args: { code: ${JSON.stringify(code)} } }]`).join("\n");
const step = (objective: string, text: string): string =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.replace(/^ {4}- /, `  - objective: ${objective}\n    `))
    .join("\n");
const asks = `    - call: [{ tool: ask_person, args: { question: "Go on?" } }]`;
const runs = `    - call: [{ tool: run_skill, args: { skill: elsewhere } }]`;
const done = `    - say: "done [main.1.1]"`;

const script = `steps:
${step("compute", [cells("x = 41", "import matplotlib.pyplot as plt; plt.plot([1, x]); plt.show(); open('/workspace/scratch/a.txt', 'w').write('hi'); x + 1"), done].join("\n"))}
${step("skill-first", [runs, asks, cells("1"), done].join("\n"))}
${step("python-first", [cells("y = 5"), asks, cells("y"), runs, done].join("\n"))}
${step("given", [cells("1"), done].join("\n"))}
${step("off-first", [`    - call: [{ tool: query, args: { sql: "select 1 as n" } }]`, asks, cells("1"), done].join("\n"))}
${step("look", [`    - call: [{ tool: query, args: { sql: "select count(*) n, count(distinct run) r from events where run in (select run from skill_runs where skill = 'elsewhere') or run in (select run from lanes where lane = 'untrusted')" } }]`, done].join("\n"))}
${step("abuse", [cells("import os, signal; kept = 1; os.kill(os.getpid(), signal.SIGKILL)", "b = bytearray(3_000_000_000)\nfor i in range(0, len(b), 4096): b[i] = 1", "print('x' * 50_000_000)", "'kept' in globals()"), done].join("\n"))}
`;

interface Ended {
  root: string;
  end: { outcome: string; waitsFor: string[] };
}

describeReal("an agent in the sidecar", () => {
  let w: TestWorkspace;
  const start = async (objective: string, exit = 0, ...more: string[]): Promise<Ended> =>
    (await cli(w.dir, ["run", "start", objective, "--agent", "tester", "--json", ...more], { expectExit: exit })).json() as Ended;
  const goOn = async ({ root, end }: Ended, env: Record<string, string> = {}): Promise<Ended> => {
    await cli(w.dir, ["approval", "approve", end.waitsFor[0] ?? "", "--note", "yes", "--yes"]);
    return (await cli(w.dir, ["run", "resume", root, "--json"], { env })).json() as Ended;
  };
  const receipts = (root: string, tool: string): { outcome: string; text: string; artifacts?: object[]; changes?: { path: string }[] }[] =>
    recordsOf(w.dir)
      .flat()
      .filter(({ run, kind, data }) => (run === root || run.startsWith(`${root}-`)) && kind === "tool.finished" && data["tool"] === tool)
      .map(({ data }) => data as never);
  const laneOf = async (root: string): Promise<unknown> => {
    const { rows } = (await cli(w.dir, ["query", `select lane from lanes where run = '${root}'`, "--json"])).json() as { rows: unknown[][] };
    return rows.flat();
  };

  beforeAll(() => {
    const agent = agentFiles({ tools: ["python", "run_skill", "query", "ask_person"], level: 2 });
    const config = `${scriptedModels}sidecar: { mode: on, memoryMiB: 256, outputBytes: 100000 }\n`;
    w = workspace({ "agentctl.yaml": config, ...laxPolicies(), ...agent, ...elsewhere, "skills/lock.yaml": lock, "script.yaml": script });
  });

  test("what one call defines the next one has; pictures are artifacts, files of scratch are changes; all of it on record", async () => {
    const { root } = await start("compute");
    const [first, second] = receipts(root, "python");
    expect(first).toMatchObject({ outcome: "ok" });
    expect(second).toMatchObject({ outcome: "ok", artifacts: [{ path: "python/main.2.1-1.png" }] });
    expect(second!.text).toContain("| 42");
    expect(second!.changes?.map(({ path }) => path)).toEqual(["scratch/a.txt"]);
    const { rows } = (await cli(w.dir, ["query", `select why, cells from sidecars where run = '${root}'`, "--json"])).json() as { rows: unknown[][] };
    expect(rows).toEqual([["run-ended", 2]]);
    expect((await cli(w.dir, ["run", "replay", root, "--json"])).json()).toMatchObject({ identical: true, tools: 2 });
  });

  test("after an untrusted skill there is no sidecar: not in another process, not by trust given later, not in a fork", async () => {
    const waiting = await start("skill-first", 8);
    expect(receipts(waiting.root, "run_skill")).toMatchObject([{ outcome: "ok" }]);
    w.write({ "skills/lock.yaml": "" });
    w.commit("it is ours now");
    try {
      const { root } = await goOn(waiting, { AGENTCTL_SIDECAR_MODE: "on" });
      const [refused] = receipts(root, "python");
      expect(refused).toMatchObject({ outcome: "refused" });
      expect(refused!.text).toContain("this run holds what an untrusted skill made (the skill elsewhere is not trusted)");
      expect(await laneOf(root)).toEqual(["untrusted"]);
      const records = (await cli(w.dir, ["run", "show", root, "--json"])).json() as { timeline: { kind: string; at?: number }[] };
      const place = records.timeline.find(({ kind }) => kind === "agent.started")!.at;
      const fork = (await cli(w.dir, ["run", "fork", root, "--at", String(place), "--json"], { expectExit: 8 })).json() as Ended;
      expect(await laneOf(fork.root)).toEqual(["untrusted"]);
    } finally {
      w.write({ "skills/lock.yaml": lock });
      w.commit("it is not");
    }
  });

  test("after the sidecar no untrusted skill runs; a run that goes on is told that its variables are gone", async () => {
    const { root } = await goOn(await start("python-first", 8));
    expect(receipts(root, "python")[1]!.text).toMatch(/it raised an error[\s\S]*the variables of earlier calls are gone: the run goes on in another process/);
    const [refused] = receipts(root, "run_skill");
    expect(refused).toMatchObject({ outcome: "refused" });
    expect(refused!.text).toContain("this run has used the Python sidecar");
    expect(
      recordsOf(w.dir)
        .flat()
        .filter(({ run, kind }) => run.startsWith(root) && kind === "skill.started"),
    ).toEqual([]);
  });

  test("a file that an untrusted skill made brings its lane with it, artifact or output", async () => {
    const { call } = (await cli(w.dir, ["skill", "run", "elsewhere", "--json"])).json() as { call: { artifacts: { file: string }[]; output: unknown } };
    writeFileSync(join(w.dir, "output.json"), JSON.stringify(call.output, null, 2));
    for (const file of [call.artifacts[0]!.file, "output.json"]) {
      const { root } = await start("given", 0, "--file", file);
      expect(receipts(root, "python")).toMatchObject([{ outcome: "refused" }]);
      expect(await laneOf(root)).toEqual(["untrusted"]);
    }
  });

  test("an agent that has the sidecar reads nothing of runs with untrusted skills in SQL; a person does", async () => {
    const { root } = await start("look");
    expect(receipts(root, "query")[0]!.text).toMatch(/^.*\n.*\b0\b.*\b0\b/);
    const { rows } = (await cli(w.dir, ["query", "select count(*) from skill_runs where skill = 'elsewhere'", "--json"])).json() as { rows: number[][] };
    expect(rows[0]![0]).toBeGreaterThan(0);
  });

  test("a run that began without a sidecar gets none later, whatever is configured then", async () => {
    const begun = (
      await cli(w.dir, ["run", "start", "off-first", "--agent", "tester", "--json"], { expectExit: 8, env: { AGENTCTL_SIDECAR_MODE: "off" } })
    ).json() as Ended;
    const { root } = await goOn(begun, { AGENTCTL_SIDECAR_MODE: "on" });
    expect(receipts(root, "python")).toMatchObject([
      { outcome: "invalid", text: expect.stringContaining('there is no tool "python" for this agent') as string },
    ]);
  });

  test("cells that kill their kernel, eat memory or print without end leave the run alive", async () => {
    const { root, end } = await start("abuse");
    expect(end.outcome).toBe("ok");
    const [killed, eaten, printed, after] = receipts(root, "python");
    expect(killed!.text).toContain("the variables are gone");
    expect(eaten).toMatchObject({ outcome: "failed" });
    expect(printed!.text).toContain("it printed more than is kept");
    expect(after!.text).toContain("| False");
  });
});
