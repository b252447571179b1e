import { configKeys, type ConfigName } from "../workspace/config-keys.ts";
import { valueIn } from "../workspace/config.ts";
import { configFile } from "../workspace/find.ts";
import type { Authority } from "./load-authority.ts";

export interface ProposalLimits {
  openMax: number;
  openPerAgentMax: number;
}

/** How many proposals may be open, as committed on the protected branch: an edit on disk does not let anybody propose more. */
export async function committedLimits({ repository, commit }: Pick<Authority, "repository" | "commit">, env: NodeJS.ProcessEnv): Promise<ProposalLimits> {
  const data = await repository.readPath(commit, configFile);
  const source = data && { path: `${commit.slice(0, 10)}:${configFile}`, text: Buffer.from(data).toString("utf8") };
  const value = (key: ConfigName & `proposals.open${string}`): number => {
    const given = source === undefined ? undefined : valueIn(source, key, env);
    return typeof given === "number" ? given : configKeys[key].default;
  };
  return { openMax: value("proposals.openMax"), openPerAgentMax: value("proposals.openPerAgentMax") };
}
