import type { GateContext, GateTree } from "./gate.ts";
import { openShelf, type ShelvedSkill } from "../skill-shelf.ts";

/** A skill that a proposal touches, on both sides. */
export interface ChangedSkill {
  name: string;
  /** Undefined where the change takes it away. */
  after?: ShelvedSkill | undefined;
  /** Undefined where it is new. */
  before?: ShelvedSkill | undefined;
}

/** The skills of the workspace whose files differ; what comes with agentctl is not looked at. */
export async function changedSkills({ proposal, head, base }: Pick<GateContext, "proposal" | "head" | "base">): Promise<ChangedSkill[]> {
  const names = foldersOf(proposal.changes, "skills");
  if (names.length === 0) return [];
  const [after, before] = await Promise.all([shelved(head, names), shelved(base, names)]);
  return names.map((name) => ({ name, after: after.get(name), before: before.get(name) })).filter((skill) => (skill.after ?? skill.before) !== undefined);
}

/** Names of the folders of a room in which something differs, sorted. */
export function foldersOf(changes: readonly { path: string }[], room: string): string[] {
  return [...new Set(changes.flatMap(({ path }) => new RegExp(`^${room}/([^/]+)/`).exec(path)?.[1] ?? []))].toSorted();
}

async function shelved({ cwd, env }: GateTree, names: readonly string[]): Promise<Map<string, ShelvedSkill>> {
  const shelf = await openShelf({ cwd, env });
  const own = shelf.places.filter(({ name, origin }) => origin === "workspace" && names.includes(name));
  return new Map(await Promise.all(own.map(async (place): Promise<[string, ShelvedSkill]> => [place.name, await shelf.read(place)])));
}
