import { lstatSync } from "node:fs";
import { join } from "node:path";
import { isoTime, systemClock } from "../base/clock.ts";
import { AgentctlError } from "../base/errors.ts";
import { memoryBounds, type MemoryEntry, type MemoryKind } from "../memory/entry.ts";
import { entryText, placeFor } from "../memory/write-entry.ts";
import { findWorkspace } from "../workspace/find.ts";
import { placeFiles } from "../workspace/place-files.ts";
import { maskFor } from "./mask-for.ts";
import { judgeFile } from "./memory-files.ts";
import { personName } from "./person.ts";

export interface MemoryAdded {
  /** Relative to the workspace. */
  path: string;
  id: string;
}

export interface MemoryGiven {
  cwd: string;
  env: NodeJS.ProcessEnv;
  kind: MemoryKind;
  title: string;
  text: string;
  tags: readonly string[];
  /** Default: the person whose process this is. */
  source?: string | undefined;
  severity?: MemoryEntry["severity"];
  status?: MemoryEntry["status"];
}

/**
 * Writes an entry into the working tree, where it is a draft until it is committed. Never overwrites. Errors (exit usage): `memory/bad-entry` for what would not
 * count, `memory/secret` for what looks like one.
 */
export function addMemory(given: MemoryGiven): MemoryAdded {
  const { cwd, env, kind, tags, severity, status } = given;
  const workspace = findWorkspace(cwd, env, { initialised: true });
  const { root } = workspace;
  const entry = {
    kind,
    title: given.title.trim(),
    date: isoTime(systemClock.nowMs()).slice(0, 10),
    tags,
    source: given.source ?? personName(),
    untrusted: false,
    severity,
    status,
    body: given.text,
  };
  const text = entryText(entry);
  const mask = maskFor(workspace.stateDir, env);
  if (mask(text) !== text)
    throw new AgentctlError("memory/secret", "it holds what looks like a secret, and an entry is a file of the repository", {
      hint: "name the variable that holds it, never its value",
      exit: "usage",
    });
  const path = placeFor(entry, (place) => lstatSync(join(root, place), { throwIfNoEntry: false }) !== undefined);
  const data = Buffer.from(text.toWellFormed(), "utf8");
  const judged = judgeFile(path, "", data);
  if (judged.entry === undefined) throw badEntry(judged.findings.map(({ message }) => message).join("; "));
  const { kept } = placeFiles(root, [{ path, data, program: false }]);
  const [other] = kept;
  if (other !== undefined) throw new AgentctlError("memory/not-written", `${path} cannot be written: ${other.why}`);
  return { path, id: judged.entry.id };
}

function badEntry(why: string): AgentctlError {
  return new AgentctlError("memory/bad-entry", `this would be no entry: ${why}`, {
    hint: `a title of 3 to ${memoryBounds.titleLength} characters on one line, tags like costs-and-fees, and a text; agentctl schema memory`,
    exit: "usage",
  });
}
