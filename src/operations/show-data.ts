import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DataSet } from "../market/data-set.ts";
import { dataSetPath } from "../market/read-data-set.ts";
import { hasBars } from "../trace/bar-lake.ts";
import { openRepository } from "../git/repository.ts";
import { findWorkspace } from "../workspace/find.ts";
import { authorityCommit } from "./load-authority.ts";
import { findDataSet } from "./load-data.ts";

export interface DataShown extends DataSet {
  /** Its manifest, relative to the workspace. */
  path: string;
  inLake: boolean;
  /** Beside the protected branch's commit: the same, another one, or none there. */
  committed: "same" | "differs" | "missing";
}

/** Everything about a data set; its bars are not read. Errors (exit usage): market/unknown, base/bad-document. */
export async function showData(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): Promise<DataShown> {
  const workspace = findWorkspace(asked.cwd, asked.env);
  const set = findDataSet(workspace.root, asked.name);
  const path = dataSetPath(asked.name);
  const repository = openRepository(workspace);
  const commit = await authorityCommit(repository, workspace, asked.env);
  const data = commit === undefined ? undefined : await repository.readPath(commit, path);
  const same = data !== undefined && Buffer.from(data).equals(readFileSync(join(workspace.root, path)));
  return {
    ...set,
    path,
    inLake: hasBars(workspace.stateDir, set.name, set.sha256),
    committed: data === undefined ? "missing" : same ? "same" : "differs",
  };
}
