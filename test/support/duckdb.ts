import { DuckDBInstance } from "@duckdb/node-api";

/** Asks a database as any other client would: without our views' guard, read-only when it is a file. Every value as text. */
export async function runSql(path: string, sql: string): Promise<(string | null)[][]> {
  const instance = await DuckDBInstance.create(path, path === ":memory:" ? {} : { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
