import { isMapping } from "../base/mapping.ts";

export interface PullRequest {
  number: number;
  /** For people; only where it is an https address. */
  url: string;
  state: "open" | "closed";
  /** Commit of its branch, as the host knows it. */
  head: string;
  headRef: string;
  /** `owner/name` that the branch lies in; a fork's is another one. */
  headRepo: string;
  baseRef: string;
  author: string;
  title: string;
  body: string;
}

export interface Review {
  id: number;
  /** Login; empty where the account is gone. */
  who: string;
  /** A GitHub App is no person. */
  isPerson: boolean;
  state: "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED" | "COMMENTED" | "PENDING";
  /** What was looked at. */
  commit: string;
  /** RFC 3339, as the host says. */
  submitted: string;
}

export interface Comment {
  id: number;
  body: string;
  author: string;
}

const oid = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Undefined for what is none. */
export function readPull(value: unknown): PullRequest | undefined {
  if (!isMapping(value) || !isMapping(value["head"]) || !isMapping(value["base"])) return undefined;
  const { number, html_url: url, state, head, base, title, body } = value;
  const repo = isMapping(head["repo"]) ? head["repo"]["full_name"] : "";
  if (!isId(number) || typeof head["sha"] !== "string" || !oid.test(head["sha"]) || (state !== "open" && state !== "closed")) return undefined;
  return {
    number,
    url: typeof url === "string" && /^https?:\/\/[^\s\p{Cc}]{1,500}$/u.test(url) ? url : "",
    state,
    head: head["sha"],
    headRef: text(head["ref"]),
    headRepo: text(repo),
    baseRef: text(base["ref"]),
    author: loginOf(value["user"]),
    title: text(title),
    body: text(body),
  };
}

export function readReview(value: unknown): Review | undefined {
  if (!isMapping(value)) return undefined;
  const { id, user, state, commit_id: commit, submitted_at: submitted } = value;
  const states = ["APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED", "PENDING"] as const;
  const known = states.find((each) => each === state);
  if (!isId(id) || known === undefined) return undefined;
  const isPerson = isMapping(user) && (user["type"] === undefined || user["type"] === "User");
  return { id, who: loginOf(user), isPerson, state: known, commit: text(commit), submitted: text(submitted) };
}

export function readComment(value: unknown): Comment | undefined {
  if (!isMapping(value) || !isId(value["id"])) return undefined;
  return { id: value["id"], body: text(value["body"]), author: loginOf(value["user"]) };
}

function loginOf(user: unknown): string {
  return isMapping(user) ? text(user["login"]) : "";
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
