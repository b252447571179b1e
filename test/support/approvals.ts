import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { askForApproval, type ApprovalAnswer, type ApprovalQuestion } from "../../src/operations/ask-approval.ts";
import { outsidePolicy } from "../../src/operations/halt-work.ts";
import { inRun, type OpenRun } from "../../src/operations/in-run.ts";
import { armWhenNew } from "../../src/ledger/halt.ts";
import { ensureStateDir } from "../../src/workspace/find.ts";
import type { ActionRequest, Decision, Effect } from "../../src/policy/request.ts";
import { noMask } from "./record.ts";
import { folder, type TestWorkspace } from "./workspace.ts";

export const commit = "c".repeat(40);

/** A decision as policy would make it about a request of the agent quant. */
export function decided(effect: Effect, request: Partial<ActionRequest> & { action: string }, more: Partial<Decision> = {}): Decision {
  return {
    id: "d-1",
    effect,
    rules: ["autonomy/asks"],
    reason: `quant wants ${request.action}`,
    at: { file: "policies/autonomy/policy.yaml", line: 7 },
    policy: { commit, digest: "d".repeat(64) },
    request: { class: "R", actor: { kind: "agent", name: "quant", level: 3 }, ...request },
    ...more,
  };
}

export const toHost = decided("approve", { action: "net.connect", host: "data.example.org", port: 443, tool: "web_fetch" });
export const order = decided("two-key", { action: "order.place", class: "T", tool: "broker" });

/** The question about a call of quant; `root` is filled in by `asked`. */
export function question(decisions: readonly Decision[], more: Partial<ApprovalQuestion> = {}): Omit<ApprovalQuestion, "root"> {
  return { key: "s1.2.1", kind: "action", agent: "quant", decisions, tool: "web_fetch", args: { url: "https://data.example.org/x" }, ...more };
}

/** Does something in a run of its own in a workspace. */
export function runIn<T>({ dir }: Pick<TestWorkspace, "dir">, work: (open: OpenRun) => Promise<T>): Promise<T> {
  const stateDir = ensureStateDir({ stateDir: join(dir, ".git", "agentctl") });
  armWhenNew(stateDir);
  return inRun({ stateDir, mask: noMask, started: outsidePolicy("run start", "ada") }, async (open) => ({ outcome: "ok", result: await work(open) }));
}

/** Asks in a run of its own, whose root is that run. */
export function askedIn(place: Pick<TestWorkspace, "dir">, about: Omit<ApprovalQuestion, "root">): Promise<ApprovalAnswer & { root: string }> {
  return runIn(place, async (open) => ({ ...(await askForApproval(open, { ...about, root: open.run })), root: open.run }));
}

export interface TestKey {
  path: string;
  /** `ssh-ed25519 AAAA…` */
  publicKey: string;
}

/** An SSH key without a passphrase. */
export function sshKey(): TestKey {
  const path = join(folder(), "id");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]);
  return { path, publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
}

/** A line of policies/signers. */
export function signerLine(name: string, { publicKey }: Pick<TestKey, "publicKey">, options = 'namespaces="agentctl-approval-v1"'): string {
  return `${name} ${options} ${publicKey}\n`;
}

/** What `ssh-keygen -Y sign` makes of a text. */
export function signText(text: string, { path }: TestKey, namespace = "agentctl-approval-v1"): string {
  return execFileSync("ssh-keygen", ["-Y", "sign", "-q", "-f", path, "-n", namespace], { input: text, encoding: "utf8" });
}
