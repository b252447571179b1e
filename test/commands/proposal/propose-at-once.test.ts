import { expect, test } from "vitest";
import { withLease } from "../../../src/ledger/leases.ts";
import { openLedger } from "../../../src/ledger/ledger.ts";
import { thisProcess } from "../../../src/ledger/owner.ts";
import { inTurn } from "../../../src/operations/in-turn.ts";
import { cli } from "../../support/cli.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";

const branches = ({ git }: ProposalWorld): number => git("for-each-ref", "refs/heads/agentctl").split("\n").filter(Boolean).length;

test("at once, the same change is proposed once, and others until there is no more room", async () => {
  const world = proposalWorld({ signers: [], files: { "agentctl.yaml": "profile: small\nproposals: { openMax: 2 }\n" } });
  world.write(Object.fromEntries(["same", "a", "b", "c"].map((name) => [`drafts/${name}/docs/${name}.md`, `# ${name}\n`])));
  const propose = async (name: string): Promise<string> => {
    const words = ["--folder", `drafts/${name}`, "--title", name, "--rationale", "It was asked for."];
    const { exitCode, stderr } = await cli(world.dir, ["propose", ...words], { expectExit: null });
    return exitCode === 0 ? "made" : `${exitCode} ${/proposes this already|may be \(proposals\.openMax\)/.exec(stderr)?.[0] ?? stderr}`;
  };
  // Whoever held it was killed.
  const ledger = openLedger(world.stateDir);
  const { processStart, boot, host } = thisProcess();
  ledger.db.prepare("INSERT INTO leases (name, pid, process_start, boot, host) VALUES ('propose', 999999999, ?, ?, ?)").run(processStart, boot, host);

  const same = await Promise.all(["same", "same", "same"].map(propose));
  expect(same.toSorted()).toEqual(["2 proposes this already", "2 proposes this already", "made"]);
  expect(branches(world)).toBe(1);
  const others = await Promise.all(["a", "b", "c"].map(propose));
  expect(others.toSorted()).toEqual(["2 may be (proposals.openMax)", "2 may be (proposals.openMax)", "made"]);
  expect(branches(world)).toBe(2);

  // One that is alive is waited for, not for ever; an interrupt ends the wait.
  let did = 0;
  const stop = new AbortController();
  const busy = withLease(ledger, "propose", async () => {
    await expect(inTurn({ ledger, stop: stop.signal }, async () => (did += 1), 60)).rejects.toMatchObject({ code: "proposal/busy" });
    const waiting = inTurn({ ledger, stop: stop.signal }, async () => (did += 1));
    stop.abort(new Error("interrupted"));
    await expect(waiting).rejects.toThrow("interrupted");
  });
  await busy;
  expect(did).toBe(0);
  expect(await inTurn({ ledger, stop: new AbortController().signal }, async () => (did += 1))).toBe(1);
  ledger.close();
}, 120_000);
