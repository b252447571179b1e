import { expect, test } from "vitest";
import { agentFiles, scriptedModels } from "../support/agents.ts";
import { cli } from "../support/cli.ts";
import { shipped, skill } from "../support/skills.ts";
import { workspace } from "../support/workspace.ts";

const script = `steps:
  - objective: "Mend the skill closes"
    call:
      - tool: propose_change
        args:
          title: closes reads a file without an adjusted close
          rationale: It failed with a KeyError.
          files: [{ path: skills/closes/scripts/main.py, content: "print('{}')\\n" }]
  - say: "proposed [main.1.1]"
`;

test("a skill that failed in its container is found with defaults, and what the agent drafts for it becomes a branch", async () => {
  const { dir, git } = workspace({
    "agentctl.yaml": scriptedModels,
    ...shipped("policies"),
    ...skill("closes", 'row = {"close": 1}\nprint(row["adj_close"])\n'),
    ...agentFiles({ name: "code", tools: ["propose_change"] }),
    "script.yaml": script,
  });
  await cli(dir, ["skill", "run", "closes"], { expectExit: 1 });
  const { stdout, stderr } = await cli(dir, ["improve"]);
  expect(stderr).toMatch(/ {2}o-\w+ {2}chosen {3}failure {4}skill closes {2}1× {2}“KeyError: 'adj_close'”\n/);
  const id = /^(p-\w+) {2}r-\w+\n$/.exec(stdout)?.[1] ?? "";
  expect(git("diff", "--name-only", "main", `agentctl/${id}`)).toBe("skills/closes/scripts/main.py");
  expect((await cli(dir, ["improve"])).stderr).toContain(`${id} is open`);
}, 120_000);
