import { systemClock } from "../base/clock.ts";
import { checkForeignSchema } from "../base/json-schema.ts";
import { judgeReplay } from "../evaluation/compare.ts";
import type { JudgedAnswer, JudgedSkill } from "./judged-call.ts";
import { recordedCalls } from "./recorded-calls.ts";

export interface CallsReplayed {
  /** Different calls on record that were done again, on both sides. */
  replayed: number;
  same: number;
  /** Another answer, where base answers the same twice. */
  other: number;
  /** Calls that went well on base and do not any more, with how they end now. */
  worse: { run: string; call: string; why: string }[];
  /** Calls that fail on base too. */
  noUse: number;
  /** Calls that took more than twice as long, and 200 ms more, twice. */
  slower: number;
  /** What was not done again: a file that is not kept; no time or more than asked for; what needs the network. */
  gone: number;
  left: number;
  network: boolean;
}

export const replaysMax = 20;
/** All replays of one skill. */
const timeMsMax = 180_000;
const slackMs = 200;

/** Does the last recorded calls of a skill again, with base's files and with head's, and says which went worse. Errors: those of the call. */
export async function replayCalls(asked: { stateDir: string; name: string; base: JudgedSkill; head: JudgedSkill; most?: number }): Promise<CallsReplayed> {
  const { stateDir, name, base, head, most = replaysMax } = asked;
  const result: CallsReplayed = { replayed: 0, same: 0, other: 0, worse: [], noUse: 0, slower: 0, gone: 0, left: 0, network: false };
  const found = await recordedCalls(stateDir, name, most);
  result.gone = found.gone;
  result.left = found.more;
  if ([base, head].some((side) => side.found.skill.hosts.length > 0)) return { ...result, left: found.calls.length + found.more, network: true };
  const startedMs = systemClock.monotonicMs();
  for (const [index, recorded] of found.calls.entries()) {
    if (systemClock.monotonicMs() - startedMs > timeMsMax) {
      result.left += found.calls.length - index;
      break;
    }
    const before = await base.call(recorded);
    const now = await head.call(recorded);
    const same = before.digest === now.digest;
    const steady = same || before.outcome !== "ok" || (await base.call(recorded)).digest === before.digest;
    const verdict = judgeReplay(sideOf(before, base), sideOf(now, base), steady, same);
    result.replayed += 1;
    if (verdict === "worse")
      result.worse.push({
        run: recorded.run,
        call: recorded.call,
        why: now.outcome === "ok" ? "its output no longer fits what base declares" : `it ends ${now.outcome}`,
      });
    else if (verdict === "no-use") result.noUse += 1;
    else result[verdict] += 1;
    if (verdict !== "worse" && slow(before, now) && slow(await base.call(recorded), await head.call(recorded))) result.slower += 1;
  }
  return result;
}

function sideOf({ outcome, output }: JudgedAnswer, { found }: JudgedSkill): { outcome: string; output: unknown; fits: boolean } {
  const { outputSchema } = found.skill;
  return { outcome, output, fits: outputSchema === undefined || checkForeignSchema(outputSchema, output).length === 0 };
}

function slow(before: JudgedAnswer, now: JudgedAnswer): boolean {
  return now.outcome === "ok" && before.outcome === "ok" && now.durationMs > 2 * before.durationMs + slackMs;
}
