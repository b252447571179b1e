import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ExperimentSummary } from "../../../src/operations/list-experiments.ts";
import { runExperiment, type RunExperimentAsked, type RunExperimentResult } from "../../../src/operations/run-experiment.ts";
import type { ShownExperiment } from "../../../src/operations/show-experiment.ts";
import { cli } from "../../support/cli.ts";
import { smaCross, strategyWorkspace } from "../../support/strategies.ts";
import type { TestWorkspace } from "../../support/workspace.ts";

const entry = fileURLToPath(new URL("../../../bin/dev.js", import.meta.url));

async function run(dir: string, ...argv: string[]): Promise<NonNullable<RunExperimentResult["experiment"]>> {
  const { experiment } = (await cli(dir, ["experiment", "run", "sma-cross", ...argv, "--json"])).json() as RunExperimentResult;
  if (experiment === undefined) throw new Error("it did not start");
  return experiment;
}

/** Starts an experiment that takes seconds, and answers when its first trials are on record. */
async function underWay({ dir }: TestWorkspace, ...argv: string[]): Promise<{ child: ChildProcess; ended: Promise<number | null>; said: () => string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AGENTCTL_|GIT_)/.test(name)));
  const child = spawn(process.execPath, [entry, "experiment", "run", "sma-cross", ...argv], { cwd: dir, env: { ...env, NO_COLOR: "1" } });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const journals = join(dir, ".git/agentctl/journal");
  const recorded = (): boolean => readdirSync(journals).some((file) => readFileSync(join(journals, file), "utf8").includes('"trials.recorded"'));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended too early\n${said}`);
    if (said.includes("planned") && recorded()) return { child, ended, said: () => said };
    await wait(5);
  }
}

async function rows(dir: string, sql: string): Promise<unknown[][]> {
  return ((await cli(dir, ["query", sql, "--json"])).json() as { rows: unknown[][] }).rows;
}

/** Long enough to be stopped in the middle. */
const long = ["--walk-forward", "8"];

describe("experiment run", () => {
  it("tries every admitted combination once, and shows the best with what it did in each regime", async () => {
    const { dir } = strategyWorkspace(
      smaCross("sma-cross", {
        parameters: { fast: { type: "integer", default: 5, min: 5, max: 20, step: 5 }, slow: { type: "integer", default: 30, min: 10, max: 100, step: 10 } },
      }),
    );
    const found = await run(dir, "--walk-forward", "2");
    // Of 40 pairs, fast < slow refuses (10, 10), (15, 10), (20, 10) and (20, 20).
    expect(found).toMatchObject({ kind: "grid", objective: "sharpe", variants: 36, planned: 36 * 3 + 2, trials: 110, tried: 110, failed: 0 });
    const { best, walkForward } = found;
    expect(best?.score).toBe(found.top[0]?.score);
    expect(best?.sharpe).toBe(best?.score);
    expect(Object.keys(best?.regimes ?? {}).toSorted()).toEqual(["bear calm", "bear wild", "bull calm", "bull wild", "sideways calm", "sideways wild"]);
    expect(walkForward?.windows).toHaveLength(2);
    expect(walkForward?.windows[1]?.testTrades).toBeGreaterThan(0);

    const fast = Number(best?.parameters["fast"]);
    const slow = Number(best?.parameters["slow"]);
    const single = (await cli(dir, ["backtest", "run", "sma-cross", "--param", `fast=${fast}`, "--param", `slow=${slow}`, "--json"])).json() as {
      backtest: { variant: string; metrics: Record<string, number | null> };
    };
    expect(best?.sharpe).toBeCloseTo(single.backtest.metrics["sharpe"] ?? Number.NaN, 9);
    expect(best?.totalReturn).toBeCloseTo(single.backtest.metrics["totalReturn"] ?? Number.NaN, 9);
    // The backtest of a variant that was tried is no new variant.
    expect(await rows(dir, "select count(distinct variant), count(distinct trial) from trials")).toEqual([[36, 110]]);

    const shown = await cli(dir, ["experiment", "show", found.experiment]);
    expect(shown.stdout).toContain(`fast=${fast} slow=${slow}`);
    expect(shown.stdout).toContain("efficiency");
    expect(shown.stdout).toContain("fast down, slow 10 to 100 across");
    const { report, points } = (await cli(dir, ["experiment", "show", found.experiment, "--points", "--json"])).json() as ShownExperiment;
    expect(report?.best).toEqual(best);
    expect(points).toHaveLength(36);
    const short = await cli(dir, ["experiment", "show", found.experiment, "--json"]);
    expect(short.stdout.length).toBeLessThan(12_000);
  });

  it("gives the same for the same seed, other variants for another, and keeps two at once apart", async () => {
    const { dir } = strategyWorkspace();
    const asked = ["--search", "random", "--trials", "20"];
    const [one, two, other] = await Promise.all([run(dir, ...asked, "--seed", "3"), run(dir, ...asked, "--seed", "3"), run(dir, ...asked, "--seed", "4")]);
    const plain = ({ experiment: _experiment, durationMs: _durationMs, ...rest }: typeof one): unknown => rest;
    expect(plain(one)).toEqual(plain(two));
    expect(other.top.map(({ parameters }) => parameters)).not.toEqual(one.top.map(({ parameters }) => parameters));
    expect(new Set([one.experiment, two.experiment, other.experiment]).size).toBe(3);
    const counted = await rows(dir, "select experiment, count(*), count(distinct trial) from trials group by 1");
    expect(counted.map(([, all, distinct]) => [all, distinct])).toEqual([
      [20, 20],
      [20, 20],
      [20, 20],
    ]);
    const listed = (await cli(dir, ["experiment", "--json"])).json() as ExperimentSummary[];
    expect(listed.map(({ outcome, trials, planned }) => [outcome, trials, planned])).toEqual([
      ["ok", 20, 20],
      ["ok", 20, 20],
      ["ok", 20, 20],
    ]);
  });

  it("goes on after kill -9 with exactly the trials that are missing", async () => {
    const work = strategyWorkspace();
    const planned = 1319 * 4 + 3;
    const { child, ended } = await underWay(work, "--walk-forward", "3");
    child.kill("SIGKILL");
    await ended;
    const [killed] = (await cli(work.dir, ["experiment", "--json"])).json() as ExperimentSummary[];
    const before = killed?.trials ?? 0;
    expect(killed).toMatchObject({ outcome: "unfinished", planned });
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(planned);

    const id = killed?.experiment ?? "";
    const resumed = await run(work.dir, "--resume", id);
    expect(resumed).toMatchObject({ experiment: id, trials: planned, tried: planned - before });
    expect(await rows(work.dir, `select count(*), count(distinct trial), min(trial), max(trial) from trials where experiment = '${id}'`)).toEqual([
      [planned, planned, 0, planned - 1],
    ]);
    const again = await cli(work.dir, ["experiment", "run", "sma-cross", "--resume", id], { expectExit: 2 });
    expect(again.stderr).toContain("has all of its trials on record");
  });

  it("ends cleanly when interrupted, offers to go on, and refuses what has changed since", async () => {
    const work = strategyWorkspace();
    const { child, ended, said } = await underWay(work, ...long);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    const id = /experiment (e-\w+)/.exec(said())?.[1] ?? "";
    expect(said()).toContain(`trials of ${id} are on record`);
    expect(said()).toContain(`agentctl experiment run sma-cross --resume ${id}`);
    const [listed] = (await cli(work.dir, ["experiment", "--json"])).json() as ExperimentSummary[];
    expect(listed).toMatchObject({ experiment: id, outcome: "interrupted" });

    const { child: second, ended: secondEnded, said: secondSaid } = await underWay(work, ...long);
    second.kill("SIGINT");
    expect(await secondEnded).toBe(130);
    expect(secondSaid()).toContain(`${id} has this very plan`);

    work.write(smaCross("sma-cross", { costs: { taker: 0.002 } }));
    const changed = await cli(work.dir, ["experiment", "run", "sma-cross", "--resume", id], { expectExit: 2 });
    expect(changed.stderr).toContain(`sma-cross is not what it was when ${id} began`);
  });

  it("stops when all is halted", async () => {
    const work = strategyWorkspace();
    const { ended } = await underWay(work, ...long);
    await cli(work.dir, ["halt", "--reason", "test"]);
    expect(await ended).toBe(9);
    expect(await rows(work.dir, "select outcome from experiments")).toEqual([["interrupted"]]);
  });

  it("never calls a variant that did not trade the best", async () => {
    const signals = { columns: { f: "sma(close, fast)" }, enterLong: "cross_over(close, f * 10)", exitLong: "cross_under(close, f)" };
    const { dir } = strategyWorkspace(
      smaCross("sma-cross", { parameters: { fast: { type: "integer", default: 5, min: 2, max: 9 } }, constraints: [], signals }),
    );
    const found = await run(dir, "--walk-forward", "2");
    expect(found).toMatchObject({ variants: 8, scored: 0, positive: 0, best: null, sturdiest: null, top: [], trials: 24 });
    expect(found.walkForward).toMatchObject({ efficiency: null, return: null, sharpe: null, failed: 2 });
  });

  it("refuses a search that cannot be, before anything runs", async () => {
    const { dir } = strategyWorkspace();
    const refused = async (asked: Partial<RunExperimentAsked>, message: string): Promise<void> => {
      const started = runExperiment({ cwd: dir, env: {}, name: "sma-cross", parameters: {}, ...asked });
      await expect(started).rejects.toMatchObject({ exit: "usage", message: expect.stringContaining(message) });
    };
    await refused({ kind: "grid", variants: 10 }, "the grid has 1319 variants that meet the constraints, and 10 trials are allowed");
    await refused({ objective: "sharp" }, '"sharp" is nothing that a search can look for');
    await refused({ parameters: { fast: "1" } }, "is below 2");
    await refused({ from: "2020-01-01", walkForward: 4 }, "walk-forward windows of");
    await refused({ resume: "e-nothere" }, "there is no experiment");
    const { stderr } = await cli(dir, ["experiment", "run", "sma-cross", "--objective", "sharp"], { expectExit: 2 });
    expect(stderr).toContain("did you mean sharpe?");
    expect(await cli(dir, ["experiment", "--json"]).then((answer) => answer.json())).toEqual([]);
  });
});
