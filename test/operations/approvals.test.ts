import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { giveGrant } from "../../src/ledger/grants.ts";
import { setHalt } from "../../src/ledger/halt.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { askForApproval, takeApproval, voteAsModel } from "../../src/operations/ask-approval.ts";
import { decideApproval, type AnswerGiven } from "../../src/operations/decide-approval.ts";
import { standingGrants } from "../../src/operations/find-grant.ts";
import { listApprovals } from "../../src/operations/list-approvals.ts";
import { showApproval, statementOf } from "../../src/operations/show-approval.ts";
import { actionDigest } from "../../src/policy/approval.ts";
import { askedIn, decided, order, question, runIn, signerLine, signText, sshKey, toHost, type TestKey } from "../support/approvals.ts";
import { recordsOf, skillWorkspace } from "../support/skills.ts";
import type { TestWorkspace } from "../support/workspace.ts";

const keys: Record<string, TestKey> = {};
const key = (name: string): TestKey => (keys[name] ??= sshKey());
const both = (): string => signerLine("ada@example.org", key("ada")) + signerLine("bob", key("bob"));
const placeWith = (signers = both(), more: Record<string, string> = {}): TestWorkspace => skillWorkspace({ "policies/signers": signers, ...more });
const asked = (place: TestWorkspace, approval: string) => ({ cwd: place.dir, env: {}, approval });
const approve = (place: TestWorkspace, approval: string, more: Partial<AnswerGiven> = {}) =>
  decideApproval({ ...asked(place, approval), vote: "approve", note: "", ...more });
const ledgerOf = (place: TestWorkspace) => openLedger(join(place.dir, ".git", "agentctl"));

let place: TestWorkspace;
beforeAll(() => {
  place = placeWith();
});

describe("an agent asks", () => {
  test("once, on record, and takes the answer once", async () => {
    const about = question([decided("allow", { action: "tool.call", tool: "web_fetch" }), toHost]);
    const first = await askedIn(place, about);
    expect(first).toMatchObject({ state: "open", by: [], note: "" });
    const { root, approval } = first;
    await runIn(place, async (open) => {
      // The next part of the same objective asks again.
      expect(await askForApproval(open, { ...about, root })).toMatchObject({ approval, state: "open" });
      expect(await takeApproval(open, approval, { ...about, root })).toMatchObject({ state: "open" });
      expect(listApprovals({ cwd: place.dir, env: {}, all: false }).map((each) => [each.approval, each.what, each.needs])).toContainEqual([
        approval,
        "web_fetch · net.connect data.example.org:443",
        "a person",
      ]);
    });
    const answered = await approve(place, approval, { note: "this once" });
    expect(answered).toMatchObject({ state: "approved", how: "unsigned", run: root, grants: [] });
    await runIn(place, async (open) => {
      await expect(takeApproval(open, approval, { ...about, root, args: { url: "https://data.example.org/y" } })).rejects.toMatchObject({
        code: "ledger/other-action",
      });
      await expect(takeApproval(open, approval, { ...about, root: open.run })).rejects.toMatchObject({ code: "ledger/other-action" });
      expect(await takeApproval(open, approval, { ...about, root })).toMatchObject({ state: "approved", note: "this once" });
      await expect(takeApproval(open, approval, { ...about, root })).rejects.toMatchObject({ code: "ledger/approval-used" });
    });
    const kinds = recordsOf(place.dir).flatMap((run) =>
      run.filter(({ data, kind }) => kind.startsWith("approval.") && data["approval"] === approval).map((record) => [record.kind, record.data]),
    );
    expect(kinds.map(([kind]) => kind)).toEqual(["approval.asked", "approval.voted", "approval.used"]);
    expect(kinds[0]?.[1]).toMatchObject({ key: "s1.2.1", kind: "action", effect: "approve" });
    expect(kinds[1]?.[1]).toMatchObject({ run: root, how: "unsigned", vote: "approve", state: "approved", note: "this once" });
    expect(kinds[2]?.[1]).toMatchObject({ key: "s1.2.1", state: "approved", note: "this once" });
  });

  test("the digest is of exactly what is done, and secrets are shown to nobody", async () => {
    const about = question([toHost], { args: { url: "https://data.example.org/", token: "ghp_0123456789abcdefghijABCDEFGHIJ012345" } });
    const stateless = skillWorkspace({});
    const { approval, root } = await runIn(stateless, async (open) => {
      const masking = { ...open, mask: <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(/ghp_\w+/g, "«masked»")) as T };
      return { root: open.run, ...(await askForApproval(masking, { ...about, root: open.run })) };
    });
    const shown = await showApproval(asked(stateless, approval));
    expect(shown.action).toMatchObject({ masked: true, args: { token: "«masked»" } });
    expect(shown.digest).toBe(actionDigest({ ...about, root, requests: [toHost.request], needs: { effect: "approve", modelMayCount: false } }));
  });

  test("what was changed in the ledger is not shown as what was asked", async () => {
    const { approval } = await askedIn(place, question([toHost], { key: "s9.1.1" }));
    const ledger = ledgerOf(place);
    ledger.db.prepare("UPDATE approvals SET what = replace(what, 'data.example.org', 'evil.example.org') WHERE approval = ?").run(approval);
    await expect(showApproval(asked(place, approval))).rejects.toMatchObject({ code: "approval/changed", exit: "verification" });
    await expect(approve(place, approval)).rejects.toMatchObject({ code: "approval/changed" });
  });

  test("nobody is asked about a denial", async () => {
    await expect(askedIn(place, question([decided("deny", { action: "credential.use", class: "C" })]))).rejects.toMatchObject({
      code: "approval/denied",
      exit: "denied",
    });
  });

  test("what policy denies by now cannot be approved, but can be denied", async () => {
    const { approval } = await askedIn(
      place,
      question([decided("approve", { action: "net.connect", host: "data.example.org", actor: { kind: "agent", name: "quant", level: 2 } })], { key: "s8" }),
    );
    expect((await showApproval(asked(place, approval))).today).toBe("deny");
    await expect(approve(place, approval)).rejects.toMatchObject({ code: "approval/denied", exit: "denied" });
    expect(await decideApproval({ ...asked(place, approval), vote: "deny", note: "" })).toMatchObject({ state: "denied" });
  });

  test("what one person approved is not enough once policy wants two", async () => {
    const mild = question([toHost], { key: "s4" });
    const { approval, root } = await askedIn(place, mild);
    await approve(place, approval);
    const strict = question([{ ...toHost, effect: "two-key" }], { key: "s4" });
    await runIn(place, async (open) => {
      await expect(takeApproval(open, approval, { ...strict, root })).rejects.toMatchObject({ code: "ledger/other-action" });
      const anew = await askForApproval(open, { ...strict, root });
      expect(anew).toMatchObject({ state: "open" });
      expect(anew.approval).not.toBe(approval);
      expect(await takeApproval(open, approval, { ...mild, root })).toMatchObject({ state: "expired" });
      await expect(takeApproval(open, approval, { ...question([{ ...toHost, effect: "deny" }], { key: "s4" }), root })).rejects.toMatchObject({
        code: "approval/denied",
      });
    });
  });

  test("a question takes its answer as the note", async () => {
    const { approval, root } = await askedIn(place, {
      key: "s7",
      kind: "question",
      agent: "quant",
      decisions: [],
      tool: "ask_person",
      question: "which market?",
    });
    await expect(approve(place, approval)).rejects.toMatchObject({ code: "approval/note", exit: "usage" });
    await approve(place, approval, { note: " SP500 " });
    const about = { root, key: "s7", kind: "question" as const, agent: "quant", decisions: [], tool: "ask_person", question: "which market?" };
    expect(await runIn(place, (open) => takeApproval(open, approval, about))).toMatchObject({ state: "approved", note: "SP500" });
  });

  test("text that no record can hold is asked about as the record has it", async () => {
    const { state } = await askedIn(place, question([toHost], { key: "s6", args: { text: "a\ud800b" } }));
    expect(state).toBe("open");
    await expect(askedIn(place, question([toHost], { args: { text: "x".repeat(1_100_000) } }))).rejects.toMatchObject({ code: "approval/too-large" });
  });

  test("after its time the answer is no", async () => {
    const { approval, root } = await askedIn(place, question([toHost], { key: "s5", ttlMs: 1 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(approve(place, approval)).rejects.toMatchObject({ code: "approval/closed", message: expect.stringContaining("past its time") });
    expect(await runIn(place, (open) => takeApproval(open, approval, { ...question([toHost], { key: "s5" }), root }))).toMatchObject({ state: "expired" });
  });

  test("while work is halted nobody votes", async () => {
    const halted = placeWith();
    const { approval } = await askedIn(halted, question([toHost]));
    setHalt(join(halted.dir, ".git", "agentctl"), { by: "ada", reason: "odd", atMs: 0 });
    await expect(approve(halted, approval)).rejects.toMatchObject({ code: "ledger/halted", exit: "halted" });
  });
});

describe("two keys", () => {
  test("of two people, on two machines, over one text; the record holds what they signed", async () => {
    const { approval, root } = await askedIn(place, question([order], { key: "t1" }));
    await expect(approve(place, approval)).rejects.toMatchObject({ code: "approval/unsigned", exit: "unauthenticated" });
    expect(await approve(place, approval, { key: key("ada").path })).toMatchObject({
      state: "open",
      who: "ada@example.org",
      how: "signed",
      needs: "another person with a key",
    });
    await expect(approve(place, approval, { key: key("ada").path })).rejects.toMatchObject({ code: "approval/twice", exit: "denied" });
    const statement = await statementOf({ ...asked(place, approval), vote: "approve", note: "seen" });
    expect(JSON.parse(statement)).toMatchObject({
      type: "agentctl-approval-v1",
      repository: place.git("rev-list", "--max-parents=0", "HEAD"),
      approval,
      class: "T",
      effect: "two-key",
      run: root,
      vote: "approve",
      note: "seen",
      head: { run: root, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    });
    const signature = signText(statement, key("bob"));
    await expect(approve(place, approval, { signature, note: "other words" })).rejects.toMatchObject({ code: "approval/bad-signature", exit: "verification" });
    expect(await approve(place, approval, { signature, note: "seen" })).toMatchObject({ state: "approved", who: "bob" });
    const voted = recordsOf(place.dir).flatMap((run) => run.filter(({ kind, data }) => kind === "approval.voted" && data["who"] === "bob"));
    expect(voted.map(({ data }) => [data["statement"], data["signature"]])).toEqual([[statement, signature]]);
  });

  test.each<[string, (statement: string, approval: string) => { signature: string; signers?: string }, string]>([
    ["a signature for another purpose", (statement) => ({ signature: signText(statement, key("ada"), "git") }), "approval/bad-signature"],
    ["a signature over another vote", (statement) => ({ signature: signText(statement.replace('"approve"', '"deny"'), key("ada")) }), "approval/bad-signature"],
    [
      "a signature over another action",
      (statement) => ({ signature: signText(statement.replace(/"action":"../, '"action":"00'), key("ada")) }),
      "approval/bad-signature",
    ],
    ["no signature", () => ({ signature: "yes" }), "approval/bad-signature"],
    ["a stranger", (statement) => ({ signature: signText(statement, key("eve")) }), "approval/unknown-signer"],
    [
      "a signer whose time is over",
      (statement) => ({
        signature: signText(statement, key("ada")),
        signers: signerLine("ada", key("ada"), 'namespaces="agentctl-approval-v1",valid-before="20260101Z"'),
      }),
      "approval/unknown-signer",
    ],
    [
      "a signer whose time has not come",
      (statement) => ({
        signature: signText(statement, key("ada")),
        signers: signerLine("ada", key("ada"), 'namespaces="agentctl-approval-v1",valid-after="29990101Z"'),
      }),
      "approval/unknown-signer",
    ],
    [
      "a signer for other purposes",
      (statement) => ({ signature: signText(statement, key("ada")), signers: signerLine("ada", key("ada"), 'namespaces="agentctl-checkpoint-v1"') }),
      "approval/unknown-signer",
    ],
    [
      "a signer in a file that is refused",
      (statement) => ({ signature: signText(statement, key("ada")), signers: `${signerLine("ada", key("ada"))}*@example.org ${key("bob").publicKey}\n` }),
      "approval/bad-signers",
    ],
  ])("%s counts for nothing", async (_what, forge, code) => {
    const own = placeWith();
    const { approval } = await askedIn(own, question([order]));
    const { signature, signers } = forge(await statementOf({ ...asked(own, approval), vote: "approve", note: "" }), approval);
    if (signers !== undefined) {
      own.write({ "policies/signers": signers });
      own.commit();
    }
    await expect(approve(own, approval, { signature })).rejects.toMatchObject({ code });
    expect((await showApproval(asked(own, approval))).votes).toEqual([]);
  });

  test("a signature of one approval is none of the next one about the same call", async () => {
    const own = placeWith();
    const about = question([order]);
    const { approval, root } = await askedIn(own, about);
    const signature = signText(await statementOf({ ...asked(own, approval), vote: "approve", note: "" }), key("ada"));
    await approve(own, approval, { signature });
    await approve(own, approval, { key: key("bob").path });
    const again = await runIn(own, async (open) => {
      await takeApproval(open, approval, { ...about, root });
      return askForApproval(open, { ...about, root });
    });
    expect(again).toMatchObject({ state: "open" });
    expect(again.approval).not.toBe(approval);
    await expect(approve(own, again.approval, { signature })).rejects.toMatchObject({ code: "approval/bad-signature" });
  });

  test("signers on another branch or in the working tree have no say", async () => {
    const own = placeWith(signerLine("ada@example.org", key("ada")));
    const { approval } = await askedIn(own, question([order]));
    const enlarged = { "policies/signers": both() };
    own.write(enlarged);
    await expect(approve(own, approval, { key: key("bob").path })).rejects.toMatchObject({ code: "approval/unknown-signer" });
    own.git("checkout", "-q", "-b", "mine");
    own.commit();
    await expect(approve(own, approval, { key: key("bob").path })).rejects.toMatchObject({
      code: "approval/unknown-signer",
      hint: expect.stringContaining("policies/signers"),
    });
    own.git("checkout", "-q", "main");
    own.git("merge", "-q", "--ff-only", "mine");
    expect(await approve(own, approval, { key: key("bob").path })).toMatchObject({ who: "bob", state: "open" });
  });

  test("a key that gets another name between two votes is still one key", async () => {
    const own = placeWith(signerLine("ada", key("ada")));
    const { approval } = await askedIn(own, question([order]));
    await approve(own, approval, { key: key("ada").path });
    own.write({ "policies/signers": signerLine("somebody", key("ada")) });
    own.commit();
    await expect(approve(own, approval, { key: key("ada").path })).rejects.toMatchObject({ code: "approval/twice" });
  });

  test("the agent's own name counts for nothing, whoever holds its key", async () => {
    const own = placeWith(signerLine("quant", key("ada")));
    const { approval } = await askedIn(own, question([order]));
    await expect(approve(own, approval, { key: key("ada").path })).rejects.toMatchObject({ code: "approval/counts-not" });
  });

  test("a policy may want every answer signed; a no never needs a key", async () => {
    const strict = {
      "policies/approvals/policy.yaml": "name: approvals\ndescription: d\napprovals: { signed: required }\n",
      "policies/approvals/cases.yaml": "- { name: any, request: { action: query.run }, effect: allow }\n",
    };
    const own = placeWith(both(), strict);
    const first = await askedIn(own, question([toHost]));
    await expect(approve(own, first.approval)).rejects.toMatchObject({
      code: "approval/unsigned",
      message: expect.stringContaining("policy wants every answer signed"),
    });
    expect(await approve(own, first.approval, { key: key("ada").path })).toMatchObject({ state: "approved" });
    const second = await askedIn(own, question([toHost]));
    expect(await decideApproval({ ...asked(own, second.approval), vote: "deny", note: "" })).toMatchObject({ state: "denied", how: "unsigned" });
  });
});

describe("a model's vote", () => {
  const write = decided("two-key", { action: "file.write", class: "W", path: "scratch/a.md", actor: { kind: "agent", name: "quant", level: 3 } });
  const may = { ...write, modelMayCount: true as const };

  test("stands beside one person's where policy lets it", async () => {
    const { approval } = await askedIn(place, question([may], { key: "m1" }));
    const said = await runIn(place, (open) => voteAsModel(open, { approval, model: "local/critic", agent: "critic", accept: true, why: "harmless" }));
    expect(said).toEqual({ accepted: true, state: "open", needs: "a person with a key" });
    expect(await approve(place, approval, { key: key("ada").path })).toMatchObject({ state: "approved" });
  });

  test("counts for nothing where policy does not, for orders, and when the agent judges itself", async () => {
    const vote = async (decision: typeof write, agent: string): Promise<unknown> => {
      const { approval } = await askedIn(place, question([decision], { key: `m-${agent}-${decision.request.class}` }));
      return runIn(place, (open) => voteAsModel(open, { approval, model: "local/critic", agent, accept: true, why: "" }));
    };
    const refused = { accepted: false, why: "counts-not" };
    expect(await vote(write, "critic")).toMatchObject(refused);
    expect(await vote({ ...order, modelMayCount: true as const }, "critic")).toMatchObject(refused);
    expect(await vote(may, "quant")).toMatchObject(refused);
  });

  test("ends it when it is a no", async () => {
    const { approval } = await askedIn(place, question([order], { key: "m9" }));
    await runIn(place, (open) => voteAsModel(open, { approval, model: "local/critic", accept: false, why: "the size is odd" }));
    await expect(approve(place, approval, { key: key("ada").path })).rejects.toMatchObject({
      code: "approval/closed",
      message: expect.stringContaining("is denied"),
    });
  });
});

describe("grants", () => {
  const untilMs = Date.now() + 3_600_000;

  test("are given with an approval, stand in for the next one, and reach no further", async () => {
    const own = placeWith();
    const { approval } = await askedIn(own, question([toHost]));
    await expect(approve(own, approval, { grant: { scope: "path", untilMs } })).rejects.toMatchObject({
      code: "approval/no-such-scope",
      hint: "--scope host or --scope tool",
    });
    await expect(approve(own, approval, { grant: { scope: "host", untilMs: 0 } })).rejects.toMatchObject({ code: "approval/bad-until" });
    const { grants } = await approve(own, approval, { grant: { scope: "host", untilMs } });
    expect(grants).toMatchObject([{ agent: "quant", action: "net.connect", scope: { class: "R", host: "data.example.org", port: 443 }, approval }]);
    const given = recordsOf(own.dir).flatMap((run) => run.filter(({ kind }) => kind === "grant.given"));
    expect(given).toMatchObject([{ data: { grant: grants[0]?.grant, agent: "quant", scope: { host: "data.example.org" }, approval } }]);
    const ledger = ledgerOf(own);
    const call = decided("allow", { action: "tool.call", class: "R", tool: "web_fetch" });
    const standing = (...decisions: (typeof toHost)[]) => standingGrants({ ledger }, "quant", decisions)?.map(({ uses }) => uses);
    expect([standing(call, toHost), standing(toHost)]).toEqual([[1], [2]]);
    expect(standing(toHost, order)).toBeUndefined();
    expect(standing(toHost, decided("approve", { action: "notify.send", class: "N" }))).toBeUndefined();
    expect(standing({ ...toHost, effect: "two-key" })).toBeUndefined();
    expect(standing({ ...toHost, effect: "deny" })).toBeUndefined();
    expect(standing(call)).toBeUndefined();
    expect(standing({ ...toHost, request: { ...toHost.request, host: "other.example.org" } })).toBeUndefined();
    // Refused ones were not counted.
    expect(standing(toHost)).toEqual([3]);
  });

  test("a tool that its agent asks about anyway has one too", async () => {
    const own = placeWith();
    const call = decided("allow", { action: "tool.call", class: "W", tool: "shell" });
    const { approval } = await askedIn(own, question([call], { tool: "shell" }));
    expect((await showApproval(asked(own, approval))).offers).toEqual([
      { scope: "tool", grants: [{ agent: "quant", action: "tool.call", scope: { class: "W", tool: "shell" } }] },
    ]);
    const ledger = ledgerOf(own);
    giveGrant(ledger, { agent: "quant", action: "tool.call", scope: { class: "W", tool: "shell" }, untilMs, by: "ada", note: "", approval, nowMs: Date.now() });
    expect(standingGrants({ ledger }, "quant", [call], true)).toHaveLength(1);
    expect(standingGrants({ ledger }, "quant", [call])).toBeUndefined();
  });

  test("two keys and questions offer none, and a grant's end is part of what is signed", async () => {
    const { approval } = await askedIn(place, question([order], { key: "g1" }));
    expect((await showApproval(asked(place, approval))).offers).toEqual([]);
    await expect(approve(place, approval, { key: key("ada").path, grant: { scope: "tool", untilMs } })).rejects.toMatchObject({
      code: "approval/no-such-scope",
    });
    const one = await askedIn(place, question([toHost], { key: "g2" }));
    const grant = { scope: "host" as const, untilMs };
    const statement = await statementOf({ ...asked(place, one.approval), vote: "approve", note: "", grant });
    const signature = signText(statement, key("ada"));
    expect(JSON.parse(statement)).toMatchObject({ grants: [{ scope: { host: "data.example.org" } }], until: new Date(untilMs).toISOString() });
    await expect(approve(place, one.approval, { signature })).rejects.toMatchObject({ code: "approval/bad-signature" });
    await expect(approve(place, one.approval, { signature, grant: { ...grant, untilMs: untilMs + 1000 } })).rejects.toMatchObject({
      code: "approval/bad-signature",
    });
    expect((await approve(place, one.approval, { signature, grant })).grants).toHaveLength(1);
  });
});
