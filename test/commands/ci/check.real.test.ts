import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CiChecked } from "../../../src/operations/ci-check.ts";
import { cli, type CliAnswer } from "../../support/cli.ts";
import { describeReal } from "../../support/engine.ts";
import { files } from "../../support/landings.ts";
import { proposalWorld } from "../../support/proposals.ts";
import { skill } from "../../support/skills.ts";
import { folder } from "../../support/workspace.ts";

const token = "t0ken-of-this-process-and-nobody-elses";
/** Tests of a skill that look for the token in everything that a container's program can read of environments. */
const looking = `import glob
import os


def test_no_token():
    found = repr(sorted(os.environ.items()))
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                found += repr(file.read())
        except OSError:
            pass
    assert "${token}" not in found
`;
const world = proposalWorld({ files: skill("sums", "print(1)\n", { files: { "tests/test_main.py": looking } }) });
const better = skill("sums", "print(2)\n", { files: { "tests/test_main.py": looking }, metadata: { version: "1.0.1" } });
const sarif = join(folder(), "check.sarif");
const rules = (): string[] =>
  (JSON.parse(readFileSync(sarif, "utf8")) as { runs: { results: { ruleId: string; level: string }[] }[] }).runs.flatMap(({ results }) =>
    results.filter(({ level }) => level === "error").map(({ ruleId }) => ruleId),
  );
const check = (head: string, expectExit: number): Promise<CliAnswer> =>
  cli(world.dir, ["ci", "check", "--head", head, "--sarif", sarif, "--json"], {
    env: { GITHUB_TOKEN: token, GH_TOKEN: token, GITHUB_BASE_REF: undefined, GITHUB_STEP_SUMMARY: undefined },
    expectExit,
  });

describeReal("ci check of a proposal, with its gates", () => {
  test("a good one passes; its code ran, and saw nothing of the environment that holds the token", async () => {
    const proposal = await world.propose({ contents: files(better) });
    const checked = (await check(proposal.head, 0)).json() as CiChecked;
    expect(checked).toMatchObject({ passed: true, proposal: proposal.id, gates: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(checked.report.checks.filter(({ name }) => name.startsWith("proposal gate "))).toHaveLength(9);
    expect(rules()).toEqual([]);
  });

  test("one that holds a key fails, with the gate in SARIF", async () => {
    const proposal = await world.propose({ contents: files({ "docs/key.md": `ghp_${"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"}\n` }) });
    const { report, passed } = (await check(proposal.head, 6)).json() as CiChecked;
    const failed = report.checks.filter(({ findings }) => findings.some(({ level }) => level === "error"));
    expect([passed, failed.map(({ name }) => name)]).toEqual([false, ["proposal gate secrets"]]);
    expect(rules()).toEqual(failed.flatMap(({ findings }) => findings.map(({ rule }) => rule)));
  });
});
