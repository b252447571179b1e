import type { Finding } from "../base/finding.ts";
import { languageOf, type Language } from "./languages.ts";
import { lineStarts, placeAt } from "./plain-text.ts";

/** A name that code uses, and where it does so first. */
interface Use {
  name: string;
  file: string;
  line: number;
  column: number;
}

export interface CodeFile {
  /** As findings name it. */
  file: string;
  path: string;
  text: string;
}

/** Variables every process has or sets for itself; `AGENTCTL_OUT` is the folder for artifacts. */
const given =
  /^(?:AGENTCTL_OUT|HOME|PATH|PWD|OLDPWD|LANG|LC_[A-Z]+|TMPDIR|TMP|TEMP|TZ|USER|LOGNAME|SHELL|SHLVL|TERM|COLUMNS|LINES|NO_COLOR|IFS|BASH[A-Z_]*|RANDOM|SECONDS|EPOCH[A-Z]+|LINENO|OPTARG|OPTIND|OPTERR|PIPESTATUS|HOSTNAME|HOSTTYPE|OSTYPE|UID|EUID|PPID|REPLY|FUNCNAME|PYTHON[A-Z]*|MPL[A-Z]+|NODE_[A-Z_]+|PS[1-4])$/;
const credential = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|MNEMONIC|SEED|AUTH|COOKIE/;
const documentHosts =
  /(?:^|\.)(?:json-schema\.org|schema\.org|w3\.org|example\.(?:com|org|net)|spdx\.org|python\.org|developer\.mozilla\.org)$|\.(?:example|test|invalid|localhost)$|^localhost$|^127\.|^0\.0\.0\.0$/;

/**
 * Whether the code uses what the skill declares: variables of the environment (a credential it does not declare is an error) and hosts.
 * Code under tests/ is left out. What is declared and not used is a note.
 */
export function checkDeclared(files: readonly CodeFile[], declared: { env: readonly string[]; hosts: readonly string[] }, skillFile: string): Finding[] {
  const code = files.filter((file) => !/(?:^|\/)tests?\//.test(file.path));
  const env = firstUses(code.flatMap((file) => usesOf(file, environmentNames)).filter((use) => !given.test(use.name)));
  const hosts = firstUses(code.flatMap((file) => usesOf(file, hostNames)).filter((use) => !documentHosts.test(use.name)));
  const findings: Finding[] = [];
  for (const { name, ...place } of env) {
    if (declared.env.includes(name)) continue;
    const level = credential.test(name) ? "error" : "warning";
    const hint = `add ${name} to metadata.env, or do without it: no variable reaches a container`;
    findings.push({ rule: "skill/undeclared-env", level, message: `reads the environment variable ${name}, which the skill does not declare`, ...place, hint });
  }
  for (const { name, ...place } of hosts) {
    if (declared.hosts.some((host) => covers(host, name))) continue;
    const message = `names the host ${name}, which the skill does not declare`;
    findings.push({ rule: "skill/undeclared-host", level: "warning", message, ...place, hint: `add ${name} to metadata.hosts` });
  }
  for (const use of firstUses(code.flatMap((file) => usesOf(file, wholeEnvironment)))) {
    const { name: _name, ...place } = use;
    findings.push({ rule: "skill/whole-environment", level: "warning", message: "reads all environment variables at once", ...place });
  }
  const unused = (rule: string, what: string, names: readonly string[]): void => {
    for (const name of names)
      findings.push({ rule: `skill/${rule}`, level: "note", message: `declares the ${what} ${name}, which its code does not name`, file: skillFile });
  };
  unused(
    "unused-env",
    "environment variable",
    declared.env.filter((name) => !env.some((use) => use.name === name)),
  );
  unused(
    "unused-host",
    "host",
    declared.hosts.filter((host) => !hosts.some((use) => covers(host, use.name))),
  );
  return findings;
}

type Finder = (text: string, language: Language) => Iterable<{ name: string; offset: number }>;

function usesOf({ file, path, text }: CodeFile, find: Finder): Use[] {
  const language = languageOf(path);
  if (language === undefined) return [];
  const starts = lineStarts(text);
  // Blanked out, not cut, so that offsets stay; a comment behind code is kept.
  const code = text.replaceAll(language.comment, (line) => " ".repeat(line.length));
  return [...find(code, language)].map(({ name, offset }) => ({ name, file, ...placeAt(starts, offset) }));
}

function firstUses(uses: readonly Use[]): Use[] {
  const seen = new Map<string, Use>();
  for (const use of uses) if (!seen.has(use.name)) seen.set(use.name, use);
  return [...seen.values()];
}

function* environmentNames(text: string, { env, assigned }: Language): Generator<{ name: string; offset: number }> {
  const own = new Set(assigned === undefined ? [] : [...text.matchAll(assigned)].map((found) => found[1]));
  for (const pattern of env) {
    for (const found of text.matchAll(pattern)) {
      const name = found[1] ?? "";
      if (!own.has(name)) yield { name, offset: found.index };
    }
  }
}

function* wholeEnvironment(text: string, { wholeEnv }: Language): Generator<{ name: string; offset: number }> {
  for (const found of text.matchAll(wholeEnv)) yield { name: "", offset: found.index };
}

function* hostNames(text: string): Generator<{ name: string; offset: number }> {
  for (const found of text.matchAll(/\b(?:https?|wss?|ftp):\/\/(?:[^\s/@"'`]{0,100}@)?([A-Za-z0-9.-]{1,253})/gi))
    yield { name: (found[1] ?? "").toLowerCase().replace(/\.$/, ""), offset: found.index };
}

function covers(declared: string, host: string): boolean {
  const name = declared.replace(/:\d+$/, "");
  return name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name;
}
