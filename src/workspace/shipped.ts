import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { agentsText } from "./agents-text.ts";
import type { Profile } from "./config-keys.ts";
import { configText } from "./config-text.ts";
import { configFile } from "./find.ts";

export interface ShippedFile {
  /** Relative to the workspace, with `/`. */
  path: string;
  data: Uint8Array;
  program: boolean;
}

/** The rooms that a workspace starts with: the very folders of this package. */
const shippedRooms = ["policies", "agents", "skills", "data", "strategies", "evaluations", "runners", "schemas"] as const;

const leftOut = /^(__pycache__|node_modules|\.pytest_cache|\.ruff_cache|\.DS_Store)$|\.pyc$/;

/** Everything that `init` puts into a workspace. */
export function shippedFiles(packageRoot: string, profile: Profile): ShippedFile[] {
  const rooms = shippedRooms.filter((room) => existsSync(join(packageRoot, room))).flatMap((room) => filesBelow(packageRoot, room));
  return [...rooms, ...pages(packageRoot), text(configFile, configText(profile)), text("AGENTS.md", agentsText)];
}

/** Rooms that begin with their page only: what lies in ours is about us. */
function pages(packageRoot: string): ShippedFile[] {
  const path = "memory/README.md";
  return existsSync(join(packageRoot, path)) ? [{ path, data: readFileSync(join(packageRoot, path)), program: false }] : [];
}

function filesBelow(root: string, folder: string): ShippedFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry): ShippedFile[] => {
    const path = `${folder}/${entry.name}`;
    if (leftOut.test(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(root, path);
    if (!entry.isFile()) return [];
    return [{ path, data: readFileSync(join(root, path)), program: (lstatSync(join(root, path)).mode & 0o100) !== 0 }];
  });
}

function text(path: string, content: string): ShippedFile {
  return { path, data: Buffer.from(content), program: false };
}
