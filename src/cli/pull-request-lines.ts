import type { ExitName } from "../base/errors.ts";
import { safeText } from "../base/safe-text.ts";
import type { PullRequestOpened } from "../operations/open-pull-request.ts";
import { endOf } from "./command.ts";

/** One line on what became of the pull request. */
export function pullRequestLine({ pull, repo, decision, budget }: PullRequestOpened): string {
  if (pull !== undefined) return `${pull.state.padEnd(9)} pull request #${pull.number} of ${repo}  ${safeText(pull.url, { oneLine: true })}`;
  if (budget !== undefined) return "no pull request: a budget is reached";
  return `no pull request: ${decision.effect}: ${safeText(decision.reason, { oneLine: true })} (${decision.rules[0] ?? "no rule"})`;
}

/** A pull request that was not opened is a no. */
export function pullRequestExit({ outcome }: Pick<PullRequestOpened, "outcome">): ExitName {
  return endOf(outcome);
}
