import { stringify } from "yaml";
import { readYaml, unreadable, type SourceFile } from "../base/document.ts";
import { AgentctlError } from "../base/errors.ts";
import { checkDocument } from "../base/json-schema.ts";
import type { DataSet } from "./data-set.ts";
import { dataNamePattern, dataSetSchema } from "./data-set-schema.ts";

/** Where the file of a data set stands in a workspace. Errors (exit usage): market/bad-name. */
export function dataSetPath(name: string): string {
  if (new RegExp(dataNamePattern).test(name)) return `data/${name}.yaml`;
  throw new AgentctlError("market/bad-name", `${JSON.stringify(name)} cannot name a data set`, {
    hint: "1 to 64 of a-z, 0-9 and hyphens, e.g. btc-usdt-1h",
    exit: "usage",
  });
}

/** The name of the data set in a file of data/; undefined for other files. */
export function dataSetName(path: string): string | undefined {
  const name = /^data\/([^/]+)\.yaml$/.exec(path)?.[1];
  return name !== undefined && new RegExp(dataNamePattern).test(name) ? name : undefined;
}

/** Reads data/<name>.yaml. Errors (exit usage): base/bad-document with every finding. */
export function readDataSet(name: string, source: SourceFile): DataSet {
  const { document, findings } = readYaml(source);
  const problems = document === undefined ? findings : checkDocument(dataSetSchema, document, "market/data-set");
  if (document === undefined || problems.length > 0) throw unreadable(source.path, problems, `agentctl data show ${name}`);
  return { name, ...(document.value as Omit<DataSet, "name">) };
}

/** The text of data/<name>.yaml: keys in one order, so that equal data sets are equal files. */
export function writeDataSet({ name: _name, ...set }: DataSet): string {
  const { symbol, timeframe, calendar, currency, priceDecimals, unitDecimals, rows, from, to, sha256, gaps, missing, source, licence } = set;
  const ordered = { symbol, timeframe, calendar, currency, priceDecimals, unitDecimals, rows, from, to, sha256, missing, gaps, source, licence };
  return `# yaml-language-server: $schema=../schemas/data-set.json\n${stringify(ordered, { version: "1.2", schema: "core", lineWidth: 0 })}`;
}
