import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runSkill } from "../../src/operations/run-skill.ts";
import { askBenchmark, contentsOf } from "../support/benchmark.ts";
import { describeReal } from "../support/engine.ts";
import { proposalWorld, type ProposalWorld } from "../support/proposals.ts";
import { skill } from "../support/skills.ts";

/** Doubles the number of its input. */
const double = (body = 'echo "{\\"twice\\": $((n * 2))}"'): Record<string, string> =>
  skill("double", `n=$(sed 's/[^0-9]//g' ../input.json)\n${body}\n`, {
    language: "shell",
    metadata: { "input-schema": "references/in.json", "output-schema": "references/out.json" },
    files: {
      "references/in.json": '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}',
      "references/out.json": '{"type":"object","properties":{"twice":{"type":"integer"}},"required":["twice"]}',
    },
  });
const evaluation = (name = "double"): Record<string, string> => ({
  [`evaluations/${name}/evaluation.yaml`]: `name: ${name}
about: Doubles numbers.
target: { skill: ${name} }
cases:
  - { name: a small number, input: { n: 4711 }, expect: { output: { twice: 9422 } } }
  - { name: nothing, input: { n: 0 }, expect: { output: { twice: 0 } } }
`,
});
const world = (files: Record<string, string> = { ...double(), ...evaluation() }): ProposalWorld => proposalWorld({ files });
const changed = (files: Record<string, string>): { contents: ReturnType<typeof contentsOf> } => ({ contents: contentsOf(files) });

/** Every byte that the state holds. */
function stateText(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}

describeReal("benchmark", { timeout: 300_000 }, () => {
  test("a change that fails what passes today is refused; the report and the record hold neither inputs nor expected values; asked again it says the same", async () => {
    const space = world();
    const proposal = await space.propose(changed(double('[ "$n" = 0 ] && echo "{\\"twice\\": 0}" || echo "{\\"twice\\": 1}"')));
    const worse = await askBenchmark(space, proposal);
    expect(worse.verdict).toBe("failed");
    expect(worse.summary).toBe("1 of 2 cases, 1 worse");
    expect(worse.told).toEqual([
      'error benchmark/worse: skill double: the case "a small number" fails, and passes today: the output.twice is not the number it has to be',
    ]);
    expect(JSON.stringify(worse)).not.toMatch(/4711|9422/);
    expect({ ...(await askBenchmark(space, proposal)), run: "" }).toEqual({ ...worse, run: "" });
    const harmless = await askBenchmark(space, await space.propose(changed(double('echo "{\\"twice\\": $((n + n))}"'))));
    expect([harmless.verdict, harmless.summary, harmless.told]).toEqual(["passed", "2 of 2 cases, 0 worse", []]);
    expect(stateText(join(space.stateDir, "journal"))).toContain('"purpose":"evaluation"');
    expect(stateText(space.stateDir)).not.toMatch(/4711|9422/);
  });

  test("calls on record are done again: one that goes wrong now is refused, another answer is told; none of it counts as a use", async () => {
    const space = world(double());
    for (const n of [1, 2, 2, 3]) await runSkill({ cwd: space.dir, env: process.env, name: "double", input: JSON.stringify({ n }) });
    const worse = await askBenchmark(space, await space.propose(changed(double('[ "$n" = 2 ] && exit 3; echo "{\\"twice\\": 7}"'))));
    expect(worse.verdict).toBe("failed");
    expect(worse.summary).toBe("3 recorded calls done again, 1 worse");
    expect(worse.told[0]).toMatch(/^error benchmark\/replay-worse: skill double: the call c-\w+ of r-\w+, done again, .*: it ends failed$/);
    expect(worse.told).toContain("note benchmark/other-answer: skill double: 2 of 3 recorded calls get another answer");

    const loose = { ...double('echo "{}"'), "skills/double/references/out.json": '{"type":"object"}' };
    const promised = await askBenchmark(space, await space.propose(changed(loose)));
    expect(promised.verdict).toBe("failed");
    expect(promised.told[0]).toMatch(/its output no longer fits what base declares$/);

    const { skillStatistics } = await import("../../src/operations/skill-statistics.ts");
    expect((await skillStatistics(space.stateDir)).get("double")).toMatchObject({ uses: 4, successRate: 1 });
  });

  test("a new skill has to pass what waits for it; one that goes leaves its evaluation unmet", async () => {
    const space = world(evaluation());
    expect((await askBenchmark(space, await space.propose(changed(double("echo x"))))).told[0]).toMatch(
      /the case "a small number" fails: it ended bad-output, not ok$/,
    );
    expect((await askBenchmark(space, await space.propose(changed(double())))).verdict).toBe("passed");
    const gone = world();
    const removed = Object.fromEntries(Object.keys(double()).map((path) => [path, undefined]));
    const answer = await askBenchmark(gone, await gone.propose({ contents: contentsOf(removed) }));
    expect(answer.told[0]).toMatch(/fails, and passes today: it is gone$/);
  });

  test("nothing to compare with is said, and passes; a change of other files is not looked at", async () => {
    const space = world(double());
    const answer = await askBenchmark(space, await space.propose(changed(double('echo "{\\"twice\\": 1}"'))));
    expect([answer.verdict, answer.summary]).toEqual(["passed", "nothing to compare with"]);
    expect(answer.told[0]).toMatch(/^note benchmark\/nothing-to-compare: nothing to compare skill double with/);
    expect((await askBenchmark(space, await space.propose())).verdict).toBe("not-needed");
  });

  test("who changes the judge does not change the judged: the base's evaluation counts, and both together are refused", async () => {
    const space = world();
    const eased = { "evaluations/double/evaluation.yaml": (evaluation()["evaluations/double/evaluation.yaml"] ?? "").replace("9422", "1") };
    const both = await askBenchmark(space, await space.propose(changed({ ...double('echo "{\\"twice\\": 1}"'), ...eased })));
    expect([both.verdict, both.told[0]]).toEqual([
      "failed",
      'error benchmark/judge-and-judged: the evaluation "double" changes together with the skill double',
    ]);
    const taken = { ...double("exit 1"), "evaluations/double/evaluation.yaml": undefined };
    expect((await askBenchmark(space, await space.propose({ contents: contentsOf(taken) }))).told[0]).toMatch(/judge-and-judged/);
    const broken = { ...double("exit 1"), "evaluations/other/evaluation.yaml": "{" };
    expect((await askBenchmark(space, await space.propose(changed(broken)))).told[0]).toMatch(/judge-and-judged/);
    expect((await askBenchmark(space, await space.propose(changed(eased)))).verdict).toBe("not-needed");
  });

  test("a judge of the base that cannot be read lets nothing pass", async () => {
    const space = world({ ...double(), "evaluations/double/evaluation.yaml": "name: double\n" });
    const answer = await askBenchmark(space, await space.propose(changed(double("true"))));
    expect(answer.verdict).toBe("failed");
    expect(answer.told[0]).toMatch(/^error evaluation\/schema/);
  });
});
