import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import { withLease } from "../ledger/leases.ts";
import type { DataSet } from "../market/data-set.ts";
import { describeBars } from "../market/describe-bars.ts";
import { openExchange, type Exchange } from "../market/exchange.ts";
import { judgeBars, usualThresholds, type Health } from "../market/judge-bars.ts";
import { mergeCandles, type MergedBars } from "../market/merge-candles.ts";
import { openPageLog } from "../market/page-log.ts";
import { timeText } from "../market/problems.ts";
import { pullCandles, type PullProgress } from "../market/pull-candles.ts";
import { dataSetPath } from "../market/read-data-set.ts";
import { retried, usualRetries, type RetryRules } from "../market/retry.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import type { Bars } from "../strategy/bars.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { allowedHosts } from "./allowed-hosts.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import type { GivenThresholds } from "./import-data.ts";
import type { OpenRun, RunOutcome } from "./in-run.ts";
import { keepBars, type KeptBars } from "./keep-bars.ts";
import { loadAuthority, type Authority } from "./load-authority.ts";
import { findDataSet, loadData } from "./load-data.ts";
import { personName } from "./person.ts";

export interface PullDataAsked extends Pick<GivenThresholds, "gapsMax" | "frozenMax"> {
  cwd: string;
  env: NodeJS.ProcessEnv;
  exchange: string;
  symbol: string;
  timeframe: string;
  /** RFC 3339. That of the data set when it is there already. */
  since?: string | undefined;
  until?: string | undefined;
  /** Made of the symbol and the timeframe when not given. */
  name?: string | undefined;
  endpoint?: string | undefined;
  licence?: string | undefined;
  calendar?: DataSet["calendar"] | undefined;
  timeoutMs?: number | undefined;
  retries?: Partial<Pick<RetryRules, "attemptsMax" | "waitMs" | "waitMaxMs">>;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
  onPage?: ((progress: PullProgress) => void) | undefined;
  onWait?: RetryRules["onWait"];
}

export interface PulledData extends Omit<MergedBars, "bars"> {
  health: Health;
  /** Bars that were not there before. */
  added: number;
  /** The exchange's clock when the pull began. */
  exchangeTime: string | null;
  requests: number;
  /** Undefined when the bars were refused, or are those that were there. */
  kept?: KeptBars | undefined;
}

export type PullResult = Omit<DecidedRun<PulledData>, "value"> & { name: string; pulled?: PulledData | undefined; denied?: Decision | undefined };

const requestTimeoutMs = 20_000;
const pullTimeoutMs = 3_000_000;
const aheadMaxMs = 86_400_000;

/**
 * Brings candles of an exchange into the lake, or goes on from those that are there: decided as data.import, and as net.connect for each host before it is
 * reached. Only candles that have closed by the exchange's clock. An interrupted pull goes on from its last page. Bars beyond a threshold are refused,
 * which is a result. Errors (exit usage): unknown exchange, symbol, timeframe; market/exchange-failed; market/pulling when another process is at it.
 */
export async function pullData(asked: PullDataAsked): Promise<PullResult> {
  const name = asked.name ?? nameOf(asked.symbol, asked.timeframe);
  const path = dataSetPath(name);
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const former = await formerBars(authority, stateDir, name, asked);
  const { exchange, symbol, timeframe } = asked;
  const request: ActionRequest = {
    action: "data.import",
    class: "W",
    actor: { kind: "person", name: personName() },
    path,
    args: { data: name, symbol, timeframe, exchange, ...(asked.endpoint !== undefined && { endpoint: asked.endpoint }) },
  };
  let denied: Decision | undefined;
  const { value, ...ended } = await decidedAction<PulledData | undefined>(
    { authority, stateDir },
    {
      command: `data pull ${exchange} ${symbol} ${timeframe} --name ${name}`,
      request,
      amounts: { wallMs: pullTimeoutMs, hosts: 1 },
      env: asked.env,
      onDecision: asked.onDecision,
    },
    async (open) => {
      const hosts = allowedHosts(authority, open, asked.onDecision);
      const opened = await openExchange({ exchange, endpoint: asked.endpoint, timeoutMs: asked.timeoutMs ?? requestTimeoutMs, onConnect: hosts.ask });
      try {
        const pulled = await withLease(open.ledger, `data pull ${name}`, () => pull(open, authority, opened, { ...asked, name }, former));
        if (pulled === undefined) throw new AgentctlError("market/pulling", `another process is pulling ${name}`, { hint: "agentctl run" });
        return pulled;
      } catch (thrown) {
        denied = hosts.refusal();
        if (denied === undefined) throw thrown;
        return { outcome: denied.effect === "deny" ? "denied" : "waiting", value: undefined };
      }
    },
  );
  return { ...ended, name, pulled: value, denied };
}

interface Former {
  set: DataSet;
  /** Undefined when the lake has lost them: then all of them are pulled again. */
  bars: Bars | undefined;
}

/** What an earlier pull brought. Errors (exit usage): market/other-source, when bars from elsewhere have that name. */
async function formerBars(authority: Authority, stateDir: string, name: string, asked: PullDataAsked): Promise<Former | undefined> {
  const { root } = authority.workspace;
  if (!existsSync(join(root, dataSetPath(name)))) return undefined;
  const set = findDataSet(root, name);
  const { source } = set;
  const same =
    source.kind === "exchange" &&
    source.exchange === asked.exchange &&
    source.symbol === asked.symbol &&
    source.endpoint === asked.endpoint &&
    set.timeframe === asked.timeframe;
  if (!same) {
    throw new AgentctlError("market/other-source", `${name} holds ${set.symbol} in ${set.timeframe} from another source`, {
      hint: "--name NAME  (another one)",
      exit: "usage",
    });
  }
  try {
    return { set, bars: (await loadData(authority, stateDir, name)).bars };
  } catch (thrown) {
    if (thrown instanceof AgentctlError && thrown.code === "market/no-bars") return { set, bars: undefined };
    throw thrown;
  }
}

/** Where the data set begins: as it did, or earlier when that is asked for. Errors (exit usage): market/no-since. */
function earliest(since: string | undefined, set: DataSet | undefined): string {
  const before = set?.source.kind === "exchange" ? set.source.since : undefined;
  const [first] = [since, before].filter((each) => each !== undefined).toSorted((a, b) => Date.parse(a) - Date.parse(b));
  if (first !== undefined) return first;
  throw new AgentctlError("market/no-since", "it is not said from when on", { hint: "--since 2024-01-01", exit: "usage" });
}

/** btc-usdt-1h of BTC/USDT and 1h. */
function nameOf(symbol: string, timeframe: string): string {
  return `${symbol}-${timeframe}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

/** Which candles have closed is for the exchange's clock to say, but not what year it is. Error: market/clock-ahead. */
function requireNear(exchange: string, exchangeMs: number): void {
  const aheadMs = exchangeMs - systemClock.nowMs();
  if (aheadMs <= aheadMaxMs) return;
  throw new AgentctlError("market/clock-ahead", `the clock of ${exchange} is ${Math.round(aheadMs / 3_600_000)} h ahead of this machine's`, {
    hint: "set this machine's clock; if that is right, the exchange is not to be trusted",
  });
}

async function pull(
  open: OpenRun,
  authority: Authority,
  exchange: Exchange,
  asked: PullDataAsked & { name: string },
  former: Former | undefined,
): Promise<{ outcome: RunOutcome; value: PulledData }> {
  const { name, symbol, timeframe } = asked;
  const frameMs = timeframeMs(timeframe);
  const since = earliest(asked.since, former?.set);
  const untilMs = asked.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(asked.until);
  const retries: RetryRules = { ...usualRetries, ...asked.retries, stop: open.stop, onWait: asked.onWait };
  exchange.requireTimeframe(timeframe);
  const market = await retried(exchange, () => exchange.market(symbol), retries);
  const began = former?.set.source.kind === "exchange" ? former.set.source.since : since;
  const goesOn = former?.bars !== undefined && Date.parse(since) >= Date.parse(began);
  // The last two bars once more: an exchange that changed one is found out.
  const sinceMs = goesOn && former !== undefined ? Date.parse(former.set.to) - frameMs : Date.parse(since);
  const log = openPageLog(open.stateDir, name, JSON.stringify([asked.exchange, symbol, timeframe, sinceMs, asked.endpoint ?? null]));
  try {
    const { pages, exchangeMs, requests } = await pullCandles(exchange, log, {
      symbol,
      timeframe,
      timeframeMs: frameMs,
      sinceMs,
      untilMs,
      onTime: (ms) => requireNear(asked.exchange, ms),
      retries,
      onPage: asked.onPage,
    });
    const { bars, ...merged } = mergeCandles(former?.bars, pages);
    const thresholds = { ...usualThresholds, gapsMax: asked.gapsMax ?? usualThresholds.gapsMax, frozenMax: asked.frozenMax ?? usualThresholds.frozenMax };
    const { health, calendar } = judgeBars(
      { bars, rowOf: (at) => at + 1 },
      { timeframeMs: frameMs, calendar: asked.calendar ?? former?.set.calendar ?? "always", sort: false, thresholds },
    );
    const value: PulledData = { ...merged, health, added: bars.length - (former?.bars?.length ?? 0), exchangeTime: timeText(exchangeMs), requests };
    if (!health.passed) return { outcome: "failed", value };
    const set: DataSet = {
      name,
      symbol,
      timeframe,
      calendar,
      currency: market.quote,
      priceDecimals: market.priceDecimals,
      unitDecimals: market.unitDecimals,
      ...describeBars(bars),
      gaps: health.gaps,
      missing: health.missing,
      source: { kind: "exchange", exchange: asked.exchange, symbol, since, ...(asked.endpoint !== undefined && { endpoint: asked.endpoint }) },
      licence: asked.licence ?? former?.set.licence ?? `the terms of ${asked.exchange}`,
    };
    const isNew = set.sha256 !== former?.set.sha256;
    const kept = isNew ? await keepBars(open, authority.workspace.root, set, bars) : undefined;
    log.remove();
    return { outcome: "ok", value: { ...value, kept } };
  } finally {
    log.close();
  }
}
