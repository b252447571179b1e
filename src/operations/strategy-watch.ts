import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BarStrategy, Now, ParameterValues } from "../strategy/bar-strategy.ts";

/** Part of strategy-host.ts: loads a strategy, and knows where in its bars it is when something goes wrong. Runs in a container only. */

/** What a module may export as `strategy`: the strategy, or what makes it of its parameters. */
type Exported = BarStrategy | ((parameters: ParameterValues) => BarStrategy);

/** The strategy that a module exports. What is wrong with it is thrown, in words. */
export async function loadStrategy(module: string, parameters: ParameterValues): Promise<BarStrategy> {
  const exported = (await import(pathToFileURL(resolve(module)).href)) as { strategy?: Exported; default?: unknown };
  if (exported.strategy === undefined) {
    const instead = Object.keys(exported);
    throw new Plain(`${module} does not export "strategy"; it exports ${instead.length === 0 ? "nothing" : instead.join(", ")}`);
  }
  const strategy: unknown = typeof exported.strategy === "function" ? exported.strategy(parameters) : exported.strategy;
  if (isThenable(strategy)) throw new Plain(`${module} makes its strategy asynchronously; the engine does not wait`);
  if (typeof strategy !== "object" || strategy === null || typeof (strategy as Partial<BarStrategy>).onBar !== "function") {
    throw new Plain(`the strategy that ${module} exports has no function onBar`);
  }
  return strategy as BarStrategy;
}

/** A message that needs no name of an error before it. */
class Plain extends Error {
  readonly plain = true;
}

export class StrategyWatch {
  #now: Now | undefined;

  /** The strategy, with an eye on the bar that it is called for. */
  watch(strategy: BarStrategy): BarStrategy {
    return {
      start: (setup) => strategy.start?.(setup),
      onBar: (now) => {
        this.#now = now;
        const answered: unknown = strategy.onBar(now);
        if (answered !== undefined && isThenable(answered)) throw new Plain("onBar is asynchronous; the engine does not wait");
      },
    };
  }

  /** What was thrown, the place in the strategy's files, and the bar. */
  tell(thrown: unknown): string {
    const now = this.#now;
    const own = thrown instanceof Error && (thrown as { code?: unknown }).code === "strategy/threw" ? thrown.cause : thrown;
    const bar = now === undefined ? "" : ` (bar ${now.step}, closed ${new Date(now.ts).toISOString()})`;
    return `${placeOf(own)}${messageOf(own)}${bar}`;
  }
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `threw ${String(thrown)}`;
  const { code } = thrown as { code?: unknown };
  if (thrown instanceof Plain) return thrown.message;
  if (/Cannot find package 'agentctl'/.test(thrown.message))
    return 'agentctl is not in the container: its types come with "import type", which leaves nothing behind';
  return `${typeof code === "string" && code.includes("/") ? code : thrown.name}: ${thrown.message}`;
}

/** `strategies/x/strategy.ts:12: `, from the first line of the stack that lies in the strategy's files. */
function placeOf(thrown: unknown): string {
  const stack = thrown instanceof Error && typeof thrown.stack === "string" ? thrown.stack : "";
  const [, file, line] = /\/(strategies\/[^\s:)]+):(\d+)/.exec(stack) ?? [];
  return file === undefined ? "" : `${file}:${line}: `;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
