/** A text as an SQL literal. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Of every file that is read: else DuckDB takes `run=1` in the name of a folder for a column, in the place of the file's own. */
export const ownColumns = "hive_partitioning = false";

/** A folder's own name may hold what a glob would read as a pattern. */
export function literalGlob(folder: string): string {
  return folder.replaceAll(/[*?[]/g, "[$&]");
}
