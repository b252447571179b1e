import type { Path } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";
import { isMapping } from "../base/mapping.ts";

type Note = (path: Path, finding: Pick<Finding, "level" | "message" | "hint">) => void;

const standardKeys = new Set(["name", "description", "license", "compatibility", "metadata", "allowed-tools"]);
const dialects = new Set(["openclaw", "clawdbot", "clawdis"]);

/**
 * Brings the frontmatter of a skill from elsewhere into the six standard keys: numbers become text, a list of tools becomes words, `version` and
 * `homepage` move into metadata, nested requirements become `env`, and what nobody reads is noted and dropped.
 */
export function standardise(value: unknown, note: Note): Record<string, unknown> {
  if (!isMapping(value)) return {};
  const result: Record<string, unknown> = Object.create(null);
  const metadata: [string, string][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (key === "metadata") metadata.push(...flatMetadata(entry, note));
    else if (standardKeys.has(key)) result[key] = words(key, entry);
    else if (key === "version" || key === "homepage" || key === "tags") {
      note([key], { level: "note", message: `"${key}" is not a key of the format; read as metadata.${key}` });
      metadata.push([key, Array.isArray(entry) ? entry.map(String).join(", ") : plain(entry)]);
    } else note([key], { level: "note", message: `unknown key "${key}" was left out` });
  }
  if (metadata.length > 0) result["metadata"] = Object.fromEntries(metadata.filter(([, text]) => text !== ""));
  return result;
}

function flatMetadata(metadata: unknown, note: Note): [string, string][] {
  if (!isMapping(metadata)) {
    note(["metadata"], { level: "note", message: '"metadata" is not a mapping and was left out' });
    return [];
  }
  return Object.entries(metadata).flatMap(([key, entry]): [string, string][] => {
    if (!isMapping(entry) && !Array.isArray(entry)) return [[key, plain(entry)]];
    if (key === "tags" && Array.isArray(entry)) return [[key, entry.map(plain).join(", ")]];
    const needs = isMapping(entry) && dialects.has(key) ? requirements(entry) : { env: [], bins: [] };
    const programs = needs.bins.length === 0 ? "" : `; it asks for the programs ${needs.bins.join(", ")}`;
    note(["metadata", key], { level: "note", message: `"metadata.${key}" is nested and was left out${programs}` });
    return needs.env.length === 0 ? [] : [["env", needs.env.join(" ")]];
  });
}

function requirements(dialect: Record<string, unknown>): { env: string[]; bins: string[] } {
  const requires = isMapping(dialect["requires"]) ? dialect["requires"] : {};
  const primary = typeof dialect["primaryEnv"] === "string" ? [dialect["primaryEnv"]] : [];
  const env = [...texts(requires["env"]), ...primary].filter((name) => /^[A-Za-z_]\w*$/.test(name));
  return { env: [...new Set(env)], bins: [...texts(requires["bins"]), ...texts(requires["anyBins"])] };
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === "string") : [];
}

function words(key: string, entry: unknown): unknown {
  if (key === "allowed-tools" && Array.isArray(entry)) return entry.map(plain).join(" ");
  return isMapping(entry) || Array.isArray(entry) ? entry : plain(entry);
}

function plain(value: unknown): string {
  return value === null || value === undefined || typeof value === "object" ? "" : String(value);
}
