import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { gateProposal } from "../../../src/operations/gate-proposal.ts";
import { gateReportFor } from "../../../src/operations/gate-reports.ts";
import { verifyAudit } from "../../../src/operations/verify-audit.ts";
import { describeReal } from "../../support/engine.ts";
import { files } from "../../support/landings.ts";
import { proposalWorld } from "../../support/proposals.ts";
import { containersOf, skill } from "../../support/skills.ts";

const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));

describeReal("proposal gate, killed", () => {
  const tests = { "tests/test_main.py": "import time\n\ndef test_one():\n    time.sleep(1)\n" };
  const world = proposalWorld({ files: skill("sums", "print(1)\n", { files: tests }) });
  const trees = join(world.stateDir, "gates");
  const laid = (): string[] => (existsSync(trees) ? readdirSync(trees) : []);
  const journal = join(world.stateDir, "journal");
  /** How often the tests of a skill have ended. */
  const tested = (): number => readdirSync(journal).filter((name) => readFileSync(join(journal, name), "utf8").includes('"skill.finished"')).length;

  /** Asks the gates in a process of its own that dies as soon as `reached` says so. */
  async function killedWhen(id: string, reached: () => Promise<boolean> | boolean): Promise<NodeJS.Signals | null> {
    const child = spawn(process.execPath, [entry, "proposal", "gate", id], { cwd: world.dir, stdio: "ignore" });
    const state = { ended: false };
    const exit = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal))).finally(() => (state.ended = true));
    while (!state.ended && !(await reached())) await wait(2);
    child.kill("SIGKILL");
    return exit;
  }

  test("at any point, no report counts; asked again there is one, and nothing is left of those before", async () => {
    const proposal = await world.propose({ contents: files(skill("sums", "print(2)\n", { files: tests, metadata: { version: "1.0.1" } })) });
    const kept = () => gateReportFor(world.stateDir, proposal);
    expect(await killedWhen(proposal.id, () => laid().length > 0)).toBe("SIGKILL");
    expect([laid().length, await kept()]).toEqual([1, undefined]);

    expect(await killedWhen(proposal.id, async () => (await containersOf(world.dir, "running")).length > 0)).toBe("SIGKILL");
    // What the first one had laid out went, and the second one's is there.
    expect([laid().length, await kept()]).toEqual([1, undefined]);

    const ask = () => gateProposal({ cwd: world.dir, env: process.env, proposal: proposal.id });
    const first = await ask();
    expect(first).toMatchObject({ outcome: "ok", passed: true });
    expect((await kept())?.digest).toBe(first.digest);
    expect([laid(), await containersOf(world.dir)]).toEqual([[], []]);

    const answered = tested();
    await killedWhen(proposal.id, () => tested() > answered);
    // What was finished before stays.
    expect((await kept())?.digest).toBe(first.digest);
    expect((await ask()).digest).toBe(first.digest);
    expect([laid(), await containersOf(world.dir)]).toEqual([[], []]);
    expect((await verifyAudit({ cwd: world.dir, env: {} })).faults).toEqual([]);
  }, 180_000);
});
