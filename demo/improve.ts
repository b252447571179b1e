import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLive, modelFlags } from "./agent.ts";

/** The part of the demo in which a fault becomes a change that lands: what is laid into the workspace, and who may sign. */
const here = dirname(fileURLToPath(import.meta.url));

export const question = "How many months did the S&P 500 need to recover from its worst drawdown?";

/** The flags that choose the model of `improve`: as of the demo's agent. */
export function improveFlags(env: NodeJS.ProcessEnv): string[] {
  return isLive(env) ? modelFlags(env) : ["--model", "fixes/code"];
}

/** Paths of private keys, by the name of the person. */
export type Keys = Readonly<Record<"ada" | "bob", string>>;

/** Two keys without a passphrase, outside of every repository; they are good for this story only. */
export function throwAwayKeys(): Keys {
  const folder = mkdtempSync(join(tmpdir(), "agentctl-demo-keys-"));
  const key = (name: string): string => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
    return join(folder, name);
  };
  return { ada: key("ada"), bob: key("bob") };
}

/** Lays the skill with the fault and the signers into a workspace; the first signers are committed by hand. */
export function layInFault(workspace: string, keys: Keys): void {
  cpSync(join(here, "improve", "skills"), join(workspace, "skills"), { recursive: true });
  for (const [name, key] of Object.entries(keys)) {
    appendFileSync(
      join(workspace, "policies", "signers"),
      `${name}@example.org namespaces="agentctl-approval-v1" ${readFileSync(`${key}.pub`, "utf8").trim()}\n`,
    );
  }
}
