import type { SourceFile } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { reportPassed, type Report } from "../base/report.ts";
import { scanJavaScript } from "../scan/oxlint.ts";
import { scanPython } from "../scan/ruff.ts";
import { scanSecrets } from "../scan/secrets.ts";
import { findWorkspace } from "../workspace/find.ts";
import { requireStrategyName, strategyNames } from "./strategy-files.ts";
import { shelvedStrategy, workingDataSets } from "./strategy-shelf.ts";
import { strategyTypes } from "./strategy-types.ts";
import { version } from "./version.ts";

export interface StrategiesChecked {
  report: Report;
  passed: boolean;
}

/**
 * Checks strategies with everything that needs no run: the file, its expressions and parameters, its data, and the code with ruff, oxlint, secretlint and the TypeScript compiler.
 * Without names, all of the workspace. `strict`: a warning is an error too. Error: `strategy/unknown`.
 */
export async function checkStrategies(asked: { cwd: string; env: NodeJS.ProcessEnv; names: readonly string[]; strict: boolean }): Promise<StrategiesChecked> {
  const { root } = findWorkspace(asked.cwd, asked.env);
  const names = asked.names.length > 0 ? asked.names.map((name) => requireStrategyName(root, name)) : strategyNames(root);
  const dataSets = workingDataSets(root);
  const checks: Report["checks"][number][] = [];
  for (const name of names) {
    const { files, findings } = await shelvedStrategy(root, name, dataSets);
    const found = [...findings, ...(await scanCode(files))].map((finding) =>
      asked.strict && finding.level === "warning" ? { ...finding, level: "error" as const } : finding,
    );
    checks.push({ name, file: `strategies/${name}/strategy.yaml`, findings: found });
  }
  const report = { tool: "agentctl strategy check", version, checks };
  return { report, passed: reportPassed(report) };
}

/** Code has no network, whatever it declares. */
async function scanCode(files: readonly SourceFile[]): Promise<Finding[]> {
  const texts = files.map(({ path, text }) => ({ file: `strategies/${path}`, path, text }));
  return [
    ...scanPython(texts, { networked: false }),
    ...(await scanJavaScript(texts, { networked: false })),
    ...(await scanSecrets(texts)),
    ...(await strategyTypes(files)),
  ];
}
