import { nearest } from "../../base/suggest.ts";
import { recordViews } from "../record-views.ts";

/** Columns of one view that are named; the widest has some thirty. */
const columnsMax = 40;

/** What a model needs to mend a query that DuckDB did not understand: the views that there are, the columns of those that it asked, the nearest name. */
export function queryAdvice(said: string, sql: string): string[] {
  const views = recordViews();
  const names = views.map(({ name }) => name);
  const table = /Table with name (\S+) does not exist/i.exec(said)?.[1];
  if (table !== undefined) return [near(table, names), `views: ${names.join(", ")}`];
  const asked = views.filter(({ name }) => new RegExp(`\\b${name}\\b`, "i").test(sql));
  const column = /column "?([^"\s]+)"? (?:not found|does not|must)/i.exec(said)?.[1] ?? /does not have a column named "?([^"\s]+)"?/i.exec(said)?.[1];
  if (column === undefined || asked.length === 0) return [];
  const columns = asked.flatMap((view) => view.columns.map(({ name }) => name));
  return [near(column, columns), ...asked.map(({ name, columns: own }) => `${name}: ${own.slice(0, columnsMax).map(typed).join(", ")}`)];
}

function near(found: string, names: readonly string[]): string {
  const name = nearest(found.replace(/^.*\./, "").replaceAll(/[^\w]/g, ""), names);
  return name === undefined ? "no such name" : `did you mean ${name}?`;
}

function typed({ name, type }: { name: string; type: string }): string {
  return `${name} ${type}`;
}
