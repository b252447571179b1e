import { expect, test } from "vitest";
import { agentWorkspace } from "../../support/agents.ts";
import { signerLine, sshKey } from "../../support/approvals.ts";
import { cli } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { recordsOf } from "../../support/skills.ts";

interface Ended {
  root: string;
  end: { outcome: string; waitsFor: string[] };
}

const start = async (dir: string, expectExit: number): Promise<Ended> =>
  (await cli(dir, ["run", "start", "Which one is it?", "--agent", "tester", "--json"], { expectExit })).json() as Ended;

describeReal("two keys", () => {
  test("two keys may be a person's and a critic model's where policy says so; a model that says no ends it", async () => {
    const twoKeys = {
      "policies/keys/policy.yaml": `name: keys
description: What is final takes two keys, of which a model may be one.
rules:
  - id: two-keys
    match: { action: file.write, class: W, actor: agent, path: "scratch/final/**" }
    effect: two-key
    modelMayCount: true
    reason: "{path} takes two keys"
`,
      "policies/keys/cases.yaml":
        "- name: an agent\n  request: { action: file.write, path: scratch/final/a.md, actor: { kind: agent, name: tester, level: 2 } }\n  effect: two-key\n  rule: two-keys\n",
      "policies/keys/README.md": "# keys\n",
    };
    const script = (accept: boolean): string => `
  - { role: critic, call: [{ tool: verdict, args: { accept: ${accept}, why: "as I see it" } }] }
  - call: [{ tool: write_file, args: { path: scratch/final/a.md, content: a } }]
  - say: "done [main.1.1]"
`;
    const ada = sshKey();
    const files = { ...twoKeys, "policies/signers": signerLine("ada@example.org", ada) };
    const { dir } = agentWorkspace([{ tools: ["write_file"] }], script(true), files);
    const waiting = await start(dir, 8);
    const [approval = ""] = waiting.end.waitsFor;
    expect((await cli(dir, ["approval", "show", approval])).stdout).toContain("script/one");
    // A person without a key is not the second one.
    await cli(dir, ["approval", "approve", approval, "--yes"], { expectExit: 4 });
    await cli(dir, ["run", "resume", waiting.root], { expectExit: 8 });
    await cli(dir, ["approval", "approve", approval, "--key", ada.path, "--yes"]);
    const done = (await cli(dir, ["run", "resume", waiting.root, "--json"])).json() as Ended;
    expect(done.end.outcome).toBe("ok");
    expect(
      recordsOf(dir)
        .flat()
        .filter(({ kind, data }) => kind === "tool.finished" && data["outcome"] === "ok"),
    ).toHaveLength(1);
    expect((await cli(dir, ["run", "replay", waiting.root, "--json"])).json()).toMatchObject({ identical: true });

    const refused = agentWorkspace([{ tools: ["write_file"] }], script(false), files);
    await start(refused.dir, 0);
    const records = recordsOf(refused.dir).flat();
    expect(records.find(({ kind }) => kind === "tool.finished")?.data).toMatchObject({ outcome: "denied" });
  });
});
