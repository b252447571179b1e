import { expect, test } from "vitest";
import { landingLines } from "../../src/cli/landing-lines.ts";
import type { LandResult } from "../../src/operations/land-proposal.ts";

const landed: LandResult = {
  proposal: "p-1",
  title: "t",
  outcome: "landed",
  action: "land",
  target: "refs/heads/main",
  from: "a".repeat(40),
  to: "b".repeat(40),
  policyVersion: 3,
  approvedBy: [{ who: "ada@example.org", how: "signed", fingerprint: "SHA256:x" }],
  why: [],
  exit: "done",
  hint: "agentctl proposal rollback p-1",
  along: { brought: 2, leftAlone: ["docs/a\u001b[2J.md"] },
};
const lines = (result: Partial<LandResult>): string[] => landingLines({ ...landed, ...result }).map(({ stream, line }) => `${stream} ${line}`);

test("a landing says where the branch went, who agreed, what policies are in force, and what stayed as the person left it", () => {
  expect(lines({})).toEqual([
    "data landed    main aaaaaaa → bbbbbbb     agentctl proposal rollback p-1",
    "words approved  ada@example.org  signed  SHA256:x",
    "words policies  version 3, as before",
    "words files     2 brought along",
    expect.stringMatching(/^words edited {4}docs\/a«U\+001B»\[2J\.md is as you left it/),
  ]);
  expect(lines({ newPolicy: true })).toContain("words policies  version 3; open approvals that were given under another one are asked for anew");
  expect(lines({ action: "rollback" })[0]).toMatch(/^data reverted {2}main aaaaaaa → bbbbbbb/);
});

test("a refusal gives each reason and the next command, and nothing that landed", () => {
  expect(lines({ outcome: "refused", why: ["it needs a person", "another\nline"], hint: "agentctl proposal approve p-1" })).toEqual([
    "words refused   it needs a person",
    "words refused   another«U+000A»line",
    "words next      agentctl proposal approve p-1",
  ]);
});
