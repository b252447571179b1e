import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { modulesOf } from "./javascript-modules.ts";
import { limited, scannable, worded, type ScanFile } from "./source.ts";

const timeoutMs = 30_000;
const outputBytesMax = 32 * 1024 * 1024;

/** Ours alone: no configuration of the code under examination is looked at. */
const config = {
  plugins: ["oxc", "unicorn", "node"],
  categories: { correctness: "warn" },
  env: { builtin: true, node: true, es2024: true },
  rules: {
    "no-eval": "error",
    "no-new-func": "error",
    "no-implied-eval": "error",
    "no-proto": "warn",
    "no-debugger": "warn",
    "no-undef": "warn",
    "no-unused-vars": "warn",
  },
};

interface Diagnostic {
  message: string;
  code?: string;
  severity: "error" | "warning" | "advice";
  help?: string;
  filename: string;
  labels: { span: { line: number; column: number } }[];
}

/**
 * Analyses JavaScript with the oxlint of our own installation: syntax, likely bugs, running of texts. The files are copied under names of ours into a
 * folder of their own; nothing is run, and comments of the code that would switch rules off silence nothing.
 */
export async function scanJavaScript(all: readonly ScanFile[], options: { networked: boolean }): Promise<Finding[]> {
  const { files, findings } = scannable(all, [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"], "oxlint");
  if (files.length === 0) return findings;
  const folder = await mkdtemp(join(tmpdir(), "agentctl-scan-"));
  try {
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    await Promise.all(files.map((file, index) => writeFile(join(folder, nameOf(file, index)), withoutSuppression(file.text))));
    const byName = new Map(files.map((file, index) => [nameOf(file, index), file]));
    for (const diagnostic of await runOxlint(folder)) {
      const file = byName.get(diagnostic.filename);
      if (file !== undefined) findings.push(toFinding(diagnostic, file));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  for (const file of files) findings.push(...modulesOf(file, options.networked));
  return limited(findings);
}

function nameOf(file: ScanFile, index: number): string {
  return `f${index}${extname(file.path)}`;
}

function runOxlint(folder: string): Promise<Diagnostic[]> {
  const program = join(dirname(createRequire(import.meta.url).resolve("oxlint/package.json")), "bin/oxlint");
  const args = [program, "--config", "config.json", "--disable-nested-config", "--no-ignore", "--format", "json", "."];
  // Nothing of the user's environment: no NODE_OPTIONS, no secrets.
  const options = { cwd: folder, env: {}, timeout: timeoutMs, maxBuffer: outputBytesMax, killSignal: "SIGKILL" as const };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
      } catch {
        const why = error?.killed === true ? `it did not end within ${timeoutMs / 1000} s` : (stderr.split("\n")[0] ?? "it said nothing");
        reject(new AgentctlError("scan/oxlint-failed", `oxlint could not analyse the files: ${why}`, { hint: "npm install", cause: error ?? undefined }));
      }
    });
  });
}

function toFinding({ message, code, severity, help, labels }: Diagnostic, { file }: ScanFile): Finding {
  const span = labels[0]?.span;
  const place = { file, line: span?.line, column: span?.column };
  if (code === undefined) return { rule: "scan/javascript-syntax", level: "error", message: worded(message), ...place };
  const rule = /\(([^)]+)\)/.exec(code)?.[1] ?? code;
  const level = severity === "error" ? "error" : "warning";
  return { rule: `scan/oxlint-${rule}`, level, message: worded(message), ...place, hint: help === undefined ? undefined : worded(help) };
}

/** The same text with the words that silence a linter taken apart; lengths, and so places, stay. */
function withoutSuppression(text: string): string {
  return text
    .replaceAll(/\b(oxlint|eslint)-(?=disable|enable)/g, "$1_")
    .replaceAll(/\b(oxlint|eslint)(?=\s{1,4}[\w-]{1,40}\s{0,4}[:*])/g, (name) => `${name.slice(0, -1)}_`)
    .replaceAll(/\/\*(\s{0,8})global(s?)\b/g, "/*$1gl_bal$2");
}
