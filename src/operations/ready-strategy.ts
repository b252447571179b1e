import type { SourceFile } from "../base/document.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import { filesDigest } from "../backtest/identity.ts";
import { settingsOf } from "../backtest/settings.ts";
import { sameFiles } from "../git/hash.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { DataSet } from "../market/data-set.ts";
import type { Bars } from "../strategy/bars.ts";
import { readStrategy } from "../strategy/read-strategy.ts";
import { resample } from "../strategy/resample.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { isCommittedData } from "./committed-data.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { loadData } from "./load-data.ts";
import { brokenStrategy, decidesOutcome, readStrategyFiles, requireStrategyName } from "./strategy-files.ts";
import type { ReadyStrategy } from "./strategy-source.ts";

/**
 * Finds a strategy of the working tree by its name, reads it, and brings its bars. Nothing of it runs. Errors (exit usage): no workspace,
 * `strategy/unknown`, `strategy/broken`, `strategy/bad-market`; and those of the data.
 */
export async function readyStrategy(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<ReadyStrategy> {
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const { root } = authority.workspace;
  const name = requireStrategyName(root, asked.name);
  const { strategy, files } = await usableStrategy(root, name);
  const [committed, data] = await Promise.all([
    isCommittedStrategy(authority, [name, ...strategy.include], files),
    Promise.all(strategy.markets.map((market) => loadData(authority, stateDir, market))),
  ]);
  const known = await Promise.all(data.map(({ set }) => isCommittedData(authority, set)));
  return { strategy, files, digest: digestOf(files), committed: committed && known.every(Boolean), ...settled(strategy, data), authority, stateDir };
}

/** Reads a strategy and what it includes. Error (exit usage): `strategy/broken`. */
async function usableStrategy(root: string, name: string): Promise<{ strategy: Strategy; files: SourceFile[] }> {
  const own = await readStrategyFiles(root, name);
  const { strategy: first, findings } = readStrategy(name, own.files);
  if (first === undefined || own.findings.length > 0) throw brokenStrategy(name, [...own.findings, ...findings]);
  if (first.include.length === 0) return { strategy: first, files: own.files };
  const whole = await readStrategyFiles(root, name, first.include);
  const read = readStrategy(name, whole.files);
  if (read.strategy === undefined || whole.findings.length > 0) throw brokenStrategy(name, [...whole.findings, ...read.findings]);
  return { strategy: read.strategy, files: whole.files };
}

/** The digest by which these files are known. */
export function digestOf(files: readonly SourceFile[]): string {
  return filesDigest(files.map(({ path, text }) => ({ path, sha256: sha256(text) })));
}

/** Bars at the strategy's own timeframe, and the settings that go with them. Error: `strategy/bad-market`. */
export function settled(strategy: Strategy, loaded: readonly { set: DataSet; bars: Bars }[]): Pick<ReadyStrategy, "data" | "settings"> {
  const wantedMs = timeframeMs(strategy.timeframe);
  const data = loaded.map(({ set, bars }) => {
    const haveMs = timeframeMs(set.timeframe);
    if (wantedMs % haveMs !== 0) {
      throw badMarket(strategy, `the bars of ${set.name} are of ${set.timeframe}, of which ${strategy.timeframe} is no multiple`);
    }
    if (set.currency !== strategy.account.currency) {
      throw badMarket(strategy, `${set.name} is in ${set.currency}, the account in ${strategy.account.currency}; nothing here changes money`);
    }
    return { set, bars: wantedMs === haveMs ? bars : resample(bars, wantedMs) };
  });
  const instruments = data.map(({ set: { name, priceDecimals, unitDecimals } }) => ({ name, priceDecimals, unitDecimals }));
  return { data, settings: settingsOf(strategy, instruments, wantedMs) };
}

function badMarket(strategy: Strategy, why: string): AgentctlError {
  return new AgentctlError("strategy/bad-market", `${strategy.name} cannot trade: ${why}`, { hint: `agentctl strategy check ${strategy.name}`, exit: "usage" });
}

/** Whether these files are those of the commit that policy is read from: none more, none less. The bytes that were read are compared, not the disk again. */
async function isCommittedStrategy({ repository, commit }: Authority, places: readonly string[], files: readonly SourceFile[]): Promise<boolean> {
  const entries = await repository.listTree(
    commit,
    places.map((path) => `strategies/${path}`),
  );
  return sameFiles(
    entries.filter(({ path }) => decidesOutcome(path.slice("strategies/".length))),
    files.map(({ path, text }) => ({ path: `strategies/${path}`, data: Buffer.from(text) })),
  );
}
