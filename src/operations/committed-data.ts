import { canonicalJson } from "../base/canonical-json.ts";
import type { DataSet } from "../market/data-set.ts";
import { dataSetPath, readDataSet } from "../market/read-data-set.ts";
import type { Authority } from "./load-authority.ts";

type From = Pick<Authority, "repository" | "commit">;

/** A data set as the protected branch's commit has it; undefined where it has none. Error (exit usage): base/bad-document. */
export async function committedDataSet({ repository, commit }: From, name: string): Promise<DataSet | undefined> {
  const path = dataSetPath(name);
  const data = await repository.readPath(commit, path);
  return data === undefined ? undefined : readDataSet(name, { path: `${commit.slice(0, 10)}:${path}`, text: Buffer.from(data).toString("utf8") });
}

/** Whether this data set, as it was read, says what the commit's does. One that cannot be read there is none. */
export async function isCommittedData(from: From, set: DataSet): Promise<boolean> {
  const committed = await committedDataSet(from, set.name).catch(() => undefined);
  return committed !== undefined && canonicalJson(committed) === canonicalJson(set);
}
