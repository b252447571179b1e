import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { yamlLimits, type SourceFile, type YamlDocument } from "../base/document.ts";
import { filesDigest } from "../backtest/identity.ts";
import { sha256 } from "../base/digest.ts";
import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import type { DataSet } from "../market/data-set.ts";
import { dataSetName, readDataSet } from "../market/read-data-set.ts";
import { checkStrategy } from "../strategy/check.ts";
import { readStrategy } from "../strategy/read-strategy.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { readStrategyFiles } from "./strategy-files.ts";

/** A strategy as it lies on disk, whether or not it can be used. */
export interface ShelvedStrategy {
  name: string;
  /** What an outcome depends on; paths relative to strategies/. */
  files: SourceFile[];
  digest: string;
  /** Absent when something keeps it from being run. */
  strategy?: Strategy | undefined;
  document?: YamlDocument | undefined;
  /** Errors of reading, and everything else that can be said without running it. */
  findings: Finding[];
}

export type DataSets = ReadonlyMap<string, DataSet | undefined>;

/** Reads a strategy of the working tree with all that it includes, and checks it. Runs nothing. */
export async function shelvedStrategy(root: string, name: string, dataSets: DataSets): Promise<ShelvedStrategy> {
  const own = await readStrategyFiles(root, name);
  const read = readStrategy(name, own.files);
  const { strategy, document } = read;
  const whole = strategy === undefined || strategy.include.length === 0 ? own : await readStrategyFiles(root, name, strategy.include);
  const findings = [...whole.findings, ...read.findings];
  const readme = lstatSync(join(root, "strategies", name, "README.md"), { throwIfNoEntry: false })?.isFile() === true;
  if (strategy !== undefined && document !== undefined) findings.push(...checkStrategy(strategy, document, { dataSets, readme }));
  const usable = whole.findings.length === 0;
  const digest = filesDigest(whole.files.map(({ path, text }) => ({ path, sha256: sha256(text) })));
  return { name, files: whole.files, digest, strategy: usable ? strategy : undefined, document, findings };
}

/** The data sets of the working tree, by name; undefined for one whose file cannot be read. */
export function workingDataSets(root: string): DataSets {
  const folder = join(root, "data");
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return new Map();
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.flatMap((entry): [string, DataSet | undefined][] => {
      const name = dataSetName(`data/${entry.name}`);
      return name === undefined ? [] : [[name, dataSetOf(join(folder, entry.name), name)]];
    }),
  );
}

function dataSetOf(path: string, name: string): DataSet | undefined {
  if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > 4 * yamlLimits.bytes) return undefined;
  try {
    return readDataSet(name, { path: `data/${name}.yaml`, text: readFileSync(path, "utf8") });
  } catch (thrown) {
    if (thrown instanceof AgentctlError) return undefined;
    throw thrown;
  }
}
