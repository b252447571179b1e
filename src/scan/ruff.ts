import { createRequire } from "node:module";
import type { Diagnostic, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import type { Finding } from "../base/finding.ts";
import { bannedModules, ignoredRules, pythonLevel, selectedRules } from "./python-rules.ts";
import { isTest, limited, scannable, worded, type ScanFile } from "./source.ts";

/**
 * Analyses Python: syntax, likely bugs, bandit's security rules, imports that reach the network. Nothing is run. Comments of the code
 * (`noqa`, `ruff: disable`) silence nothing. `networked`: the skill declares hosts, so network modules are noted, not warned about.
 */
export function scanPython(all: readonly ScanFile[], options: { networked: boolean }): Finding[] {
  const { files, findings } = scannable(all, [".py", ".pyi"], "ruff");
  if (files.length === 0) return findings;
  const workspace = openRuff();
  for (const file of files) {
    try {
      const found = workspace.check(withoutSuppression(file.text)) as Diagnostic[];
      findings.push(...found.map((diagnostic) => toFinding(diagnostic, file, options.networked)).filter((finding) => finding !== undefined));
    } catch {
      // The parser recurses: code that overflows its stack was not written by hand.
      findings.push({ rule: "scan/not-analysed", level: "error", message: "ruff cannot read this file: it is nested too deep", file: file.file });
    }
  }
  return limited(findings);
}

function openRuff(): Workspace {
  // 220 ms and 10 MB to load: late, and with require because the package is CommonJS.
  const ruff = createRequire(import.meta.url)("@astral-sh/ruff-wasm-nodejs") as typeof import("@astral-sh/ruff-wasm-nodejs");
  const utf16 = 1;
  return new ruff.Workspace(
    {
      "target-version": "py311",
      lint: {
        select: selectedRules,
        ignore: ignoredRules,
        "flake8-tidy-imports": { "banned-api": Object.fromEntries(Object.entries(bannedModules).map(([module, msg]) => [module, { msg }])) },
      },
    },
    utf16,
  );
}

function toFinding({ code, message, start_location: start }: Diagnostic, { file, path }: ScanFile, networked: boolean): Finding | undefined {
  const place = { file, line: start.row, column: start.column };
  const module = code === "TID251" ? /^`([^`]+)`/.exec(message)?.[1] : undefined;
  if (module !== undefined) {
    if (isTest(path)) return undefined;
    if (bannedModules[module] === "native")
      return { rule: "scan/python-native", level: "warning", message: `imports ${module}, which leaves Python's own rules`, ...place };
    return {
      rule: "scan/python-network",
      level: networked ? "note" : "warning",
      message: `imports ${module}, which reaches the network; the skill declares no hosts`,
      ...place,
    };
  }
  const level = pythonLevel(code ?? "invalid-syntax", isTest(path));
  return level && { rule: code === "invalid-syntax" || code === null ? "scan/python-syntax" : `scan/ruff-${code}`, level, message: worded(message), ...place };
}

/** The same text with the words that silence ruff taken apart; lengths, and so places, stay. */
function withoutSuppression(text: string): string {
  return text
    .replaceAll(/noqa/gi, "n_qa")
    .replaceAll(/\bruff(?=\s{0,8}:)/gi, "r_ff")
    .replaceAll(/\bflake8(?=\s{0,8}:)/gi, "fl_ke8");
}
