import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { openLedger } from "../../src/ledger/ledger.ts";
import { endProposal, noteProposal, type ProposalRow } from "../../src/ledger/proposals.ts";
import { listProposals } from "../../src/operations/list-proposals.ts";
import { importProposals } from "../../bench/support/many-proposals.ts";
import { proposalWorld } from "../support/proposals.ts";
import { folder } from "../support/workspace.ts";

afterEach(() => vi.unstubAllEnvs());

/** Puts a git first in PATH that writes each call down; answers how many there were since. */
function countedGit(): () => number {
  const place = folder();
  const log = join(place, "calls");
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  writeFileSync(log, "");
  writeFileSync(join(place, "git"), `#!/bin/sh\necho call >> ${log}\nexec ${real} "$@"\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${place}${delimiter}${process.env["PATH"] ?? ""}`);
  return () => readFileSync(log, "utf8").split("\n").length - 1;
}

test("a hundred proposals are listed by a handful of git processes, each in the state that git and this machine say", async () => {
  const world = proposalWorld({ signers: [] });
  const base = world.git("rev-parse", "HEAD");
  const ids = importProposals(world.dir, { count: 100, base });
  const [landed = "", rejected = "", moved = "", ...others] = ids;
  world.git("update-ref", "refs/heads/main", `refs/heads/agentctl/${landed}`);
  const ledger = openLedger(world.stateDir);
  const end = (proposal: string, head: string, state: ProposalRow["state"]): void => {
    noteProposal(ledger, { proposal, head, base, proposer: { kind: "agent", name: "quant" }, signature: undefined, run: "r-1", nowMs: 1 });
    endProposal(ledger, { proposal, state, closedBy: "ada", nowMs: 2 });
  };
  end(rejected, world.git("rev-parse", `refs/heads/agentctl/${rejected}`), "rejected");
  // What was said of another head is not said of this one.
  end(moved, base, "rejected");
  end("p-gone", base, "withdrawn");
  ledger.close();
  world.git("update-ref", "refs/heads/agentctl/no-proposal", base);

  const calls = countedGit();
  const { proposals, unreadable } = await listProposals({ cwd: world.dir, env: {}, all: false });
  expect(calls()).toBeGreaterThan(1);
  expect(calls()).toBeLessThanOrEqual(6);
  expect(proposals.map(({ proposal }) => proposal).toSorted()).toEqual([moved, ...others].toSorted());
  expect(new Set(proposals.map(({ state }) => state))).toEqual(new Set(["open"]));
  expect(unreadable).toMatchObject([{ ref: "refs/heads/agentctl/no-proposal" }]);
  const note = proposals.find(({ proposal }) => proposal === others[0]);
  expect(note).toMatchObject({ title: "Change 3", files: 1, needs: "approve", proposer: { kind: "person", name: "ada@example.org" } });

  const all = (await listProposals({ cwd: world.dir, env: {}, all: true })).proposals;
  const stateOf = (id: string): string | undefined => all.find(({ proposal }) => proposal === id)?.state;
  expect([landed, rejected, moved, "p-gone"].map(stateOf)).toEqual(["landed", "rejected", "open", "withdrawn"]);
  expect(all).toHaveLength(101);
});
