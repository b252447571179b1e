import type { RunWatch } from "../operations/start-run.ts";
import { showAgent, type ShownAgent } from "./agent-progress.ts";
import { showDecision } from "./skill-run.ts";

/** What a person sees while an agent works; `words` writes one line. */
export function watchAgent(words: (line: string) => void): { watch: RunWatch; shown: ShownAgent } {
  const shown = showAgent(process.stderr.isTTY, words);
  return {
    shown,
    watch: {
      onDecision: (run, decision) => showDecision(run, decision).forEach(words),
      onRecord: shown.onRecord,
      onText: shown.onText,
      onAlert: (text) => words(`warn       ${text}`),
    },
  };
}
