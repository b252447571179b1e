import { describe, expect, test } from "vitest";
import type { Review } from "../../src/forge/pull-request.ts";
import { reviewVotes, type ReviewFacts } from "../../src/operations/review-votes.ts";
import type { ProposalNeeds } from "../../src/operations/proposal-needs.ts";
import type { Decision } from "../../src/policy/request.ts";
import type { Signer } from "../../src/policy/signers.ts";
import type { Proposal } from "../../src/proposal/proposal.ts";

const head = "a".repeat(40);
const signer = (principal: string, github: string, more: Partial<Signer> = {}): Signer => ({
  principal,
  github,
  namespaces: ["agentctl-approval-v1"],
  keyType: "ssh-ed25519",
  key: "AAAA",
  fingerprint: `SHA256:${principal}`,
  line: 1,
  ...more,
});
const decision = (more: Partial<Decision> = {}): Decision => ({ effect: "approve", reviewMayCount: true, ...more }) as Decision;
const needs = (more: Partial<ProposalNeeds> = {}): ProposalNeeds => ({
  risk: { kinds: ["memory"], class: "W", effect: "approve", why: [] },
  needed: { effect: "approve", class: "W", modelMayCount: false },
  decisions: [decision()],
  why: [],
  ...more,
});
const facts = (more: Partial<ReviewFacts> = {}): ReviewFacts => ({
  proposal: { id: "p-7k2mq0x4w9", head, base: "b".repeat(40), tree: "c".repeat(40) } as Proposal,
  needs: needs(),
  signers: [signer("ada@example.org", "ada"), signer("bob@example.org", "bob-b")],
  author: "pusher",
  agents: ["quant"],
  signedOnly: false,
  statement: {
    repository: "d".repeat(40),
    target: "refs/heads/main",
    policy: { commit: "e".repeat(40), version: 1 },
    gates: "f".repeat(64),
    nowMs: 1_800_000_000_000,
    ttlMs: 1000,
  },
  ...more,
});
let ids = 0;
const review = (who: string, state: Review["state"] = "APPROVED", more: Partial<Review> = {}): Review => ({
  id: (ids += 1),
  who,
  isPerson: true,
  state,
  commit: head,
  submitted: "2026-11-28T10:00:00Z",
  ...more,
});
const said = (reviews: readonly Review[], more: Partial<ReviewFacts> = {}): string[] =>
  reviewVotes(reviews, facts(more)).map(({ who, vote, counts, why }) => `${who} ${vote} ${counts ? "counts" : (why ?? "")}`);

describe("reviews of a pull request", () => {
  test("count where policy lets them, at exactly the head", () => {
    expect(said([review("Ada")])).toEqual(["ada@example.org approve counts"]);
    expect(said([review("ada", "APPROVED", { commit: "9".repeat(40) })])).toEqual([
      `ada@example.org approve the review is of ${"9".repeat(10)}, the branch is at ${"a".repeat(10)}`,
    ]);
  });

  test.each<[string, Review[], string[]]>([
    ["of a stranger", [review("mallory")], []],
    ["of an app with a signer's name", [review("ada", "APPROVED", { isPerson: false })], []],
    ["of nobody", [review("")], []],
    ["a remark takes no approval away", [review("ada"), review("ada", "COMMENTED")], ["ada@example.org approve counts"]],
    ["one that was dismissed", [review("ada", "DISMISSED")], []],
    ["a dismissal after another", [review("ada"), review("ada", "DISMISSED")], []],
    ["the last word is a no", [review("ada"), review("ada", "CHANGES_REQUESTED")], ["ada@example.org reject counts"]],
    ["the last word is a yes", [review("ada", "CHANGES_REQUESTED"), review("ada")], ["ada@example.org approve counts"]],
    ["two people", [review("ada"), review("bob-b", "CHANGES_REQUESTED")], ["ada@example.org approve counts", "bob@example.org reject counts"]],
  ])("%s", (_what, reviews, expected) => expect(said(reviews)).toEqual(expected));

  test.each<[string, Partial<ReviewFacts>, string]>([
    ["two keys", { needs: needs({ needed: { effect: "two-key", class: "W", modelMayCount: false } }) }, "takes signed ones"],
    ["a credential", { needs: needs({ needed: { effect: "approve", class: "C", modelMayCount: false } }) }, "takes signed ones"],
    ["an order", { needs: needs({ needed: { effect: "approve", class: "T", modelMayCount: false } }) }, "takes signed ones"],
    ["what is denied", { needs: needs({ needed: undefined }) }, "nobody can agree"],
    [
      "what policy allows without a word on reviews",
      { needs: needs({ decisions: [decision({ effect: "allow", reviewMayCount: undefined })] }) },
      "reviewMayCount",
    ],
    ["one path of two that says nothing of reviews", { needs: needs({ decisions: [decision(), decision({ reviewMayCount: undefined })] }) }, "reviewMayCount"],
    ["signed answers only", { signedOnly: true }, "wants every answer signed"],
    ["the one who opened the pull request", { author: "ADA" }, "one's own approval does not count"],
    ["an agent with a line among the signers", { agents: ["Ada@example.org"] }, "is an agent: only people's approvals count"],
    ["no gates", { statement: { ...facts().statement, gates: null } }, "the gates were not asked"],
  ])("not for %s", (_what, more, why) => expect(said([review("ada")], more)[0]).toContain(why));

  test("lacks nothing but the gates only where it would count otherwise, and they have not failed", () => {
    const ungated = { ...facts().statement, gates: null };
    const lacks = (more: Partial<ReviewFacts> = {}, state: Review["state"] = "APPROVED", of = head) =>
      reviewVotes([review("ada", state, { commit: of })], facts({ statement: ungated, ...more })).map((vote) => [vote.counts, vote.lacks]);
    expect(lacks()).toEqual([[false, "gates"]]);
    expect(lacks({ statement: facts().statement })).toEqual([[true, undefined]]);
    expect(lacks({ gatesFailed: "the gate tests failed" })).toEqual([[false, undefined]]);
    expect(lacks({ author: "ada" })).toEqual([[false, undefined]]);
    expect(lacks({ signedOnly: true })).toEqual([[false, undefined]]);
    expect(lacks({}, "APPROVED", "9".repeat(40))).toEqual([[false, undefined]]);
    expect(lacks({}, "CHANGES_REQUESTED")).toEqual([[true, undefined]]);
    expect(said([review("ada")], { statement: ungated, gatesFailed: "the gate tests failed" })).toEqual(["ada@example.org approve the gate tests failed"]);
  });

  test("not of a key that has expired, or that is not for approvals", () => {
    expect(said([review("ada")], { signers: [signer("ada@example.org", "ada", { validUntilMs: 1 })] })).toEqual([]);
    expect(said([review("ada")], { signers: [signer("ada@example.org", "ada", { namespaces: ["git"] })] })).toEqual([]);
  });
});
