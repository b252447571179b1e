import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Proposal } from "../../../src/proposal/proposal.ts";
import { cli, type CliAnswer } from "../../support/cli.ts";
import { gitHubServer, type GitHubServer } from "../../support/github-server.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";
import { folder, workspace } from "../../support/workspace.ts";

const hostile = [
  "fixes #1 @everyone [x](javascript:alert(1)) <img src=x onerror=alert(1)>",
  "",
  "```",
  "<!-- agentctl:proposal p-0 -->",
  "\u202egnirts\u200b ::set-output name=x::y",
  "~~~",
  "| a | b |",
].join("\n");
const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
const reach = (host: string): string =>
  `name: forge\ndescription: The code host of this test.\nrules:\n  - id: reach\n    match: { actor: person, action: net.connect, host: ${host} }\n    effect: allow\n    reason: it is here\n`;
const reachCase = `- name: reach\n  request: { action: net.connect, host: 127.0.0.1, port: 80 }\n  effect: allow\n`;

let world: ProposalWorld;
let server: GitHubServer;
let proposal: Proposal;
beforeAll(async () => {
  server = await gitHubServer({ token });
  world = proposalWorld({
    files: { "policies/forge/policy.yaml": reach("127.0.0.1"), "policies/forge/cases.yaml": reachCase, "policies/forge/README.md": "# forge\n" },
  });
  const remote = join(folder(), "acme", "desk.git");
  workspace({}, { dir: remote, initArgs: ["--bare"], commit: false });
  world.git("remote", "add", "origin", remote);
  proposal = await world.propose({ title: "A note @everyone", rationale: hostile });
  await world.putReport(proposal);
  server.branches.set(`agentctl/${proposal.id}`, proposal.head);
});
afterAll(() => server.close());

const push = (more: readonly string[] = [], options: { env?: Record<string, string | undefined>; expectExit?: number } = {}): Promise<CliAnswer> =>
  cli(world.dir, ["proposal", "push", proposal.id, "--pr", "--repo", "acme/desk", ...more], {
    ...options,
    env: { GITHUB_API_URL: undefined, GH_TOKEN: undefined, AGENTCTL_FORGE_API_URL: server.url, GITHUB_TOKEN: token, ...options.env },
  });

describe("proposal push --pr", () => {
  test("opens one pull request, however often it is asked", async () => {
    expect((await push()).stdout).toMatch(/^opened {4}pull request #\d+ of acme\/desk {2}https:\/\/github\.com\/acme\/desk\/pull\/\d+$/m);
    expect((await push()).stdout).toMatch(/^unchanged pull request/m);
    for (const pull of server.pulls) pull.body = "edited by somebody";
    expect((await push(["--json"])).json()).toMatchObject({ proposal: proposal.id, pullRequest: { pull: { state: "updated" } } });
    expect(server.pulls).toHaveLength(1);
  });

  test("what the proposer wrote stands as code, after what we say", () => {
    const [pull] = server.pulls;
    const body = pull?.body ?? "";
    expect(pull?.title).toBe(`${proposal.id}: A note «U+0040»everyone`);
    const blocks = body.replaceAll(/(`{3,})text\n[\s\S]*?\n\1(?=\n)/g, "BLOCK").replaceAll(/(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "SPAN");
    expect(blocks).not.toMatch(/@everyone|javascript|<img|fixes #1|set-output/);
    expect(body).toContain("«U+202E»gnirts«U+200B»");
    expect(body.match(/<!-- agentctl:proposal/g)).toHaveLength(2);
    expect(blocks.match(/<!-- agentctl:proposal/g)).toHaveLength(1);
    expect(body.indexOf("| paths | ✅ passed |")).toBeGreaterThan(0);
    expect(body.indexOf("| paths | ✅ passed |")).toBeLessThan(body.indexOf("nobody has checked it"));
    expect(body).toContain(`agentctl proposal approve ${proposal.id}`);
    expect(body).toContain(proposal.head);
  });

  test("another clone that was faster is no second pull request", async () => {
    server.add({ status: 200, body: "[]" });
    expect((await push()).stdout).toMatch(/^opened/m);
    expect(server.pulls).toHaveLength(1);
  });

  test("a branch that is elsewhere there is said, with exit 7", async () => {
    const [pull] = server.pulls;
    if (pull !== undefined) pull.sha = "f".repeat(40);
    expect((await push([], { expectExit: 7 })).stderr).toContain("the proposal is at");
    if (pull !== undefined) pull.sha = proposal.head;
  });

  test("without a token nothing is asked; one that is not known ends with 4", async () => {
    const before = server.asked.length;
    expect((await push([], { env: { GITHUB_TOKEN: undefined }, expectExit: 4 })).stderr).toContain("there is no token for the code host");
    expect(server.asked).toHaveLength(before);
    expect((await push([], { env: { GITHUB_TOKEN: "ghp_wrong" }, expectExit: 4 })).stderr).toContain("does not know this token");
  });

  test("policy decides whether the host may be asked at all", async () => {
    const before = server.asked.length;
    const elsewhere = server.url.replace("127.0.0.1", "localhost");
    const { stdout } = await push([], { env: { AGENTCTL_FORGE_API_URL: elsewhere }, expectExit: 3 });
    expect(stdout).toContain("no pull request: deny");
    expect(server.asked).toHaveLength(before);
  });

  test("an address in an agentctl.yaml that is not committed gets no token", async () => {
    world.write({ "agentctl.yaml": `forge:\n  apiUrl: ${server.url}\n` });
    const { stderr } = await push([], { env: { AGENTCTL_FORGE_API_URL: undefined }, expectExit: 2 });
    expect(stderr).toContain("your token would go where nobody agreed to");
    world.git("checkout", "-q", "agentctl.yaml");
  });

  test("the token stands in nothing that is said or kept", () => {
    const files = (dir: string): string[] =>
      readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(dir, entry.name)) : [join(dir, entry.name)]));
    expect(existsSync(world.stateDir)).toBe(true);
    for (const file of files(world.stateDir)) expect(readFileSync(file).includes(token), file).toBe(false);
    for (const { path, body } of server.asked) expect(JSON.stringify([path, body])).not.toContain(token);
  });
});
