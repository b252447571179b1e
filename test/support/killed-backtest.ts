import { inRun } from "../../src/operations/in-run.ts";
import { openSource } from "../../src/operations/open-source.ts";
import { readyStrategy } from "../../src/operations/ready-strategy.ts";
import { recordedBacktest } from "../../src/operations/recorded-backtest.ts";
import { parametersOf } from "../../src/strategy/parameters.ts";
import { createMask } from "../../src/trace/mask.ts";

/**
 * A process of its own that backtests `name` in `cwd` and dies as by kill -9: `trading` before there is a result, `writing` when its rows are in the lake
 * and its end is not on record.
 */
const [, , cwd = "", name = "", when = "trading"] = process.argv;
const die = (): never => {
  process.kill(process.pid, "SIGKILL");
  throw new Error("still here");
};
const ready = await readyStrategy({ cwd, env: {}, name });
const started = {
  command: `backtest run ${name}`,
  actor: { kind: "person" as const, name: "ada" },
  workspace: { commit: ready.authority.commit, dirty: false },
  policy: { commit: ready.authority.commit, digest: ready.authority.set.digest },
};
await inRun({ stateDir: ready.stateDir, mask: createMask({}), started }, async (open) => {
  const source = await openSource(ready, open, {});
  const recorder: typeof open.recorder = {
    run: open.run,
    append: (kind, data) => (when === "writing" && kind === "backtest.finished" ? die() : open.recorder.append(kind, data)),
  };
  const task = { ready, commit: ready.authority.commit, decision: "d-1", seed: 0, settings: ready.settings, parameters: parametersOf(ready.strategy, {}) };
  await recordedBacktest(
    { ...open, recorder },
    {
      ...task,
      bars: ready.data.map(({ bars }) => bars),
      source: when === "trading" ? { ...source, run: async () => die() } : source,
    },
  );
  return { outcome: "ok" as const, result: undefined };
});
