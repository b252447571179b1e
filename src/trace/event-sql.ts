/** A member of an event's data as text. The parentheses matter: `->>` binds less tightly than `=`. */
export const text = (path: string, from = "data"): string => `(${from}->>'$.${path}')`;

/** The same as a number or truth; NULL where it is none. */
export const typed = (path: string, type: string, from = "data"): string => `TRY_CAST(${text(path, from)} AS ${type})`;

/** The events of one kind. */
export const ofKind = (kind: string): string => `(SELECT * FROM events WHERE kind = '${kind}')`;

/** A member that may be a long text: one that stands outside its record is shown by its head. */
export const body = (path: string, from = "data"): string => `coalesce(${text(`${path}.head`, from)}, ${text(path, from)})`;

/** The events of some kinds in the runs of agents, each with its `root` run and the `part_number` of its own run. */
export const ofAgents = (...kinds: string[]): string =>
  `(SELECT e.*, p.root, p.part_number FROM events e
      JOIN (SELECT run, ${text("root")} AS root, ${typed("part", "INTEGER")} AS part_number FROM ${ofKind("agent.started")}) p USING (run)
    WHERE e.kind IN (${kinds.map((kind) => `'${kind}'`).join(", ")}))`;
