import type { Route, RouteSkill } from "../agent/route.ts";
import { isCommitted } from "./is-committed.ts";
import { skillFaces, type SkillFace } from "./skill-faces.ts";
import type { ShelfPlace, SkillShelf } from "./skill-shelf.ts";
import type { UsableSkill } from "./usable-skill.ts";

/** The skills that an objective may be routed to, known as far as it was needed. */
export interface KnownSkills {
  /** At first by what they say of themselves, and taken to be runnable and committed. */
  known(): RouteSkill[];
  /** Finds out more about the skill that a route rests on; false when nothing is open, so that the route holds. */
  learn(routed: Route): Promise<boolean>;
}

/** A skill so near to the choice is named beside it, and what is said of it has to be right. */
const nearFrom = 0.8;

export function openSkills(shelf: SkillShelf, { repository, commit }: ShelfPlace): KnownSkills {
  const faces = skillFaces(shelf);
  const read = new Map<string, UsableSkill | undefined>();
  const committed = new Map<string, boolean>();
  const look = async ({ name, place }: SkillFace): Promise<void> => {
    const found = await shelf.read(place, { compile: false });
    read.set(name, found.skill === undefined ? undefined : { ...found, skill: found.skill });
  };
  return {
    known: () =>
      faces.flatMap((face) => {
        if (!read.has(face.name)) return [faceSkill(face)];
        const found = read.get(face.name);
        return found === undefined ? [] : [wholeSkill(found, committed.get(face.name) ?? true)];
      }),
    async learn({ choice, scores }) {
      const best = scores.find(({ kind, score, not }) => kind === "skill" && score > 0 && not === undefined);
      const bar = scores.find(({ kind, name }) => kind === choice?.kind && name === choice.name)?.score ?? 0;
      const name = choice?.kind === "skill" ? choice.name : best !== undefined && best.score >= nearFrom * bar ? best.name : undefined;
      const face = faces.find((each) => each.name === name);
      if (face === undefined) return false;
      if (!read.has(face.name)) {
        await look(face);
        return true;
      }
      const found = read.get(face.name);
      if (found === undefined || choice?.kind !== "skill" || committed.has(face.name)) return false;
      committed.set(face.name, commit !== undefined && (await isCommitted({ repository, commit }, found)));
      return committed.get(face.name) === false;
    },
  };
}

function faceSkill({ name, description, tags, trust }: SkillFace): RouteSkill {
  return { name, description, tags, trust, committed: true, runnable: true, class: "R", needs: [] };
}

function wholeSkill({ skill, trust }: UsableSkill, committed: boolean): RouteSkill {
  const { name, description, tags, class: riskClass, inputSchema } = skill;
  const required = inputSchema?.["required"];
  return {
    name,
    description,
    tags,
    trust,
    committed,
    runnable: skill.runner !== undefined && skill.run !== undefined,
    class: riskClass,
    needs: Array.isArray(required) ? required.map(String) : [],
  };
}
