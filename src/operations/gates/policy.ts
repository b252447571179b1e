import { canonicalJson } from "../../base/canonical-json.ts";
import { isoTime, systemClock } from "../../base/clock.ts";
import { readYaml } from "../../base/document.ts";
import type { Finding } from "../../base/finding.ts";
import { isMapping } from "../../base/mapping.ts";
import type { Repository } from "../../git/repository.ts";
import { compareCases, compareRecorded, type Change, type Recorded } from "../../policy/compare.ts";
import { readPolicies } from "../../policy/read-policies.ts";
import { runCases } from "../../policy/run-cases.ts";
import { readSigners, type Signer } from "../../policy/signers.ts";
import { isWider, wideningOf } from "../../policy/widening.ts";
import { configFile } from "../../workspace/find.ts";
import { recordedSince } from "../recorded-decisions.ts";
import { answer, counted, notNeeded } from "./answer.ts";
import type { Gate } from "./gate.ts";

const days = 30;
const dayMs = 86_400_000;
const listed = 40;

/**
 * What would be decided otherwise: recorded decisions of the last 30 days and the cases of both sides, and what the texts say of who may do more. Widening is no
 * fault, people decide about it, but they see it first. Policies that do not load, whose cases fail, or that deny everything, fail.
 */
export const policy: Gate = {
  name: "policy",
  async judge({ authority: { repository }, proposal, kinds, stateDir }) {
    if (!kinds.some((kind) => ["policy", "configuration", "signer"].includes(kind))) return notNeeded("no policy, signer or configuration");
    const [before, after] = [await repository.readFiles(proposal.base, "policies"), await repository.readFiles(proposal.head, "policies")];
    const [old, now] = [readPolicies(before).set, readPolicies(after).set];
    const findings: Finding[] = [];
    const fail = (message: string, file: string): void => void findings.push({ rule: "gate/policy", level: "error", message, file });
    if (now.broken !== undefined) fail(`the policies do not load, so everything would be denied: ${now.broken.message}`, now.broken.file ?? "policies");
    const failing = now.broken === undefined ? runCases(now).filter((check) => check.findings.some(({ level }) => level === "error")) : [];
    for (const { name, file = "policies" } of failing) fail(`the case ${name} fails`, file);
    const rules = now.policies.flatMap((each) => each.rules);
    if (!rules.some(({ effect }) => effect !== "deny")) fail("no rule lets anything happen: everything would be denied", "policies");
    const recorded = await recordedSince(stateDir, isoTime(systemClock.nowMs() - days * dayMs));
    const { replayed, changes } = compareRecorded(old, now, distinct(recorded));
    const cases = compareCases(old, now);
    const wider = [
      ...changes.filter(({ from, to }) => isWider(from, to)).map((flip) => `${words(flip)}, ${counted(flip.count, "recorded request")}`),
      ...cases.filter(({ from, to }) => isWider(from, to)).map((flip) => `${words(flip)}, in the case ${flip.case}`),
      ...wideningOf(before, after),
      ...(await ofSigners(repository, proposal)),
      ...(await ofConfiguration(repository, proposal)),
    ];
    for (const line of wider) findings.push({ rule: "gate/widens", level: "warning", message: `widens: ${line}`, file: fileOf(line) });
    const narrower = changes.filter(({ from, to }) => !isWider(from, to));
    for (const flip of narrower)
      findings.push({ rule: "gate/flips", level: "note", message: `${words(flip)}, ${counted(flip.count, "recorded request")}`, file: "policies" });
    const flips = changes.reduce((sum, { count }) => sum + count, 0);
    const evidence = {
      widens: wider.length > 0,
      wider: wider.slice(0, listed),
      replayed,
      flips,
      changes: changes.slice(0, listed).map(({ from, to, action, about, count }) => ({ from, to, action, about: about.slice(0, 120), count })),
      cases: cases.slice(0, listed).map(({ from, to, case: name }) => ({ from, to, case: name })),
    };
    const sign = wider.length > 0 ? `WIDENS in ${counted(wider.length, "place")}` : "widens nothing";
    return answer(`${sign}; ${flips} of ${counted(replayed, "recorded request")} would change`, findings, evidence);
  },
};

/** Each request once: asking the gates again asks policy again, and that must not say something new. */
function distinct(recorded: readonly Recorded[]): Recorded[] {
  return [...new Map(recorded.map((each) => [canonicalJson(each.request), each])).values()];
}

function words({ from, to, action, about }: Change): string {
  return `${action} ${about.slice(0, 120)}: ${from} → ${to}`;
}

function fileOf(line: string): string {
  if (line.startsWith(`${configFile}: `)) return configFile;
  if (line.startsWith("signer ")) return "policies/signers";
  const name = /^([a-z0-9-]+)(?:\/[^\s:]+)?: /.exec(line)?.[1];
  return name === undefined ? "policies" : `policies/${name}/policy.yaml`;
}

type Sides = { base: string; head: string };

/** One who comes may say yes; one who goes, or whose key is another, says it no more: either may be an attack. */
async function ofSigners(repository: Repository, { base, head }: Sides): Promise<string[]> {
  const [before, after] = await Promise.all([signersAt(repository, base), signersAt(repository, head)]);
  const said = [...before].flatMap(([principal, line]) => {
    const now = after.get(principal);
    return now === undefined ? [`signer ${principal} goes`] : now === line ? [] : [`signer ${principal} has another key or other terms`];
  });
  return [...said, ...[...after.keys()].filter((principal) => !before.has(principal)).map((principal) => `signer ${principal} comes`)];
}

async function signersAt(repository: Repository, commit: string): Promise<Map<string, string>> {
  const data = await repository.readPath(commit, "policies/signers");
  const signers = data === undefined ? [] : readSigners({ path: "policies/signers", text: Buffer.from(data).toString("utf8") }).signers;
  return new Map(
    signers.map(({ line: _line, ...signer }: Signer) => [
      signer.principal,
      canonicalJson(Object.fromEntries(Object.entries(signer).filter(([, value]) => value !== undefined))),
    ]),
  );
}

/** Any key that differs: which of them lets more happen, only people can tell. */
async function ofConfiguration(repository: Repository, { base, head }: Sides): Promise<string[]> {
  const [before, after] = await Promise.all([configAt(repository, base), configAt(repository, head)]);
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return keys
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => `${configFile}: ${key} from ${short(before.get(key))} to ${short(after.get(key))}`);
}

function short(value: string | undefined): string {
  return value === undefined ? "nothing" : value.length > 80 ? `${value.slice(0, 79)}…` : value;
}

async function configAt(repository: Repository, commit: string): Promise<Map<string, string>> {
  const data = await repository.readPath(commit, configFile);
  const value = data === undefined ? undefined : readYaml({ path: configFile, text: Buffer.from(data).toString("utf8") }).document?.value;
  const flat = (inner: unknown, path: string): [string, string][] =>
    isMapping(inner) && path.split(".").length < 4
      ? Object.entries(inner).flatMap(([key, each]) => flat(each, path === "" ? key : `${path}.${key}`))
      : [[path, canonicalJson(inner ?? null)]];
  return new Map(isMapping(value) ? flat(value, "") : []);
}
