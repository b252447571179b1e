import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { isMapping } from "../base/mapping.ts";
import { readFrontmatter } from "../skill/frontmatter.ts";
import { trustOf, type Trust } from "../skill/trust.ts";
import { packageRoot } from "../workspace/package.ts";
import type { SkillPlace, SkillShelf } from "./skill-shelf.ts";

/** What a skill says of itself, read without its other files: for looking through many of them. None of it is checked. */
export interface SkillFace {
  place: SkillPlace;
  name: string;
  description: string;
  tags: string[];
  /** As the locks have it; whether the files are those that were trusted is known once they are read. */
  trust: Trust;
}

/** Frontmatter that does not end within so many bytes is none. */
const faceBytes = 16 * 1024;

/** The faces of all skills of a shelf that have one, in its order. */
export function skillFaces(shelf: SkillShelf): SkillFace[] {
  const buffer = Buffer.allocUnsafe(faceBytes);
  return shelf.places.flatMap((place) => {
    const { name, origin } = place;
    const digest = shelf.protectedLock?.get(name)?.digest ?? "";
    const trust = trustOf({ name, digest, protectedLock: shelf.protectedLock, workingLock: shelf.workingLock });
    const file = `skills/${name}/SKILL.md`;
    const text = beginning(join(origin === "workspace" ? shelf.workspace.root : packageRoot(), file), buffer);
    const front = text === undefined ? undefined : readFrontmatter(file, text, "lenient").document?.value;
    if (!isMapping(front) || typeof front["description"] !== "string") return [];
    const tags = isMapping(front["metadata"]) ? String(front["metadata"]["tags"] ?? "") : "";
    return [{ place, name, description: front["description"].slice(0, 1024), tags: tags.split(",").map((tag) => tag.trim()), trust }];
  });
}

/** Of a plain file, and of nothing that a link leads to. */
function beginning(path: string, buffer: Buffer): string | undefined {
  let file;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(file).isFile()) return undefined;
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(file);
  }
}
