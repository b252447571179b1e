import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { smaCross, strategyWorkspace } from "../../support/strategies.ts";

interface Gate {
  outcome: string;
  gate?: {
    gate: string;
    backtest: string;
    passed: boolean;
    digest: string;
    committed: boolean;
    trials: number;
    seed: number;
    checks: { check: string; passed: boolean; figure: number | null; threshold: number | null; found: string }[];
  };
  ignored: unknown[];
}

/** Few permutations of few variants: what is tested here is the way from the words typed to the record. */
const small = smaCross("small", {
  parameters: { slow: { type: "integer", default: 50, min: 40, max: 60, step: 10 } },
  constraints: undefined,
  signals: { enterLong: "close > sma(close, slow)", exitLong: "close < sma(close, slow)" },
});

async function gate(dir: string, words: string[] = [], expectExit = 6): Promise<Gate> {
  return (await cli(dir, ["strategy", "gate", "small", ...words, "--json"], { expectExit })).json() as Gate;
}

describe("strategy gate", () => {
  it("refuses with figures, thresholds and reasons, and records it", async () => {
    const { dir } = strategyWorkspace(small);
    const { stdout, stderr } = await cli(dir, ["strategy", "gate", "small"], { expectExit: 6 });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.slice(0, 17).trimEnd())).toEqual(
      [
        "data-health",
        "trades",
        "fills",
        "look-ahead",
        "lag",
        "warm-up",
        "costs",
        "neighbours",
        "walk-forward",
        "drawdown",
        "permutation",
        "deflated-sharpe",
        "overfitting",
      ].map((name) => expect.stringMatching(new RegExp(`^[✓✗] ${name}$`))),
    );
    expect(lines[0]).toBe("✓ data-health      0.000783 ≤ 0.01    4 bars missing, 0 impossible, 0 standing still in sp500-daily; 5105 bars in all");
    expect(lines[3]).toMatch(/^✓ look-ahead {7}0 ≤ 0 {14}(\d+) of \1 prefixes agree$/);
    expect(lines[10]).toMatch(
      /^✗ permutation {6}[01](\.\d+)? > 0\.05 +Sharpe ratio -?\d\.\d\d without drift; the best of 3 reaches it on \d+ of 200 permutations$/,
    );
    expect(stderr).toMatch(/^run r-\w+ {2}policy \w{7} {2}rule baseline\/people-may-work$/m);
    expect(stderr).toMatch(/^why {8}permutation: on bars without order there is nothing to find/m);
    const failed = lines.filter((line) => line.startsWith("✗")).length;
    expect(stderr).toMatch(new RegExp(`^refused {4}${failed} of 13 checks {5}g-\\w+ {2}seed \\d+$`, "m"));

    const { rows } = (
      await cli(dir, [
        "query",
        "select g.passed, g.trials, count(*) checks, count(*) filter (not c.passed) failed from gates g join gate_checks c using (gate) group by all",
        "--json",
      ])
    ).json() as {
      rows: unknown[];
    };
    expect(rows).toEqual([[false, 1, 13, failed]]);
  });

  it("answers the same when it is asked again; the judged variant is one trial, the gate's own runs are none", async () => {
    const { dir, write } = strategyWorkspace(small);
    const [first, again] = [await gate(dir), await gate(dir)];
    expect(again.gate?.checks).toEqual(first.gate?.checks);
    expect([first.gate?.seed === again.gate?.seed, first.gate?.trials, again.gate?.trials]).toEqual([true, 1, 1]);
    const other = await gate(dir, ["--param", "slow=60"]);
    expect(other.gate?.trials).toBe(2);
    const { rows } = (await cli(dir, ["query", "select count(*), count(distinct variant) from trials", "--json"])).json() as { rows: unknown[] };
    expect(rows).toEqual([[3, 2]]);
    const shown = await cli(dir, ["backtest", "show", first.gate!.backtest, "--json"]);
    expect(shown.json()).toMatchObject({ backtest: first.gate!.backtest });
    // Another word in a comment is another file, and yet no second draw of the same chance.
    const file = "strategies/small/strategy.yaml";
    write({ [file]: `${small[file]}# and so on\n` });
    const commented = await gate(dir);
    expect([commented.gate?.digest === first.gate?.digest, commented.gate?.seed]).toEqual([false, first.gate?.seed]);
  });

  it("reads limits from the protected commit, the strictest of all policies; strategy.yaml tightens only", async () => {
    const strict = "name: house\ndescription: d\ngates: { trades: 5000 }\n";
    const cases = "- name: any\n  request: { action: query.run }\n  effect: allow\n";
    const { dir, write } = strategyWorkspace({
      ...smaCross("small", {
        gates: { trades: 10, lag: 0.99 },
        parameters: undefined,
        constraints: undefined,
        signals: { enterLong: "close > sma(close, 50)", exitLong: "close < sma(close, 50)" },
      }),
      "policies/house/policy.yaml": strict,
      "policies/house/cases.yaml": cases,
    });
    write({ "policies/house/policy.yaml": strict.replace("5000", "1") });
    const { json, stderr } = await cli(dir, ["strategy", "gate", "small", "--json"], { expectExit: 6 });
    const { gate: judged, ignored } = json() as Gate;
    const limits = Object.fromEntries(judged!.checks.map(({ check, threshold }) => [check, threshold]));
    expect(limits).toMatchObject({ trades: 5000, lag: 0.99, drawdown: 0.4 });
    expect(ignored).toEqual([{ name: "trades", own: 10, policy: 5000 }]);
    expect(stderr).toContain("ignored    gates.trades: 10 does not tighten policy's 5000");
  });

  it("without limits in policy nothing passes, and it says where they go", async () => {
    const { dir, git } = strategyWorkspace(small);
    git("rm", "-rq", "policies/strategies");
    git("commit", "-qm", "no gates");
    const { stdout, stderr } = await cli(dir, ["strategy", "gate", "small"], { expectExit: 6 });
    expect(stdout.match(/^✗ .* no limit +no policy sets /gm)).toHaveLength(13);
    expect(stderr).toContain("next       set the limits under gates: in policies/strategies/policy.yaml, and commit it");
    expect(stderr).toMatch(/^refused {4}13 of 13 checks/m);
  });

  it("findings for code hosts", async () => {
    const never = smaCross("small", { parameters: undefined, constraints: undefined, signals: { enterLong: "close > high", exitLong: "close < low" } });
    const { dir } = strategyWorkspace(never);
    const github = (await cli(dir, ["strategy", "gate", "small", "--format", "github"], { expectExit: 6 })).stdout;
    expect(github).toContain("::error file=strategies/small/strategy.yaml,line=1,title=gate/trades::trades: 0 < 30: no trade was closed over 5105 bars");
    expect(github.trimEnd().split("\n").at(-1)).toBe("12 of 13 checks failed");
    const sarif = JSON.parse((await cli(dir, ["strategy", "gate", "small", "--format", "sarif"], { expectExit: 6 })).stdout) as {
      runs: { results: { ruleId: string }[] }[];
    };
    expect(sarif.runs[0]!.results.map(({ ruleId }) => ruleId)).toContain("gate/trades");
  });

  it.each([
    [["--param", "slow"], 2, '--param is "slow", which is no name=value'],
    [["--param", "slow=1", "--param", "slow=2"], 2, "--param names slow twice"],
    [["--param", "slow=1000"], 2, "slow"],
  ])("what it cannot ask is an error: %j", async (words, exit, message) => {
    const { dir } = strategyWorkspace(small);
    expect((await cli(dir, ["strategy", "gate", "small", ...words], { expectExit: exit })).stderr).toContain(message);
  });

  it("a strategy whose own code fails has failed every check", async () => {
    const { dir } = strategyWorkspace(smaCross("small", { account: { currency: "USD", cash: 1e15, decimals: 8 } }));
    const { gate: judged } = await gate(dir);
    expect(judged!.checks.map(({ passed, figure }) => [passed, figure])).toEqual(Array.from({ length: 13 }, () => [false, null]));
    expect(judged!.checks[0]!.found).toContain("account.decimals");
  });
});
