import { expect, test } from "vitest";
import { improveEnd } from "../../src/cli/improve-lines.ts";
import { gateReportFor } from "../../src/operations/gate-reports.ts";
import { findProposal } from "../../src/operations/find-proposal.ts";
import type { ImproveResult } from "../../src/operations/improve.ts";
import { openRepository } from "../../src/git/repository.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { cli } from "../support/cli.ts";
import { improved, improveWorld, type ImproveWorld } from "../support/improve.ts";

const drafts = (path: string, text: string): string => `
  - call: [{ tool: propose_change, args: { title: Mend it, rationale: It failed., files: [{ path: ${path}, content: ${JSON.stringify(text)} }] } }]
  - say: "proposed [main.1.1]"
`;
const branches = (world: ImproveWorld): string => world.git("for-each-ref", "refs/heads/agentctl");

test("--gate asks the gates about what it proposed: passed is 0 and the report is on record; failed is 6, in words too", async () => {
  const good = improveWorld(drafts("docs/note.md", "# Note\n"));
  await good.fails("r-aaaaaaaaaa");
  const { drafts: made } = (await cli(good.dir, ["improve", "--gate", "--json"])).json() as ImproveResult;
  const [gates] = made[0]?.gates ?? [];
  expect(made).toMatchObject([{ outcome: "ok", gates: [{ proposal: made[0]?.proposals[0]?.proposal, passed: true }] }]);
  const workspace = findWorkspace(good.dir, {});
  const kept = await gateReportFor(workspace.stateDir, await findProposal(openRepository(workspace), gates?.proposal ?? ""));
  expect(kept?.digest).toBe(gates?.digest);

  const bad = improveWorld(drafts("docs/tool.py", "exec(input())\n"));
  await bad.fails("r-aaaaaaaaaa");
  const { stdout, stderr } = await cli(bad.dir, ["improve", "--gate"], { expectExit: 6 });
  const [id = ""] = /^p-\w+/.exec(stdout) ?? [];
  expect(stderr).toContain(`gate       ${id}  static  failed  `);
  // It stays for people to look at.
  expect(branches(bad)).toContain(id);
});

test("a limit that is reached is 5, a draft that is refused is 6; neither makes a branch", async () => {
  const short = improveWorld(drafts("docs/note.md", "# Note\n"), { agent: { more: "limits: { iterations: 1 }\n" } });
  await short.fails("r-aaaaaaaaaa");
  const limited = await improved(short);
  expect([limited, improveEnd(limited), branches(short)]).toMatchObject([{ outcome: "budget", drafts: [{ outcome: "budget", proposals: [] }] }, "budget", ""]);

  const same = improveWorld(drafts("skills/broken/scripts/main.py", "print(1)\n"));
  await same.fails("r-aaaaaaaaaa");
  const refused = await improved(same);
  expect([refused, improveEnd(refused), branches(same)]).toMatchObject([{ drafts: [{ proposals: [{ outcome: "refused" }] }] }, "findings", ""]);
});
