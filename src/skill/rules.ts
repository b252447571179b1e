import type { Finding } from "../base/finding.ts";
import { checkDeclared, type CodeFile } from "./declared.ts";
import { fileKind } from "./file-kind.ts";
import { findHiddenCharacters, findHiddenMarkup, findMixedScripts } from "./hidden-text.ts";
import { checkLinks } from "./links.ts";
import { phrases } from "./phrases.ts";
import { plainText } from "./plain-text.ts";
import type { SkillInput } from "./skill.ts";

/** Longer texts are not searched for phrases, and that is said. */
const searchedCharacters = 2 * 1024 * 1024;
const samePhraseMax = 5;

/**
 * What no analyser of code looks at: prose that steers a model or a person, commands that run what they download, text that cannot be seen, links and
 * files that do not belong, and whether code uses what the skill declares. Pure; `folder` is how findings name the files.
 */
export function checkRules(folder: string, files: readonly SkillInput[], declared: { env: readonly string[]; hosts: readonly string[] }): Finding[] {
  const paths = new Set(files.map((file) => file.path));
  const texts: CodeFile[] = [];
  const findings: Finding[] = [];
  for (const { path, data } of files) {
    const file = `${folder}/${path}`;
    const found = fileKind(path, data);
    if (found.kind === "text") texts.push({ file, path, text: found.text });
    else findings.push(...binary(found.kind, file, path));
  }
  for (const { file, path, text } of texts) {
    const prose = /\.(?:md|markdown|mdx|txt|rst)$/i.test(path);
    findings.push(...findHiddenCharacters(file, text), ...findMixedScripts(file, text), ...findPhrases(file, text));
    if (prose) findings.push(...findHiddenMarkup(file, text), ...checkLinks(folder, path, text, paths));
    findings.push(...encodedBlob(file, path, text));
  }
  findings.push(...checkDeclared(texts, declared, `${folder}/SKILL.md`));
  return findings;
}

function binary(kind: "executable" | "archive" | "binary", file: string, path: string): Finding[] {
  if (kind === "executable")
    return [{ rule: "skill/executable", level: "error", message: `${path} is a compiled program; nobody can read what it does`, file }];
  if (kind === "archive")
    return [{ rule: "skill/archive", level: "warning", message: `${path} is an archive; what is in it was not checked`, file, hint: "add its files instead" }];
  if (/\.(?:py|js|mjs|cjs|ts|sh|bash|md|json|ya?ml|txt|csv|toml)$/i.test(path))
    return [{ rule: "skill/not-text", level: "error", message: `${path} is not UTF-8 text`, file }];
  return [];
}

function findPhrases(file: string, original: string): Finding[] {
  if (original.length > searchedCharacters)
    return [
      {
        rule: "skill/not-searched",
        level: "warning",
        message: `the file has ${original.length} characters; texts above ${searchedCharacters} are not searched`,
        file,
      },
    ];
  const { text, at } = plainText(original);
  const findings: Finding[] = [];
  for (const { rule, level, message, pattern } of phrases) {
    let count = 0;
    for (const found of text.matchAll(pattern)) {
      if (++count > samePhraseMax) break;
      findings.push({ rule, level, message: `${message}: ${quoted(found[0])}`, file, ...at(found.index) });
    }
  }
  return onePerPlace(findings);
}

/** A long run of base 64 in code or prose: something is packed where everything else can be read. */
function encodedBlob(file: string, path: string, text: string): Finding[] {
  if (!/\.(?:py|js|mjs|cjs|ts|sh|bash|md|markdown|txt)$/i.test(path)) return [];
  const found = /(?<!base64,)(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{400}/.exec(text);
  if (found === null) return [];
  return [
    { rule: "skill/encoded-blob", level: "warning", message: "holds a long encoded text that nobody can read", file, ...plainText(text).at(found.index) },
  ];
}

function onePerPlace(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = `${finding.rule} ${finding.line}`;
    return !seen.has(key) && seen.add(key);
  });
}

function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 77)}…` : line);
}
