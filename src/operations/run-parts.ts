import { listJournals, type JournalFile } from "../trace/places.ts";
import { requireJournal } from "../trace/read-journal.ts";
import { partName, partOf, rootOf } from "./part-name.ts";

export interface RunParts {
  /** As it was asked for: a root stands for all its parts, a part for itself. */
  run: string;
  /** In order; one of a run that is no agent's. */
  files: JournalFile[];
  /** Parts that must be there, since later ones are. */
  missing: string[];
}

/** The journals of a run, by its name or a unique beginning of it. Errors: trace/unknown-run, trace/ambiguous-run. */
export function runParts(stateDir: string, name: string): RunParts {
  const first = requireJournal(stateDir, name);
  const root = rootOf(first.run);
  if (root !== first.run) return { run: first.run, files: [first], missing: [] };
  const later = new Map<number, JournalFile>();
  for (const file of listJournals(stateDir)) {
    const part = partOf(root, file.run);
    // One that is open and closed at once is listed open first.
    if (part !== undefined && !later.has(part)) later.set(part, file);
  }
  const last = Math.max(1, ...later.keys());
  const numbers = Array.from({ length: last - 1 }, (_, index) => index + 2);
  return {
    run: root,
    files: [first, ...numbers.flatMap((part) => later.get(part) ?? [])],
    missing: numbers.filter((part) => !later.has(part)).map((part) => partName(root, part)),
  };
}
