import { sha256 } from "../base/digest.ts";

/** 16 bytes as hex, from the run alone: whoever exports a run again exports the same trace. */
export function traceId(run: string): string {
  return sha256(`agentctl trace\n${run}`).slice(0, 32);
}

/** 8 bytes as hex, from the run and the key of the step; the root has the key "". */
export function spanId(run: string, key: string): string {
  return sha256(`agentctl span\n${run}\n${key}`).slice(0, 16);
}
