import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError, messageOf } from "../base/errors.ts";
import { nearest } from "../base/suggest.ts";
import type { DataSet } from "../market/data-set.ts";
import { strategyNamePattern } from "../strategy/schema.ts";
import { typesFile } from "../strategy/template/code.ts";
import { newStrategy, type NewKind } from "../strategy/template/new-strategy.ts";
import { findWorkspace } from "../workspace/find.ts";
import { packageRoot } from "../workspace/package.ts";
import { workingDataSets, type DataSets } from "./strategy-shelf.ts";

export interface StrategyCreated {
  name: string;
  kind: NewKind;
  market: string;
  /** Relative to the workspace. */
  files: string[];
}

/**
 * Writes a strategy that loads, runs and trades on a data set of the workspace, the first one when none is named. Errors (exit usage):
 * `strategy/bad-name`, `strategy/exists`, `strategy/no-data`.
 */
export function createStrategy(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string; kind: NewKind; market?: string | undefined }): StrategyCreated {
  const { name, kind } = asked;
  if (!new RegExp(strategyNamePattern).test(name) || name.length > 64) {
    throw new AgentctlError("strategy/bad-name", `${JSON.stringify(name)} cannot name a strategy`, {
      hint: "1 to 64 of a-z, 0-9 and single hyphens, e.g. sma-cross",
      exit: "usage",
    });
  }
  const { root } = findWorkspace(asked.cwd, asked.env);
  const market = marketOf(workingDataSets(root), asked.market);
  const files = newStrategy(name, kind, market).map(({ path, text }) => ({ path: `strategies/${name}/${path}`, text }));
  const types = { path: `strategies/${typesFile}`, text: kind === "typescript" ? readFileSync(join(packageRoot(), "strategies", typesFile), "utf8") : "" };
  const written = kind === "typescript" && !existsSync(join(root, types.path)) ? [...files, types] : files;
  writeFiles(root, name, written);
  return { name, kind, market: market.name, files: written.map(({ path }) => path) };
}

function marketOf(sets: DataSets, name: string | undefined): DataSet {
  const readable = [...sets.values()].filter((set) => set !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const set = name === undefined ? readable[0] : sets.get(name);
  if (set !== undefined) return set;
  const near = nearest(
    name ?? "",
    readable.map((each) => each.name),
  );
  const what = name === undefined ? "the workspace has no data set to trade on" : `there is no data set ${JSON.stringify(name)} that can be read`;
  throw new AgentctlError("strategy/no-data", what, { hint: near === undefined ? "agentctl data import --help" : `did you mean ${near}?`, exit: "usage" });
}

/** Nothing is overwritten; what was written is taken back when something fails. */
function writeFiles(root: string, name: string, files: readonly { path: string; text: string }[]): void {
  const room = join(root, "strategies");
  const folder = join(room, name);
  if (lstatSync(room, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new AgentctlError("strategy/not-written", "strategies is a link or a file, not a folder", { exit: "usage" });
  try {
    mkdirSync(room, { recursive: true });
    mkdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw notWritten(name, cause);
    throw new AgentctlError("strategy/exists", `there is something at strategies/${name} already`, {
      hint: `agentctl strategy show ${name}`,
      exit: "usage",
      cause,
    });
  }
  try {
    for (const { path, text } of files) writeFileSync(join(root, path), text, { flag: "wx", mode: 0o644 });
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw notWritten(name, cause);
  }
}

function notWritten(name: string, cause: unknown): AgentctlError {
  return new AgentctlError("strategy/not-written", `strategies/${name} cannot be written: ${messageOf(cause)}`, { cause });
}
