import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { canonicalJson } from "../../../src/base/canonical-json.ts";
import { sha256 } from "../../../src/base/digest.ts";
import { reportMarkdown } from "../../../src/base/finding-formats.ts";
import { analysisLines } from "../../../src/cli/improve-lines.ts";
import { proposalLines } from "../../../src/cli/proposal-show-lines.ts";
import { voteLines } from "../../../src/cli/proposal-vote-lines.ts";
import { signerRows } from "../../../src/cli/signer-lines.ts";
import { verifiedLines } from "../../../src/cli/verify-lines.ts";
import { openRepository } from "../../../src/git/repository.ts";
import { addApprovals } from "../../../src/operations/approval-ref.ts";
import { commentBody } from "../../../src/operations/ci-comment.ts";
import { improve } from "../../../src/operations/improve.ts";
import { listSigners } from "../../../src/operations/list-signers.ts";
import { loadAuthority } from "../../../src/operations/load-authority.ts";
import { previewVote } from "../../../src/operations/preview-vote.ts";
import { proposalApprovals } from "../../../src/operations/proposal-approvals.ts";
import { pullRequestBody, pullRequestTitle } from "../../../src/operations/pull-request-body.ts";
import { findProposal } from "../../../src/operations/find-proposal.ts";
import { showProposal } from "../../../src/operations/show-proposal.ts";
import { verifyProposal } from "../../../src/operations/verify-proposal.ts";
import { findWorkspace } from "../../../src/workspace/find.ts";
import { statementToSign } from "../../../src/operations/vote-proposal.ts";
import { readStatement, statementText } from "../../../src/proposal/statement.ts";
import { cli } from "../../support/cli.ts";
import { improveWorld } from "../../support/improve.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";

/** Writes the clipboard, makes a link, asks the terminal to answer, rings, goes back, acts in 8 bits, turns the order, hides, tags, and floods. */
const acts = `\u001b]52;c;ZXZpbA==\u0007\u001b]8;;https://evil.example\u001b\\\u001b[21t\u0007\u0008\r\u009b31m\u0085\u202etxt\u2066\u200b\u200d\ufeff\u2028\u{e0041}e${"\u0301".repeat(500)}`;
/** Everything but tab and line feed that a terminal acts on, or that a person cannot see. */
const raw = /(?![\t\n])[\p{Cc}\p{Cf}\u2028\u2029]/u;

const hand = "p-hand2hand2";
const plain = "p-fact2fact2";
/** Cyrillic і and а. */
const alike = "polic\u0456es/g\u0430tes/policy.yaml";

let world: ProposalWorld;

/** A branch as somebody with a git of their own pushes it: nothing of it went through agentctl. */
function branch(id: string, files: Record<string, string | Buffer>): string {
  const { dir, git } = world;
  const give = (input: string | Buffer, ...args: string[]): string => execFileSync("git", args, { cwd: dir, input, encoding: "utf8" }).trim();
  const base = git("rev-parse", "main");
  const entries = Object.entries(files).map(([path, data]) => `100644 ${give(data, "hash-object", "-w", "--stdin")}\t${path}\0`);
  const index = { ...process.env, GIT_INDEX_FILE: `${dir}/.git/by-hand` };
  execFileSync("git", ["read-tree", base], { cwd: dir, env: index });
  execFileSync("git", ["update-index", "-z", "--index-info"], { cwd: dir, env: index, input: entries.join("") });
  const tree = execFileSync("git", ["write-tree"], { cwd: dir, env: index, encoding: "utf8" }).trim();
  const who = `Ada ${acts.replaceAll(/[\n<>]/g, "")} <ada${acts.replaceAll(/[\n<>]/g, "")}@example.org> ${Math.floor(Date.now() / 1000)} +0000`;
  const message = [
    `A title ${acts}`,
    "",
    `Because ${acts}`,
    `Approved: yes\u2028approve   ada@example.org  signed`,
    "x".repeat(id === hand ? 1_000_000 : 10),
    "",
    `Proposal-Id: ${id}`,
    `Run-Id: r-${acts}`,
    `Proposed-By: agent qu\u0430nt ${acts}`,
    `Triggered-By: person ${acts}`,
    `Evidence: r-${acts}`,
  ].join("\n");
  const head = give(
    `tree ${tree}\nparent ${base}\nauthor ${who}\ncommitter ${who}\n\n${message}\n`,
    "hash-object",
    "-t",
    "commit",
    "-w",
    "--stdin",
    "--literally",
  );
  git("update-ref", `refs/heads/agentctl/${id}`, head);
  return head;
}

beforeAll(async () => {
  world = proposalWorld();
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 255 || 1));
  branch(hand, {
    [`docs/${acts.replaceAll("/", "")}\n.md`]: "x\n",
    "docs/a-large-harmless.md": "harmless\n".repeat(20_000),
    "docs/long.md": `${"y".repeat(200_000)}\n`,
    "docs/noise.bin": noise,
    "docs/text.md": `# Note\n${acts}\nif \u0430dmin:\n`,
    "policies/signers": `mallory@example.org ${acts} ssh-ed25519 AAAA ${acts}\n`,
    [alike]: "rules: []\n",
  });
  branch(plain, { "docs/note.md": `# Note\n${acts}\n` });
  const { repository } = await loadAuthority(world.dir, {});
  for (const id of [hand, plain]) {
    const proposal = await findProposal(repository, id);
    const { report } = await world.putReport(proposal);
    const gates = report.gates.map((gate, index) => ({
      ...gate,
      gate: index === 0 ? (`paths${acts}` as "paths") : gate.gate,
      summary: acts,
      findings: [{ rule: acts, level: "error" as const, message: acts, file: acts }],
    }));
    const carried = { ...report, gates };
    const text = JSON.stringify({ type: "agentctl-proposal-v1", note: acts });
    await addApprovals(openRepository(findWorkspace(world.dir, {})), id, {
      reports: [{ digest: sha256(canonicalJson(carried)), report: carried }],
      votes: [{ digest: sha256(text), statement: text, signature: acts }],
    });
  }
});

/** Shown in the open, and nothing in it acts. */
function isSafe(text: string, mark: string | RegExp = "«U+001B»"): void {
  expect(raw.exec(text)).toBeNull();
  if (typeof mark === "string") expect(text).toContain(mark);
  else expect(text).toMatch(mark);
}

describe("nothing that others wrote acts on a terminal", () => {
  test("in proposal and proposal show, whatever is asked for; what raises it stands first, and letters that pass for others show themselves", async () => {
    const [list, page, json] = await Promise.all([
      cli(world.dir, ["proposal"]),
      cli(world.dir, ["proposal", "show", hand]),
      cli(world.dir, ["proposal", "show", hand, "--json"]),
    ]);
    isSafe(list.stdout + list.stderr);
    expect(list.stdout.split("\n").filter((line) => line !== "")).toHaveLength(3);
    isSafe(page.stdout + page.stderr);
    expect(page.stdout).toContain("polic«U+0456»es/g«U+0430»tes/policy.yaml");
    expect(page.stdout).toContain("if «U+0430»dmin:");
    expect(page.stdout.indexOf("! policies/signers")).toBeGreaterThan(0);
    expect(page.stdout.indexOf("policies/signers  changed")).toBeLessThan(page.stdout.indexOf("docs/a-large-harmless.md  added"));
    expect(Math.max(...page.stdout.split("\n").map((line) => line.length))).toBeLessThan(1000);
    expect(page.stdout.split("\n").filter((line) => /^(approve|signed)/.test(line))).toEqual([]);
    expect((json.json() as { proposal: { title: string } }).proposal.title).toContain("\u001b]52");

    const shown = await showProposal({ cwd: world.dir, env: {}, proposal: hand });
    for (const options of [{ full: true }, { stat: true }, { width: 40 }]) isSafe(proposalLines(shown, options).join("\n"));
    // In front of everything that a proposer says, before a line of theirs.
    const lines = proposalLines(shown);
    expect(lines.findIndex((line) => line.includes("polic«U+0456»es"))).toBeLessThan(lines.findIndex((line) => line.startsWith("Every line marked")));
  });

  test("in what a person signs, and in what they say beside it", async () => {
    const wanted = { cwd: world.dir, env: {}, proposal: plain, vote: "approve" as const, note: acts };
    isSafe(voteLines(await previewVote(wanted)).join("\n"));
    // What is signed is what is shown, and still the very bytes.
    const statement = await statementToSign(wanted);
    isSafe(statement);
    const read = readStatement(statement);
    expect("statement" in read && statementText(read.statement)).toBe(statement);
    const key = world.keys["ada@example.org"]?.path ?? "";
    const taken = await cli(world.dir, ["proposal", "approve", plain, "--yes", "--key", key, "--note", acts.replaceAll("\0", "")], { expectExit: null });
    isSafe(taken.stdout + taken.stderr);
  });

  test("in verify, signer, a pull request, the summary of a check and withdraw", async () => {
    expect.hasAssertions();
    const [explain, page] = await Promise.all([
      cli(world.dir, ["proposal", "verify", plain, "--explain"], { expectExit: null }),
      cli(world.dir, ["proposal", "show", plain]),
    ]);
    isSafe(explain.stdout + explain.stderr, "set -eu");
    isSafe(page.stdout + page.stderr);
    for (const id of [hand, plain]) isSafe(verifiedLines(await verifyProposal({ cwd: world.dir, env: {}, proposal: id })).join("\n"));
    isSafe(signerRows((await listSigners({ cwd: world.dir, env: {} })).signers).join("\n"), "ada@example.org");

    const authority = await loadAuthority(world.dir, {});
    for (const id of [hand, plain]) {
      const proposal = await findProposal(authority.repository, id);
      const approvals = await proposalApprovals(authority, world.stateDir, proposal);
      const [carried] = [...approvals.reports].map(([digest, report]) => ({ digest, report }));
      isSafe(pullRequestBody({ proposal, approvals, gates: carried, target: `refs/heads/${acts}` }));
      isSafe(pullRequestTitle(proposal));
    }
    const report = {
      tool: "agentctl ci check",
      version: acts,
      checks: [{ name: acts, findings: [{ rule: acts, level: "error" as const, message: acts, file: acts }] }],
    };
    isSafe(reportMarkdown(report));
    isSafe(commentBody(report));

    const gone = await cli(world.dir, ["proposal", "withdraw", plain, "--reason", acts]);
    isSafe(gone.stdout + gone.stderr, /^withdrawn /);
    const all = await cli(world.dir, ["proposal", "--all"]);
    isSafe(all.stdout + all.stderr);
  });

  test("in improve, which reads what failed programs printed", async () => {
    expect.hasAssertions();
    const improving = improveWorld("");
    await improving.fails("r-aaaaaaaaaa", { stderr: `Traceback (most recent call last):\nKeyError: '${acts}'\n` });
    const result = await improve({
      cwd: improving.dir,
      env: {},
      since: "2000-01-01T00:00:00.000Z",
      limit: 1,
      agent: "code",
      dryRun: true,
      watch: () => ({ watch: {}, shown: { close: async () => undefined } }),
    });
    const { analysis, questions = [], opportunities = [], since = "", until = "" } = result;
    // Numbers in a cause are written as #.
    if (analysis !== undefined) isSafe(analysisLines({ since, until, questions, opportunities, analysis }).join("\n"), "«U#B»");
    isSafe(analysis?.text ?? "");
  });
});
