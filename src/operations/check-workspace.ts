import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { place } from "../base/finding.ts";
import { armWhenNew, readHalt } from "../ledger/halt.ts";
import type { Repository } from "../git/repository.ts";
import { unknownVariables } from "../workspace/config-value.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import { configFile, ensureStateDir, type Workspace } from "../workspace/find.ts";
import { attempt, miss, ok, warn, type Check } from "./check.ts";

/** The workspace: its file, its commits, its policies, its state. `config` is undefined when the file could not be read, which is said elsewhere. */
export async function checkWorkspace(workspace: Workspace, config: EffectiveConfig | undefined, env: NodeJS.ProcessEnv): Promise<Check[]> {
  const { openRepository } = await import("../git/repository.ts");
  const repository = openRepository(workspace);
  const checks: Check[] = [];
  if (config !== undefined) checks.push(checkFile(workspace, config), ...checkVariables(env));
  checks.push(...(await attempt("policies", async () => (config === undefined ? [] : await checkPolicies(repository, config)))));
  checks.push(...(await attempt("state", () => checkState(workspace))));
  return checks;
}

function checkFile(workspace: Workspace, config: EffectiveConfig): Check {
  if (existsSync(join(workspace.root, configFile))) return ok("workspace", `workspace ${workspace.root}, profile ${config.values.profile}`);
  return miss("workspace", `${workspace.root} has no ${configFile}`, "agentctl init");
}

function checkVariables(env: NodeJS.ProcessEnv): Check[] {
  return unknownVariables(env).map(({ name, near }) => warn("environment", `${name} is no key of agentctl`, `did you mean ${near}?`));
}

async function checkPolicies(repository: Repository, config: EffectiveConfig): Promise<Check[]> {
  const { protectedCommit } = await import("../workspace/authority.ts");
  const { readPolicies } = await import("../policy/read-policies.ts");
  const authority = await protectedCommit(repository, config);
  const { set, findings } = readPolicies(await repository.readFiles(authority.commit, "policies"));
  const where = `${authority.ref.replace(/^refs\/(heads|remotes)\//, "")} ${authority.commit.slice(0, 7)}`;
  const broken = findings.find((finding) => finding.level === "error");
  const rules = set.policies.reduce((sum, policy) => sum + policy.rules.length, 0);
  const checks: Check[] = [];
  if (broken !== undefined)
    checks.push(miss("policies", `policies of ${where} cannot be used, so everything is denied: ${place(broken)} ${broken.message}`, "agentctl policy test"));
  else if (set.policies.length === 0) checks.push(miss("policies", `no policies in ${where}, so everything is denied`, "agentctl init, then commit"));
  else checks.push(ok("policies", `policies ${set.policies.length}, rules ${rules}, from ${where}`));
  if (authority.because === "head")
    checks.push(warn("authority", "no branch main or master: policies are read from HEAD", `set authority.branch in ${configFile} and commit it`));
  const edited = await repository.status({ prefix: "policies", commit: authority.commit });
  if (edited.length > 0)
    checks.push(
      warn("policies/edited", `${edited.length} files in policies/ differ from ${where}; they change nothing yet`, "agentctl policy test, then commit"),
    );
  return checks;
}

function checkState(workspace: Workspace): Check[] {
  const stateDir = ensureStateDir(workspace);
  const open = process.platform === "win32" ? [] : openToOthers(stateDir);
  const checks = [
    open.length === 0
      ? ok("state", `state ${stateDir}, closed to others`)
      : warn("state", `${open.length} files of the state are open to others, e.g. ${open[0]}`, `chmod -R go-rwx ${stateDir}`),
  ];
  armWhenNew(stateDir);
  const halt = readHalt(stateDir);
  if (halt.halted) checks.push(warn("halt", `halted by ${halt.by}: ${halt.reason}`, "agentctl halt release --reason …"));
  return checks;
}

/** Paths in the state folder, two levels down, that group or others may touch. */
function openToOthers(folder: string, depth = 2): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const here = (lstatSync(path).mode & 0o077) !== 0 && !entry.isSymbolicLink() ? [path] : [];
    return entry.isDirectory() && depth > 1 ? [...here, ...openToOthers(path, depth - 1)] : here;
  });
}
