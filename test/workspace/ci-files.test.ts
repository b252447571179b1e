import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ciFiles, type CiFilesWanted } from "../../src/workspace/ci-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const validator = join(root, "node_modules/@action-validator/cli/cli.mjs");
const dir = mkdtempSync(join(tmpdir(), "agentctl-test-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const commit = "8f4b7f84864484a7bf31766abe9204da3cbe65b3";
const own: CiFilesWanted = { action: "./", owners: [], pins: {}, branch: "main" };
const theirs: CiFilesWanted = { action: `acme/agentctl@${commit}`, owners: ["@acme/risk"], pins: { "actions/checkout": commit }, branch: "trunk" };
const textsOf = (wanted: CiFilesWanted) => ciFiles(wanted).map(({ path, data }) => ({ path, text: Buffer.from(data).toString("utf8") }));
const workflows = [...textsOf(own), ...textsOf(theirs)].filter(({ path }) => path.endsWith(".yml"));
const action = { path: "action.yml", text: readFileSync(join(root, "action.yml"), "utf8") };

interface Step {
  env?: Record<string, string>;
  run?: string;
  uses?: string;
  with?: Record<string, unknown>;
}
interface Job {
  if?: string;
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  steps: Step[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: unknown;
  concurrency?: unknown;
  jobs: Record<string, Job>;
}

function valid(name: string, text: string): boolean {
  const path = join(dir, basename(name));
  writeFileSync(path, text);
  try {
    execFileSync(process.execPath, [validator, path], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

describe("workflows", () => {
  test("this repository's are what ci init writes", () => {
    for (const { path, text } of textsOf(own)) expect(readFileSync(join(root, path), "utf8"), path).toBe(text);
  });

  test("all of them are valid, by GitHub's schema; one with a fault is not", () => {
    for (const { path, text } of [...workflows, action]) expect(valid(path, text), path).toBe(true);
    expect(valid("check.yml", workflows[0]?.text.replace("runs-on:", "runs-at:") ?? "")).toBe(false);
  });

  test.each(workflows.map(({ path, text }) => [path, text]))("%s has the least rights, an end, and no words of others in a shell", (_path, text) => {
    const workflow = parse(text) as Workflow;
    expect(workflow.permissions).toEqual({});
    expect(workflow.concurrency).toBeDefined();
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    for (const job of Object.values(workflow.jobs)) {
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
      expect(job.permissions).toBeDefined();
      const writes = Object.entries(job.permissions ?? {}).filter(([, right]) => right === "write");
      for (const step of job.steps) {
        if (step.run !== undefined) expect(step.run).not.toContain("${{");
        if (step.uses === undefined) continue;
        expect(step.uses).toMatch(/^(\.\/\.agentctl-judge|[\w./-]+@(v\d+|[0-9a-f]{40}))$/);
        // A job that may write holds nothing of the pull request.
        if (writes.length > 0) expect(JSON.stringify(step.with ?? {})).not.toContain("pull_request.head.sha");
      }
    }
    expect(text).not.toMatch(/\$\{\{[^}]*secrets/);
  });

  test("verify: a review starts it, no condition skips it, one step has the token, and images are built only where a review lacks the gates", () => {
    const text = workflows.find(({ path }) => path.endsWith("verify.yml"))?.text ?? "";
    const { on, jobs } = parse(text) as Workflow;
    expect(on["pull_request_review"]).toEqual({ types: ["submitted", "dismissed"] });
    // GitHub lets a required check pass that was skipped.
    expect(jobs["verify"]?.if).toBeUndefined();
    // Empty where a review is what happened.
    expect(text).not.toContain("github.base_ref");
    const [verify, ...others] = (jobs["verify"]?.steps ?? []).filter(({ env }) => JSON.stringify(env ?? {}).includes("github.token"));
    expect(others).toEqual([]);
    // An agentctl that answers with one code after the other, and notes how it was called and what token it had.
    const log = join(dir, "asked");
    const program = `#!/bin/bash\necho "$* \${GITHUB_TOKEN:-none}" >> "$LOG"\nmapfile -t lines < "$LOG"\nread -ra codes <<< "$CODES"\nexit "\${codes[\${#lines[@]} - 1]}"\n`;
    writeFileSync(join(dir, "agentctl"), program, { mode: 0o755 });
    const asked = (...codes: readonly number[]) => {
      rmSync(log, { force: true });
      const env = { PATH: `${dir}:/usr/bin:/bin`, LOG: log, CODES: codes.join(" "), BASE_REF: "main", HEAD_SHA: commit, GITHUB_TOKEN: "token" };
      const { status } = spawnSync("bash", ["-e", "-o", "pipefail", "-c", verify?.run ?? ""], { env });
      return { status, asked: readFileSync(log, "utf8").trimEnd().split("\n") };
    };
    const first = `ci verify --base main --head ${commit} --reviews`;
    for (const code of [0, 8]) expect(asked(code)).toEqual({ status: code, asked: [`${first} token`] });
    expect(asked(6, 0, 7)).toEqual({ status: 7, asked: [`${first} token`, "runner build none", `${first} --gates token`] });
    expect(asked(6, 1)).toEqual({ status: 1, asked: [`${first} token`, "runner build none"] });
  });

  test("pins and owners stand where they were asked for", () => {
    const all = textsOf(theirs);
    expect(all.find(({ path }) => path.endsWith("check.yml"))?.text).toContain(`uses: actions/checkout@${commit} # v5`);
    expect(all.find(({ path }) => path === ".github/CODEOWNERS")?.text).toContain("/policies/ @acme/risk\n");
    const ruleset = JSON.parse(all.find(({ path }) => path.endsWith(".json"))?.text ?? "") as { conditions: object; rules: { type: string }[] };
    expect(ruleset).toMatchObject({ conditions: { ref_name: { include: ["refs/heads/trunk"] } } });
    expect(ruleset.rules.map(({ type }) => type)).toEqual(["deletion", "non_fast_forward", "required_status_checks"]);
    // Of Actions only: a status of that name could be anybody's who may write.
    expect(ruleset.rules[2]).toMatchObject({ parameters: { required_status_checks: [{ context: "agentctl verify", integration_id: 15368 }] } });
  });
});

test("the action takes no words of others into a shell", () => {
  const { runs } = parse(action.text) as { runs: { steps: Step[] } };
  for (const { run } of runs.steps) expect(run ?? "").not.toContain("${{");
});
