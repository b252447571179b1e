import { systemClock } from "../../base/clock.ts";
import type { Amounts } from "../../policy/amounts.ts";
import { withinBudget } from "../within-budget.ts";
import type { ToolContext, ToolResult } from "./tool.ts";

/** Does a tool's work when every budget concerned can bear it, as for a person; of time, what it took is settled. A limit reached is a result. */
export async function withinMeans(
  { open, authority, agent }: Pick<ToolContext, "open" | "authority" | "agent">,
  amounts: Amounts & { wallMs: number },
  work: () => Promise<ToolResult>,
): Promise<ToolResult> {
  const startedMs = systemClock.monotonicMs();
  const spent = await withinBudget({ open, budgets: authority.set.budgets, agent: agent.name, amounts }, work, () => ({
    ...amounts,
    wallMs: Math.round(systemClock.monotonicMs() - startedMs),
  }));
  if (spent.granted) return spent.value;
  return { outcome: "refused", text: `a budget is used up, nothing was done: ${spent.reason}`, data: { limit: spent.limit } };
}
