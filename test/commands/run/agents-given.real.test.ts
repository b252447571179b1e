import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentWorkspace } from "../../support/agents.ts";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { recordsOf, skill } from "../../support/skills.ts";
import { folder } from "../../support/workspace.ts";

describeReal("run start", () => {
  test("puts a given file into the scratch, on record by its digest; a missing one, or two of one name, start nothing", async () => {
    const { dir } = agentWorkspace(
      [{ tools: ["read_file"] }],
      `
  - call: [{ tool: read_file, args: { path: scratch/input/prices.csv } }]
  - say: "one row"
`,
    );
    const file = join(folder(), "prices.csv");
    writeFileSync(file, "a,b\n17,4\n");
    const argv = ["run", "start", "what is in it", "--agent", "tester", "--json"];
    await cli(dir, [...argv, "--file", file]);
    const records = recordsOf(dir).flat();
    expect(records.find(({ kind }) => kind === "agent.started")?.data["files"]).toMatchObject([{ path: "scratch/input/prices.csv", bytes: 9 }]);
    expect(records.find(({ kind }) => kind === "tool.finished")?.data).toMatchObject({ outcome: "ok", text: expect.stringContaining("17,4") as string });

    expect((await cli(dir, [...argv, "--file", "nothing.csv"], { expectExit: 2 })).stdout).toContain("nothing.csv is not a file");
    expect((await cli(dir, [...argv, "--file", file, "--file", file], { expectExit: 2 })).stdout).toContain("two files are called prices.csv");
    expect(recordsOf(dir)).toHaveLength(1);
  });

  test("runs a skill that already solves the objective, without a model", async () => {
    const moon = skill("moon-phase", 'print(\'{"phase": "full"}\')\n');
    const text = moon["skills/moon-phase/SKILL.md"]?.replace(
      /description: .*/,
      "description: Computes the phase of the moon for a date. Use when asked for the phase of the moon.",
    );
    const { dir } = agentWorkspace([{ tools: ["query"] }], "\n  - say: hello\n", { ...moon, "skills/moon-phase/SKILL.md": text ?? "" });
    const argv = ["run", "start", "compute the phase of the moon", "--json"];
    for (const more of [["--file", "agentctl.yaml"], ["--model", "script/one"], ["--detach"]])
      expect((await cli(dir, [...argv, ...more], { expectExit: 2 })).stdout).toContain("the skill moon-phase already does this");
    const done = (await cli(dir, argv)).json();
    expect(done).toMatchObject({ kind: "skill", skill: { skill: "moon-phase", outcome: "ok", call: { output: { phase: "full" } } } });
    expect(
      recordsOf(dir)
        .flat()
        .filter(({ kind }) => kind === "model.asked"),
    ).toEqual([]);
  });
});
