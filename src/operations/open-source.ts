import { declaredSource } from "./declared-source.ts";
import type { RunnableStrategy, SourceRun, StrategySource } from "./strategy-source.ts";

/** Opens where a strategy's orders come from. Errors: those of the engine and its images, for strategies in code. */
export async function openSource(ready: RunnableStrategy, open: SourceRun, env: NodeJS.ProcessEnv): Promise<StrategySource> {
  const { signals } = ready.strategy;
  if (signals.kind === "declared") return declaredSource(ready, open);
  const { codeSource } = await import("./code-source.ts");
  return codeSource(ready, open, env);
}
