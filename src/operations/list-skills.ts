import { findWorkspace } from "../workspace/find.ts";
import type { Trust } from "../skill/trust.ts";
import { openShelf, type ShelvedSkill, type SkillPlace } from "./skill-shelf.ts";
import { skillStatistics, type SkillStatistics } from "./skill-statistics.ts";

export interface SkillRow extends Pick<SkillStatistics, "uses" | "successRate" | "averageMs" | "lastUsed"> {
  name: string;
  version: string | null;
  trust: Trust;
  runner: string | null;
  origin: "workspace" | "package";
  /** A skill of the package by this name is hidden by this one. */
  shadows: boolean;
  tags: string[];
  description: string | null;
  /** Why it cannot be used; null when it can. */
  problem: string | null;
}

/** Every skill of the workspace, then those of the package that it does not have, with what the record says about them. */
export async function listSkills(asked: { cwd: string; env: NodeJS.ProcessEnv; warn?: (text: string) => void }): Promise<SkillRow[]> {
  const { stateDir } = findWorkspace(asked.cwd, asked.env);
  const [statistics, skills] = await Promise.all([skillStatistics(stateDir, asked.warn), readAll(asked)]);
  return skills.map(({ place, read }) => {
    const { uses = 0, successRate = null, averageMs = null, lastUsed = null } = statistics.get(place.name) ?? {};
    const { skill } = read;
    return {
      name: place.name,
      version: skill?.version ?? null,
      trust: read.trust,
      runner: skill?.runner ?? null,
      origin: place.origin,
      shadows: place.shadows,
      tags: skill?.tags ?? [],
      uses,
      successRate,
      averageMs,
      lastUsed,
      description: skill?.description ?? null,
      problem: skill === undefined ? (read.findings.find((finding) => finding.level === "error")?.message ?? "it cannot be read") : null,
    };
  });
}

async function readAll(asked: { cwd: string; env: NodeJS.ProcessEnv }): Promise<{ place: SkillPlace; read: ShelvedSkill }[]> {
  const shelf = await openShelf(asked);
  return Promise.all(shelf.places.map(async (place) => ({ place, read: await shelf.read(place, { compile: false }) })));
}
