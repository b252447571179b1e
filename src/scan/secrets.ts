import type { Finding } from "../base/finding.ts";
import { lineStarts, placeAt } from "../skill/plain-text.ts";
import { looksRandom, secretPatterns } from "./secret-patterns.ts";
import { limited, scanBounds, type ScanFile } from "./source.ts";

/**
 * Looks for secrets in all texts, with secretlint's recommended rules and our own patterns. A finding never holds the secret. Comments of the text
 * (`secretlint-disable`) silence nothing.
 */
export async function scanSecrets(all: readonly ScanFile[]): Promise<Finding[]> {
  const files = all.filter((file) => file.text.length <= scanBounds.characters);
  const [{ lintSource }, { creator }] = await Promise.all([import("@secretlint/core"), import("@secretlint/secretlint-rule-preset-recommend")]);
  const config = { rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator, options: {} }] };
  const findings: Finding[] = [];
  for (const { file, path, text } of files) {
    const own = ownFindings(file, text);
    const content = text.replaceAll("secretlint-disable", "secretlint_disable");
    const source = { filePath: path, content, contentType: "text" as const, ext: "" };
    const { messages } = await lintSource({ source, options: { config, maskSecrets: true, noPhysicFilePath: true } });
    findings.push(...own);
    for (const { ruleId, message, loc } of messages) {
      // What both find on a line is said once, in our words.
      if (own.some((finding) => finding.line === loc.start.line)) continue;
      const what = message.replace(/:.*$/s, "").replace(/^found\s*/i, "");
      const rule = `scan/secret-${ruleId.split("secretlint-rule-").at(-1) ?? ruleId}`;
      findings.push({ rule, level: "error", message: `holds what looks like ${what}`, file, line: loc.start.line, column: loc.start.column + 1, hint });
    }
  }
  return limited(findings);
}

const hint = "take it out, and make it invalid where it was issued: it may be in git's history";

function ownFindings(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const starts = lineStarts(text);
  for (const { id, what, pattern, random } of secretPatterns) {
    for (const found of text.matchAll(pattern)) {
      const secret = found[1] ?? found[0];
      if (random === true && !looksRandom(secret)) continue;
      const place = placeAt(starts, found.index + found[0].indexOf(secret));
      // The first pattern that fits a place names it best.
      if (findings.some((finding) => finding.line === place.line && finding.column === place.column)) continue;
      findings.push({ rule: `scan/secret-${id}`, level: "error", message: `holds what looks like ${what}`, file, ...place, hint });
    }
  }
  return findings;
}
