/**
 * Runs in a container, never on the host: shows columns, first rows, last rows or the shape of a table in a file, through DuckDB. tools_main.py opened the file;
 * it is read by its descriptor, and DuckDB may open nothing else. Prints one object of JSON: {"ok": true, …} or {"ok": false, "why": …}.
 * The first rows are read without the others; the last ones of text formats are read from the end.
 */
import { fstatSync, openSync, readSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const asked = JSON.parse(process.argv[2]);
const tailFile = "/tmp/tail";
const mebibyte = 1024 * 1024;
const limits = { columns: 200, cell: 200, tailBytes: 16 * mebibyte };

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

class Refused extends Error {}

function formatOf(path, file) {
  const plain = path.toLowerCase();
  const compression = plain.endsWith(".gz") ? "gzip" : "none";
  const ending = /\.([a-z]+)(?:\.gz)?$/.exec(plain)?.[1] ?? "";
  const known = { csv: "csv", tsv: "csv", parquet: "parquet", pq: "parquet", json: "json", jsonl: "lines", ndjson: "lines" }[ending];
  if (known !== undefined) return { kind: known, compression };
  const head = Buffer.alloc(4);
  readSync(openSync(file, "r"), head, 0, 4, 0);
  if (head.toString("latin1") === "PAR1") return { kind: "parquet", compression };
  if (ending === "txt" || ending === "") return { kind: "csv", compression };
  throw new Refused(`${path} is no CSV, Parquet or JSON by its name; read_file shows text`);
}

/** How DuckDB reads the file. */
function source({ kind, compression }, file, more = "") {
  if (kind === "parquet") return `read_parquet(${quoted(file)}${more})`;
  const packed = compression === "none" ? "" : `, compression = ${quoted(compression)}`;
  if (kind === "csv") return `read_csv(${quoted(file)}, parallel = false, sample_size = 5000${packed}${more})`;
  const form = kind === "lines" ? "newline_delimited" : "auto";
  return `read_json(${quoted(file)}, format = ${quoted(form)}, sample_size = 2000${packed}${more})`;
}

async function connect() {
  let api;
  try {
    api = createRequire("/usr/local/lib/agentctl/")("@duckdb/node-api");
  } catch {
    throw new Refused(
      "the image of the runner node has no DuckDB: a person installs the npm package @duckdb/node-bindings-linux-x64 (or -arm64) beside agentctl, then: agentctl runner build node",
    );
  }
  const instance = await api.DuckDBInstance.create(":memory:", {
    memory_limit: "128MiB",
    threads: "1",
    temp_directory: "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run(`SET allowed_paths = [${quoted(asked.file)}, ${quoted(tailFile)}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
  return async (sql) => (await connection.runAndReadAll(sql)).getRowsJson();
}

const cell = (value) => {
  if (value === null) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > limits.cell ? `${text.slice(0, limits.cell)}…` : text;
};

/** The last lines of a text, read from its end: whole lines only. */
function lastLines(count) {
  const handle = openSync(asked.file, "r");
  const { size } = fstatSync(handle);
  for (let bytes = 64 * 1024; ; bytes *= 4) {
    const length = Math.min(size, bytes);
    const piece = Buffer.alloc(length);
    for (let read = 0; read < length;) {
      const more = readSync(handle, piece, read, length - read, size - length + read);
      if (more === 0) break;
      read += more;
    }
    const lines = piece.toString("utf8").split("\n");
    if (lines.at(-1).trim() === "") lines.pop();
    const whole = length === size;
    if (!whole) lines.shift();
    // `first`: the file's first line is among them, which may name the columns.
    if (whole) return { lines: lines.slice(-count - 1), first: lines.length <= count + 1 };
    if (lines.length >= count || bytes >= limits.tailBytes) return { lines: lines.slice(-count), first: false };
  }
}

async function tail(ask, format, columns, rows) {
  const names = columns.map(([name]) => `"${name.replaceAll('"', '""')}"`).join(", ");
  if (format.kind === "parquet") {
    const [[count]] = await ask(`SELECT count(*) FROM ${source(format, asked.file)}`);
    const skip = Math.max(0, Number(count) - rows);
    return ask(`SELECT ${names} FROM ${source(format, asked.file, ", file_row_number = true")} WHERE file_row_number >= ${skip} LIMIT ${rows}`);
  }
  if (format.kind === "json" || format.compression !== "none") {
    throw new Refused(
      `the last rows of ${format.kind === "json" ? "a JSON document" : "a compressed file"} can only be had by reading all of it; use head or shape`,
    );
  }
  const { lines, first } = lastLines(rows);
  if (format.kind === "lines") {
    writeFileSync(tailFile, lines.slice(-rows).join("\n"));
    return ask(`SELECT * FROM ${source(format, tailFile)}`);
  }
  const [[delimiter, quote, header]] = await ask(`SELECT Delimiter, Quote, HasHeader FROM sniff_csv(${quoted(asked.file)}, sample_size = 5000)`);
  const body = (first && header ? lines.slice(1) : lines).slice(-rows);
  writeFileSync(tailFile, body.join("\n"));
  if (body.length === 0) return [];
  const types = columns.map(([name]) => `${quoted(name)}: 'VARCHAR'`).join(", ");
  const quoting = quote === "(empty)" || quote === "" ? "" : `, quote = ${quoted(quote)}`;
  const how = `header = false, auto_detect = false, null_padding = true, ignore_errors = true, parallel = false, delim = ${quoted(delimiter)}${quoting}`;
  return ask(`SELECT * FROM read_csv(${quoted(tailFile)}, ${how}, columns = {${types}})`);
}

async function show() {
  const format = formatOf(asked.path, asked.file);
  if (asked.bytes === 0) throw new Refused(`${asked.path} is empty`);
  const ask = await connect();
  const columns = (await ask(`DESCRIBE SELECT * FROM ${source(format, asked.file)}`)).map(([name, type]) => [name, type]);
  const shown = columns.slice(0, limits.columns);
  const found = { ok: true, columns: shown, columnsAll: columns.length, bytes: asked.bytes };
  if (asked.operation === "columns") return found;
  if (asked.operation === "shape") {
    const [[count]] = await ask(`SELECT count(*) FROM ${source(format, asked.file)}`);
    return { ...found, count: Number(count) };
  }
  const rows =
    asked.operation === "head" ? await ask(`SELECT * FROM ${source(format, asked.file)} LIMIT ${asked.rows}`) : await tail(ask, format, columns, asked.rows);
  return { ...found, rows: rows.map((row) => row.slice(0, limits.columns).map(cell)) };
}

try {
  const found = await show();
  process.stdout.write(JSON.stringify({ ...found, peakKiB: process.resourceUsage().maxRSS }));
} catch (error) {
  const why =
    error instanceof Refused ? error.message : `DuckDB: ${String(error.message).split("\n").slice(0, 2).join(" ").replaceAll(asked.file, asked.path)}`;
  process.stdout.write(JSON.stringify({ ok: false, why: why.slice(0, 500) }));
}
