/** A text as an SQL literal. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A folder's own name may hold what a glob would read as a pattern. */
export function literalGlob(folder: string): string {
  return folder.replaceAll(/[*?[]/g, "[$&]");
}
