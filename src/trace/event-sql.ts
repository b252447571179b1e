/** A member of an event's data as text. The parentheses matter: `->>` binds less tightly than `=`. */
export const text = (path: string, from = "data"): string => `(${from}->>'$.${path}')`;

/** The same as a number or truth; NULL where it is none. */
export const typed = (path: string, type: string, from = "data"): string => `TRY_CAST(${text(path, from)} AS ${type})`;

/** The events of one kind. */
export const ofKind = (kind: string): string => `(SELECT * FROM events WHERE kind = '${kind}')`;
