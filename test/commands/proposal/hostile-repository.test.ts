import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { approvalsRef } from "../../../src/operations/approval-ref.ts";
import { ciVerify } from "../../../src/operations/ci-verify.ts";
import { fetchProposals } from "../../../src/operations/fetch-proposals.ts";
import { gateProposal } from "../../../src/operations/gate-proposal.ts";
import { landProposal } from "../../../src/operations/land-proposal.ts";
import { listProposals } from "../../../src/operations/list-proposals.ts";
import { listSigners } from "../../../src/operations/list-signers.ts";
import { proposeChange, type ProposeAsked } from "../../../src/operations/propose-change.ts";
import { pushProposal } from "../../../src/operations/push-proposal.ts";
import { refreshProposal } from "../../../src/operations/refresh-proposal.ts";
import { rollbackProposal } from "../../../src/operations/rollback-proposal.ts";
import { showProposal } from "../../../src/operations/show-proposal.ts";
import { verifyProposal } from "../../../src/operations/verify-proposal.ts";
import { voteProposal } from "../../../src/operations/vote-proposal.ts";
import { withdrawProposal } from "../../../src/operations/withdraw-proposal.ts";
import { findProposal, proposalRef } from "../../../src/operations/find-proposal.ts";
import { openRepository } from "../../../src/git/repository.ts";
import { findWorkspace } from "../../../src/workspace/find.ts";
import { signerLine, sshKey } from "../../support/approvals.ts";
import { cli } from "../../support/cli.ts";
import { proposalWorld, type ProposalWorld } from "../../support/proposals.ts";
import { folder } from "../../support/workspace.ts";

const ada = "ada@example.org";
const bob = "bob@example.org";

describe("names that are none", () => {
  let world: ProposalWorld;
  let id: string;
  beforeAll(async () => {
    world = proposalWorld();
    ({ id } = await world.propose());
  });

  const names = (): string[] => [
    "--upload-pack=x",
    "-x",
    "$(touch M)",
    "`touch M`",
    ";touch M",
    "HEAD",
    "p-../x",
    "p-x.lock",
    "p-A",
    "p-\u0430",
    "refs/heads/main",
    `refs/heads/agentctl/${id}`,
    `${id}^{tree}`,
    `${id}\n`,
    `${id}\0`,
    "",
    `p-${"a".repeat(10_000)}`,
  ];
  const trace = (): unknown => [world.git("for-each-ref"), readdirSync(join(world.stateDir, "journal")).length, existsSync(join(world.dir, "M"))];

  test("name no proposal, no run, no remote and no commit: each is refused, and nothing is written", async () => {
    const before = trace();
    const repository = openRepository(findWorkspace(world.dir, {}));
    for (const name of names()) {
      await expect(findProposal(repository, name), name.slice(0, 40)).rejects.toMatchObject({ exit: "usage" });
      expect(() => proposalRef(name), name.slice(0, 40)).toThrow("is no id of a proposal");
      expect(() => approvalsRef(name), name.slice(0, 40)).toThrow("is no id of a proposal");
    }
    // Each verb asks the same; so one name is enough to see that it asks.
    for (const name of ["--upload-pack=x"]) {
      const asked = { cwd: world.dir, env: {}, proposal: name };
      const tried = {
        show: showProposal(asked),
        verify: verifyProposal(asked),
        gate: gateProposal(asked),
        approve: voteProposal({ ...asked, vote: "approve", note: "", key: world.keys[ada]?.path }),
        reject: voteProposal({ ...asked, vote: "reject", note: "" }),
        withdraw: withdrawProposal({ ...asked, reason: "x" }),
        refresh: refreshProposal(asked),
        push: pushProposal({ ...asked, remote: "origin" }),
        fetch: fetchProposals({ ...asked, remote: "origin" }),
        land: landProposal(asked),
        rollback: rollbackProposal({ ...asked, reason: "x" }),
        remote: fetchProposals({ cwd: world.dir, env: {}, remote: name }),
        run: proposeChange(wanted(world, { kind: "run", run: name })),
        at: proposeChange(wanted(world, { kind: "folder", folder: "policies", at: `../${name}` })),
        head: ciVerify({ cwd: world.dir, env: {}, head: name }),
      };
      const kept = await Promise.allSettled(Object.values(tried));
      const odd = Object.keys(tried).flatMap((verb, index) => {
        const end = kept[index];
        const exit = end?.status === "rejected" ? ((end.reason as { exit?: unknown }).exit ?? String(end.reason)) : "it was taken";
        return exit === "usage" ? [] : [`${verb} ${name.slice(0, 40)}: ${String(exit)}`];
      });
      expect(odd).toEqual([]);
    }
    expect(trace()).toEqual(before);
  });

  test("are words of a usage error at the door, and run nothing", async () => {
    const before = trace();
    const typed = [
      ["show", "--", "--upload-pack=x"],
      ["land", "--", "-x"],
      ["approve", "$(touch M)", "--yes"],
      ["fetch", "--remote", "--upload-pack=touch M"],
    ];
    const answers = await Promise.all(typed.map((words) => cli(world.dir, ["proposal", ...words], { expectExit: 2 })));
    expect(answers.map(({ stderr }) => stderr.startsWith("error  "))).toEqual(typed.map(() => true));
    expect(trace()).toEqual(before);
  });
});

function wanted({ dir }: ProposalWorld, source: ProposeAsked["source"], title = "From outside"): ProposeAsked {
  return { cwd: dir, env: {}, source, title, rationale: "It was asked for.", evidence: [], remove: [], triggeredBy: undefined, dryRun: false };
}

/** Everything by which a clone can name a program, at once, in configuration that is included. The hooks of a hub are the hub's, and guard it. */
function armed(world: ProposalWorld, hub: string, program: string): void {
  const { dir, git } = world;
  const more = [
    `[core]\n\tfsmonitor = ${program}\n\tsshCommand = ${program}\n\tpager = ${program}\n\teditor = ${program}\n\taskPass = ${program}\n\talternateRefsCommand = ${program}\n\thooksPath = ${dir}/hooks`,
    `[filter "evil"]\n\tclean = ${program}\n\tsmudge = ${program}\n\tprocess = ${program}\n\trequired = true`,
    `[diff]\n\texternal = ${program}\n[diff "evil"]\n\ttextconv = ${program}\n\tcommand = ${program}`,
    `[merge "evil"]\n\tdriver = ${program}\n[merge]\n\tdefault = evil`,
    `[gpg]\n\tprogram = ${program}\n\tformat = ssh\n[gpg "ssh"]\n\tprogram = ${program}\n\tdefaultKeyCommand = ${program}\n[commit]\n\tgpgSign = true\n[push]\n\tgpgSign = if-asked\n[tag]\n\tgpgSign = true`,
    `[credential]\n\thelper = !${program}\n[sequence]\n\teditor = ${program}\n[interactive]\n\tdiffFilter = ${program}\n[uploadpack]\n\tpackObjectsHook = ${program}`,
    `[alias]\n${["cat-file", "update-ref", "rev-parse", "commit-tree", "ls-tree", "push", "fetch"].map((name) => `\t${name} = !${program}`).join("\n")}`,
    `[remote "origin"]\n\turl = ${hub}\n\tuploadpack = ${program}\n\treceivepack = ${program}\n\tfetch = +refs/*:refs/*\n\tvcs = evil`,
    `[url "ext::${program} "]\n\tinsteadOf = https://\n[protocol "ext"]\n\tallow = always\n[protocol]\n\tallow = always`,
  ];
  writeFileSync(join(dir, ".git", "more"), `${more.join("\n")}\n`);
  const hooks = [
    "pre-commit",
    "commit-msg",
    "prepare-commit-msg",
    "post-commit",
    "pre-merge-commit",
    "post-merge",
    "post-checkout",
    "pre-push",
    "post-index-change",
  ];
  for (const at of [join(dir, "hooks"), join(dir, ".git", "hooks")]) {
    mkdirSync(at, { recursive: true });
    for (const hook of [...hooks, "reference-transaction", "pre-receive", "update", "post-receive", "post-update", "fsmonitor-watchman"])
      writeFileSync(join(at, hook), `#!/bin/sh\n${program}\nexit 0\n`, { mode: 0o755 });
  }
  mkdirSync(join(dir, ".git", "info"), { recursive: true });
  writeFileSync(join(dir, ".git", "info", "attributes"), "* filter=evil diff=evil merge=evil\n");
  world.write({ ".gitattributes": "* filter=evil diff=evil merge=evil ident\n" });
  // A bare repository in the tree, with a configuration of its own.
  world.write({
    "docs/HEAD": "ref: refs/heads/main\n",
    "docs/config": `[core]\n\tbare = true\n\tfsmonitor = ${program}\n`,
    "docs/objects/.keep": "",
    "docs/refs/.keep": "",
  });
  git("config", "include.path", "more");
}

test("in a repository where everything names a program a change is proposed, approved, exchanged, landed and taken back, and none of them runs", async () => {
  const world = proposalWorld();
  const { dir, stateDir, git, keys } = world;
  const hub = folder();
  git("init", "-q", "--bare", "-b", "main", hub);
  git("push", "-q", hub, "main");
  world.write({ "docs/start.md": "# Start\n" });
  world.commit("a start");
  const marker = join(folder(), "marker");
  const program = join(folder(), "program");
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${marker}\nexit 1\n`, { mode: 0o755 });
  chmodSync(program, 0o755);
  armed(world, hub, program);

  // Plain git falls for it: so the fixture is live.
  for (const everyday of [["status"], ["diff"], ["update-ref", "refs/heads/other", "HEAD"]]) {
    try {
      git(...everyday);
    } catch {
      // Some of them are refused by the program that they ran.
    }
    expect(existsSync(marker), everyday.join(" ")).toBe(true);
    rmSync(marker);
  }

  // Other signers and another head, by replace refs and grafts.
  const mallory = sshKey();
  const repository = openRepository(findWorkspace(dir, {}));
  const forged = await repository.writeBlob(signerLine("mallory@example.org", mallory));
  await repository.updateRef(`refs/replace/${await oidOf("main:policies/signers")}`, forged, undefined);
  async function oidOf(revision: string): Promise<string> {
    const [commit, path] = revision.split(":");
    const at = (await repository.resolve(commit ?? "")) ?? "";
    return (await repository.listTree(at)).find((entry) => entry.path === path)?.oid ?? "";
  }

  const source = folder();
  writeFileSync(join(source, "note.md"), "# Note\n");
  const here = { cwd: dir, env: {} };
  const [made] = await proposeChange(wanted(world, { kind: "folder", folder: source, at: "docs" }));
  const patch = [
    "diff --git a/docs/more.md b/docs/more.md",
    "new file mode 100644",
    "--- /dev/null",
    "+++ b/docs/more.md",
    "@@ -0,0 +1 @@",
    "+# More",
    "",
  ].join("\n");
  const [other] = await proposeChange(wanted(world, { kind: "patch", patch: Buffer.from(patch) }, "By patch"));
  const id = made?.proposal ?? "";
  const second = other?.proposal ?? "";
  const proposal = await findProposal(repository, id);
  await repository.updateRef(`refs/replace/${proposal.head}`, proposal.base, undefined);
  writeFileSync(join(dir, ".git", "info", "grafts"), `${proposal.head}\n`);
  const isUntouched = (step: string): void => expect(existsSync(marker), step).toBe(false);
  isUntouched("propose");

  expect((await listSigners(here)).signers.map(({ name }) => name)).toEqual([ada, bob]);
  expect((await listProposals({ ...here, all: false })).proposals.map((each) => each.proposal).toSorted()).toEqual([id, second].toSorted());
  expect((await showProposal({ ...here, proposal: id })).changes).toMatchObject([{ path: "docs/note.md", diff: { added: 1 } }]);
  isUntouched("list, show");

  await world.putReport(proposal);
  const vote = { ...here, proposal: id, vote: "approve" as const, note: "" };
  await expect(voteProposal({ ...vote, key: mallory.path })).rejects.toMatchObject({ exit: "unauthenticated" });
  expect(await voteProposal({ ...vote, key: keys[bob]?.path })).toMatchObject({ state: "approved", who: bob });
  expect(await verifyProposal({ ...here, proposal: id })).toMatchObject({ verdict: "holds" });
  isUntouched("approve, verify");

  await pushProposal({ ...here, proposal: id, remote: hub });
  await repository.updateRef(proposal.ref, undefined, proposal.head);
  expect(await fetchProposals({ ...here, remote: hub })).toMatchObject({ proposals: [{ proposal: id, branch: "new" }], refused: [] });
  // A remote that is a program: it is refused or not reached, and it does not run.
  await expect(fetchProposals({ ...here, remote: "https://example.invalid/x" })).rejects.toMatchObject({ code: expect.stringMatching(/^git\//) as string });
  isUntouched("push, fetch");

  const landed = await landProposal({ ...here, proposal: id });
  expect(landed).toMatchObject({ outcome: "landed" });
  isUntouched("land");
  expect(await refreshProposal({ ...here, proposal: second })).toMatchObject({ proposal: second });
  isUntouched("refresh");
  expect(await rollbackProposal({ ...here, proposal: id, reason: "a drill" })).toMatchObject({ reverts: id, files: ["docs/note.md"] });
  expect(await withdrawProposal({ ...here, proposal: second, reason: "a drill" })).toMatchObject({ proposal: second });
  expect(await verifyProposal({ ...here, proposal: id })).toMatchObject({ verdict: "holds" });
  isUntouched("rollback, withdraw");
  expect(stateDir).toContain(dir);
});
