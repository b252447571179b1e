import type { ResultDigests } from "../backtest/digests.ts";
import type { Decision } from "../policy/request.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { readResults } from "../trace/result-lake.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { backtestTimeoutMs } from "./backtest-strategy.ts";
import { differencesBetween, type Difference } from "./compare-results.ts";
import type { DecidedRun } from "./decided-action.ts";
import { findBacktest, type BacktestRecord } from "./find-backtest.ts";
import { loadAuthority } from "./load-authority.ts";
import { openSource } from "./open-source.ts";
import { rebuildBacktest, type MissingPart, type RebuiltBacktest } from "./rebuild-backtest.ts";
import { recordedBacktest, type RecordedBacktest } from "./recorded-backtest.ts";
import { tradingRun } from "./trading-run.ts";

export interface ReproduceAsked {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Id, or a unique beginning of it. */
  backtest: string;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}

export interface Reproduction {
  backtest: string;
  strategy: string;
  /** `not-rebuilt`: something that it stood on is gone, see `missing`; `not-run`: policy or a budget did not let it. */
  verdict: "identical" | "differs" | "not-rebuilt" | "not-run";
  identity: string;
  commit: string;
  engine: number;
  seed: number;
  data: { name: string; sha256: string }[];
  /** The backtest that was run to compare with. */
  again?: string | undefined;
  digests: ResultDigests | null;
  differences: Difference[];
  missing: MissingPart[];
  /** The run that did it; undefined where nothing was run. */
  ran?: Omit<DecidedRun<never>, "value"> | undefined;
}

type Attempt = { gone: MissingPart; again?: undefined } | { again: RecordedBacktest; gone?: undefined };

/**
 * Runs a recorded backtest again, from nothing but its record: files by digest out of git or the kept bytes, bars by digest, the recorded parameters,
 * settings and seed. Answers whether every order, trade and moment of equity is the same, else the first that is not; and whether the rows in the lake
 * are those on record. Nothing is checked out, and nothing stands in for what is gone. Errors: `backtest/unknown`, `backtest/ambiguous`, `trace/damaged`.
 */
export async function reproduceBacktest(asked: ReproduceAsked): Promise<Reproduction> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const record = await findBacktest(stateDir, asked.backtest);
  const { rebuilt, missing } = await rebuildBacktest(record, authority, stateDir);
  const about = aboutOf(record);
  if (rebuilt === undefined) return { ...about, verdict: "not-rebuilt", missing };

  const { backtest } = record.started;
  const { value, ...ran } = await tradingRun<Attempt>(
    rebuilt.ready,
    { command: `backtest reproduce ${backtest}`, env: asked.env, args: { reproduces: backtest }, timeoutMs: backtestTimeoutMs, onDecision: asked.onDecision },
    async (open, decision) => {
      const source = await openSource(rebuilt.ready, open, asked.env);
      try {
        const gone = imageGone(record, source.image);
        if (gone !== undefined) return { outcome: "failed", value: { gone } };
        const again = await recordedBacktest(open, { ...sameAgain(record, rebuilt), source, decision: decision.id });
        return { outcome: "ok", value: { again } };
      } finally {
        await source.close();
      }
    },
  );
  if (value === undefined) return { ...about, verdict: "not-run", ran };
  if (value.again === undefined) return { ...about, verdict: "not-rebuilt", missing: [value.gone], ran };
  const kept = await readResults(stateDir, backtest).catch(() => undefined);
  const differences = differencesBetween(record, value.again, kept);
  return { ...about, verdict: differences.length === 0 ? "identical" : "differs", again: value.again.started.backtest, differences, ran };
}

function aboutOf({ started, finished }: BacktestRecord): Omit<Reproduction, "verdict"> {
  const { backtest, strategy, identity, commit, engine, seed, data } = started;
  const { ordersSha256 = "", tradesSha256 = "", equitySha256 = "" } = finished ?? {};
  return {
    backtest,
    strategy,
    identity,
    commit,
    engine,
    seed,
    data: data.map(({ name, sha256 }) => ({ name, sha256 })),
    digests: ordersSha256 === "" ? null : { ordersSha256, tradesSha256, equitySha256 },
    differences: [],
    missing: [],
  };
}

function sameAgain(
  { started }: BacktestRecord,
  { ready, settings, bars }: RebuiltBacktest,
): Omit<Parameters<typeof recordedBacktest>[1], "source" | "decision"> {
  const { commit, parameters, seed, backtest } = started;
  return { ready, commit, parameters, settings, bars, seed, purpose: `reproduce ${backtest}` };
}

function imageGone({ started, version }: BacktestRecord, image: string | undefined): MissingPart | undefined {
  if (started.image === image) return undefined;
  const found = `its code ran in the image ${started.image ?? "none"}; here it would run in ${image ?? "none"}`;
  return { part: "image", found, mend: `docker load the image of that id, or build the one of agentctl ${version}: agentctl runner build` };
}
