import type { Finding } from "../base/finding.ts";
import type { JsonSchema } from "../base/json-schema.ts";
import { listFiles } from "../skill/digest.ts";
import type { LockEntry } from "../skill/lock.ts";
import type { SkillFile, SkillLimits } from "../skill/skill.ts";
import type { Trust } from "../skill/trust.ts";
import { openShelf } from "./skill-shelf.ts";
import { skillStatistics, type SkillStatistics } from "./skill-statistics.ts";

export interface SkillReport {
  name: string;
  origin: "workspace" | "package";
  shadows: boolean;
  path: string;
  trust: Trust;
  /** Where it came from, when it is not ours. */
  lock: LockEntry | null;
  digest: string;
  usable: boolean;
  version: string | null;
  description: string | null;
  license: string | null;
  compatibility: string | null;
  allowedTools: string[];
  tags: string[];
  runner: string | null;
  run: string | null;
  class: string | null;
  limits: Partial<SkillLimits>;
  hosts: string[];
  env: string[];
  packages: string[];
  inputSchema: JsonSchema | null;
  outputSchema: JsonSchema | null;
  files: SkillFile[];
  instructions: string | null;
  findings: Finding[];
  statistics: SkillStatistics | null;
}

/** Everything that is known about one skill. Errors: `skill/unknown`, `skill/bad-name`. */
export async function showSkill(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string; warn?: (text: string) => void }): Promise<SkillReport> {
  const shelf = await openShelf(asked);
  const place = shelf.place(asked.name);
  const [read, statistics] = await Promise.all([shelf.read(place), skillStatistics(shelf.workspace.stateDir, asked.warn)]);
  const { skill } = read;
  return {
    name: read.name,
    origin: place.origin,
    shadows: place.shadows,
    path: read.path,
    trust: read.trust,
    lock: read.lock ?? null,
    digest: read.digest,
    usable: skill !== undefined,
    version: skill?.version ?? null,
    description: skill?.description ?? null,
    license: skill?.license ?? null,
    compatibility: skill?.compatibility ?? null,
    allowedTools: skill?.allowedTools ?? [],
    tags: skill?.tags ?? [],
    runner: skill?.runner ?? null,
    run: skill?.run ?? null,
    class: skill?.class ?? null,
    limits: skill?.limits ?? {},
    hosts: skill?.hosts ?? [],
    env: skill?.env ?? [],
    packages: skill?.packages ?? [],
    inputSchema: skill?.inputSchema ?? null,
    outputSchema: skill?.outputSchema ?? null,
    files: skill?.files ?? listFiles(read.files),
    instructions: skill?.body ?? null,
    findings: [...shelf.findings, ...read.findings],
    statistics: statistics.get(read.name) ?? null,
  };
}
