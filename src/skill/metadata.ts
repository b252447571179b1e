import type { Finding } from "../base/finding.ts";
import { nearest } from "../base/suggest.ts";
import { metadataProperties, type Property } from "./schema.ts";
import { skillClasses, skillRunners, type SkillClass, type SkillLimits, type SkillRunner } from "./skill.ts";

/** What `metadata` says, in our types. A value that does not fit is left out: the schema check has already reported it. */
export interface SkillMetadata {
  version?: string | undefined;
  tags: string[];
  runner?: SkillRunner | undefined;
  run?: string | undefined;
  class: SkillClass;
  inputSchema?: string | undefined;
  outputSchema?: string | undefined;
  limits: Partial<SkillLimits>;
  hosts: string[];
  env: string[];
  packages: string[];
}

/** The least and most each limit may ask for; policy may allow less. */
const limitRanges = {
  "timeout-ms": { field: "timeoutMs", min: 1, max: 3_600_000 },
  "memory-mib": { field: "memoryMiB", min: 16, max: 1024 * 1024 },
  cpus: { field: "cpus", min: 0.01, max: 1024 },
  pids: { field: "pids", min: 1, max: 32_768 },
  "output-bytes": { field: "outputBytes", min: 1, max: 256 * 1024 * 1024 },
  "disk-mib": { field: "diskMiB", min: 1, max: 1024 * 1024 },
} as const satisfies Record<string, { field: keyof SkillLimits; min: number; max: number }>;

const host = /^(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]{1,5})?$/;

/** Reads `metadata`; `note` is told what the schema cannot say: ranges, shapes of hosts, keys that look misspelt. */
export function readMetadata(
  metadata: Readonly<Record<string, string>>,
  note: (key: string, finding: Pick<Finding, "message" | "hint">) => void,
): SkillMetadata {
  const value = (key: keyof typeof metadataProperties): string | undefined => {
    const text = Object.hasOwn(metadata, key) ? metadata[key]?.trim() : undefined;
    const { pattern }: Property = metadataProperties[key];
    return text === undefined || text === "" || (pattern !== undefined && !new RegExp(pattern).test(text)) ? undefined : text;
  };
  const words = (key: keyof typeof metadataProperties): string[] => [...new Set(value(key)?.split(/\s+/) ?? [])];
  const known = Object.keys(metadataProperties);
  for (const key of Object.keys(metadata)) {
    const near = known.includes(key) ? undefined : nearest(key.replaceAll("_", "-"), known);
    if (near !== undefined) note(key, { message: `"metadata.${key}" is not read`, hint: `did you mean "${near}"?` });
  }

  const limits: Partial<SkillLimits> = {};
  for (const [key, { field, min, max }] of Object.entries(limitRanges)) {
    const text = value(key as keyof typeof limitRanges);
    if (text === undefined) continue;
    const number = Number(text);
    if (number >= min && number <= max) limits[field] = number;
    else note(key, { message: `"metadata.${key}" is ${text}; it must lie between ${min} and ${max}` });
  }
  const hosts = words("hosts").filter((name) => {
    if (name.length <= 253 && host.test(name)) return true;
    note("hosts", {
      message: `"metadata.hosts" names ${JSON.stringify(name)}, which is not a host`,
      hint: "write api.example.org, *.example.org or api.example.org:8443",
    });
    return false;
  });
  return {
    version: value("version"),
    tags: [...new Set((value("tags") ?? "").split(",").map((tag) => tag.trim()))].filter((tag) => tag !== ""),
    runner: skillRunners.find((runner) => runner === value("runner")),
    run: value("run"),
    class: skillClasses.find((name) => name === value("class")) ?? "W",
    inputSchema: value("input-schema"),
    outputSchema: value("output-schema"),
    limits,
    hosts: hosts.map((name) => name.toLowerCase()),
    env: words("env"),
    packages: words("packages"),
  };
}
