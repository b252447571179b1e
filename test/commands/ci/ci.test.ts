import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import { cli } from "../../support/cli.ts";
import { gitHubServer, type GitHubServer } from "../../support/github-server.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";
import { folder, workspace, type TestWorkspace } from "../../support/workspace.ts";

const forge = `name: forge\ndescription: The code host of this test.\nrules:\n  - id: reach\n    match: { actor: person, action: net.connect, host: 127.0.0.1 }\n    effect: allow\n    reason: it is here\n`;
const forgeCases = `- name: reach\n  request: { action: net.connect, host: 127.0.0.1, port: 80 }\n  effect: allow\n`;

let world: ProposalWorld;
let clone: TestWorkspace;
let proposal: Proposal;
let server: GitHubServer;
beforeAll(async () => {
  server = await gitHubServer();
  world = proposalWorld({ files: { "policies/forge/policy.yaml": forge, "policies/forge/cases.yaml": forgeCases, "policies/forge/README.md": "# forge\n" } });
  proposal = await world.propose();
  await world.putReport(proposal);
  await cli(world.dir, ["proposal", "approve", proposal.id, "--key", world.keys["ada@example.org"]?.path ?? "", "--yes"]);
  // As actions/checkout leaves it: the head alone, its branch nowhere, the protected branch only as the remote's; then the answers.
  clone = workspace({}, { dir: join(folder(), "clone"), commit: false });
  clone.git("remote", "add", "origin", world.dir);
  clone.git("fetch", "-q", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*");
  clone.git("checkout", "-q", "--detach", proposal.head);
  clone.git("fetch", "-q", "--no-tags", "origin", "+refs/agentctl/approvals/*:refs/agentctl/approvals/*");
});
afterAll(() => server.close());
const inActions = { GITHUB_BASE_REF: "main", GITHUB_STEP_SUMMARY: undefined, GITHUB_ACTIONS: undefined };

describe("the same verdict on a laptop and in a clone of Actions", () => {
  test("verify: approvals and gates hold for the head", async () => {
    const here = await cli(world.dir, ["ci", "verify", "--head", proposal.head, "--json"]);
    const there = await cli(clone.dir, ["ci", "verify", "--base", "main", "--head", proposal.head, "--json"], { env: inActions });
    expect(here.json()).toMatchObject({ verdict: "holds", target: "refs/heads/main", votes: [{ who: "ada@example.org", counts: true }] });
    expect(there.json()).toEqual(here.json());
  });

  test("verify: a commit on top of what was approved is not approved", async () => {
    clone.write({ "docs/note.md": "# Another\n" });
    const other = clone.commit(`more\n\nProposal-Id: ${proposal.id}`);
    expect((await cli(clone.dir, ["ci", "verify", "--head", other], { env: inActions, expectExit: 7 })).stdout).toContain("the head moved after it");
    clone.git("checkout", "-q", "--detach", proposal.head);
  });

  test("check: policies of the head, judged from the base; annotations, SARIF, summary, report", async () => {
    clone.write({ "policies/forge/policy.yaml": forge.replace("effect: allow", "effect: maybe"), "policies/forge/we\u202eird.md": "x" });
    const bad = clone.commit("broken policies");
    const files = { summary: join(clone.dir, "summary.md"), sarif: join(clone.dir, "c.sarif"), output: join(clone.dir, "c.json") };
    const argv = ["ci", "check", "--no-gates", "--head", bad, "--format", "github"];
    const { stdout } = await cli(clone.dir, [...argv, "--sarif", files.sarif, "--output", files.output], {
      env: { ...inActions, GITHUB_STEP_SUMMARY: files.summary },
      expectExit: 6,
    });
    expect(stdout).toMatch(/^::error file=policies\/forge\/policy\.yaml,line=\d+,.*maybe/m);
    expect(readFileSync(files.summary, "utf8")).toContain("### ❌ agentctl ci check");
    const {
      $schema: _draft,
      id: _id,
      ...schema
    } = JSON.parse(readFileSync(new URL("../../support/sarif-2.1.0.json", import.meta.url), "utf8").replaceAll("{2}]?$", "{2}$")) as Record<string, unknown>;
    const { default: Ajv } = await import("ajv");
    const validate = new (Ajv as unknown as new (options: object) => { compile(schema: object): { (value: unknown): boolean; errors?: unknown } })({
      strict: false,
      validateFormats: false,
    }).compile(schema);
    expect(validate(JSON.parse(readFileSync(files.sarif, "utf8"))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ version: "2.1.0" })).toBe(false);
    // The laptop says the same of the same commit.
    world.git("fetch", "-q", clone.dir, bad);
    const here = await cli(world.dir, argv, { env: { ...inActions, GITHUB_BASE_REF: undefined }, expectExit: 6 });
    expect(here.stdout).toBe(stdout);
    // Three runs, one comment.
    server.pulls.push({ number: 7, state: "open", title: "t", body: "", draft: false, head: "x", base: "main", sha: bad, author: "a", headRepo: "acme/desk" });
    server.comments.push({ id: 1, body: "<!-- agentctl:check -->\nnot ours", author: "mallory" });
    for (const state of ["written", "updated", "updated"]) {
      const said = await cli(clone.dir, ["ci", "comment", "--report", files.output, "--pr", "7", "--repo", "acme/desk"], {
        env: { ...inActions, GITHUB_ACTIONS: "true", GITHUB_TOKEN: "ghp_test", AGENTCTL_FORGE_API_URL: server.url },
      });
      expect(said.stdout).toContain(`${state}  comment on #7`);
    }
    expect(server.comments.map(({ author }) => author)).toEqual(["mallory", "github-actions[bot]"]);
  });

  test("a clone without the protected branch has nobody to judge", async () => {
    const lone = workspace({ "agentctl.yaml": "" }, { initArgs: [] });
    lone.git("branch", "-m", "feature");
    expect((await cli(lone.dir, ["ci", "verify"], { env: { ...inActions, GITHUB_BASE_REF: undefined }, expectExit: 2 })).stderr).toContain(
      "would judge itself",
    );
  });
});
