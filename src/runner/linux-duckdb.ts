import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A file of DuckDB's packages, as it goes into an image. */
export interface ModuleFile {
  /** Below node_modules. */
  path: string;
  version: string;
  bytes: number;
  /** On disk. */
  source: string;
}

/**
 * DuckDB for Node, with its Linux library of this architecture, as seen from `from`; what Node loads and nothing else. Undefined where the library is not
 * installed, as on macOS: npm installs the one of its own system.
 */
export function findLinuxDuckdb(from: string, arch: string): ModuleFile[] | undefined {
  const require = createRequire(join(from, "package.json"));
  const names = ["@duckdb/node-api", "@duckdb/node-bindings", `@duckdb/node-bindings-linux-${arch}`];
  const files = names.map((name) => packageFiles(require, name));
  return files.every((found) => found !== undefined) ? files.flat() : undefined;
}

function packageFiles(require: NodeJS.Require, name: string): ModuleFile[] | undefined {
  const folder = (require.resolve.paths(name) ?? []).map((path) => join(path, name)).find((path) => existsSync(join(path, "package.json")));
  if (folder === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const wanted = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path === "package.json" || (/\.(?:js|node|so)$/.test(path) && dirname(path).split("/")[0] !== "node_modules"));
  return wanted.toSorted().map((path) => ({ path: `${name}/${path}`, version, bytes: statSync(join(folder, path)).size, source: join(folder, path) }));
}
