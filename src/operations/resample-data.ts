import { AgentctlError } from "../base/errors.ts";
import { armWhenNew } from "../ledger/halt.ts";
import type { DataSet } from "../market/data-set.ts";
import { describeBars } from "../market/describe-bars.ts";
import { judgeBars, usualThresholds, type Health } from "../market/judge-bars.ts";
import { dataSetPath } from "../market/read-data-set.ts";
import type { ActionRequest, Decision } from "../policy/request.ts";
import { sliceBars, type Bars } from "../strategy/bars.ts";
import { resample } from "../strategy/resample.ts";
import { timeframeMs } from "../strategy/timeframe.ts";
import { ensureStateDir } from "../workspace/find.ts";
import { decidedAction, type DecidedRun } from "./decided-action.ts";
import { keepBars, type KeptBars } from "./keep-bars.ts";
import { loadAuthority } from "./load-authority.ts";
import { loadData } from "./load-data.ts";
import { personName } from "./person.ts";

export interface ResampledData {
  health: Health;
  /** Bars of the end that were left out, since their stretch is not over in the base. */
  unfinished: number;
  kept?: KeptBars | undefined;
}

export type ResampleResult = Omit<DecidedRun<ResampledData>, "value"> & { name: string; resampled?: ResampledData | undefined };

const timeoutMs = 600_000;

/**
 * Makes a data set of a longer timeframe; only stretches that are over by the base's last close become bars. Decided as data.import, recorded.
 * Errors (exit usage): market/unknown, strategy/bad-timeframe, market/not-a-multiple, market/same-name.
 */
export async function resampleData(asked: {
  cwd: string;
  env: NodeJS.ProcessEnv;
  from: string;
  timeframe: string;
  name?: string | undefined;
  onDecision?: ((run: string, decision: Decision) => void) | undefined;
}): Promise<ResampleResult> {
  const { from, timeframe } = asked;
  const toMs = timeframeMs(timeframe);
  const name = asked.name ?? `${from}-${timeframe}`;
  const path = dataSetPath(name);
  if (name === from)
    throw new AgentctlError("market/same-name", `${name} would take the place of what it is made from`, { hint: "--name NAME", exit: "usage" });
  const authority = await loadAuthority(asked.cwd, asked.env);
  const stateDir = ensureStateDir(authority.workspace);
  armWhenNew(stateDir);
  const { set: base, bars } = await loadData(authority, stateDir, from);
  const baseMs = timeframeMs(base.timeframe);
  if (toMs <= baseMs || toMs % baseMs !== 0) {
    throw new AgentctlError("market/not-a-multiple", `bars of ${timeframe} cannot be made of bars of ${base.timeframe}`, {
      hint: `choose a multiple of ${base.timeframe}`,
      exit: "usage",
    });
  }
  const request: ActionRequest = {
    action: "data.import",
    class: "W",
    actor: { kind: "person", name: personName() },
    path,
    args: { data: name, symbol: base.symbol, timeframe, from },
  };
  const { value, ...ended } = await decidedAction<ResampledData>(
    { authority, stateDir },
    { command: `data resample ${from} ${timeframe} --name ${name}`, request, amounts: { wallMs: timeoutMs }, env: asked.env, onDecision: asked.onDecision },
    async (open) => {
      const { whole, unfinished } = finished(bars, baseMs, toMs);
      const thresholds = { ...usualThresholds, gapsMax: 1 };
      const { health } = judgeBars({ bars: whole, rowOf: (at) => at + 1 }, { timeframeMs: toMs, calendar: base.calendar, sort: false, thresholds });
      if (!health.passed) return { outcome: "failed", value: { health, unfinished } };
      const set: DataSet = {
        ...base,
        ...describeBars(whole),
        name,
        timeframe,
        gaps: health.gaps,
        missing: health.missing,
        source: { kind: "resampled", data: from, sha256: base.sha256 },
      };
      return { outcome: "ok", value: { health, unfinished, kept: await keepBars(open, authority.workspace.root, set, whole) } };
    },
  );
  return { ...ended, name, resampled: value };
}

function finished(bars: Bars, baseMs: number, toMs: number): { whole: Bars; unfinished: number } {
  const all = resample(bars, toMs);
  const closedMs = (bars.ts[bars.length - 1] as number) + baseMs;
  const last = all.ts[all.length - 1];
  const unfinished = last !== undefined && last + toMs > closedMs ? 1 : 0;
  return { whole: sliceBars(all, 0, all.length - unfinished), unfinished };
}
