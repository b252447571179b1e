import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AgentctlError } from "../base/errors.ts";

const withScheme = /^(https|ssh|git|file):\/\/(?!-)[^\s\p{Cc}]+$/u;
const scpLike = /^[A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*:(?![:-])[^\s\p{Cc}]+$/u;

/**
 * A place to fetch from or push to: https, ssh, git and file URLs, `user@host:path`, or a folder on this machine (made absolute against `cwd`).
 * Refused: helpers such as `ext::`, options in disguise, plain http, and secrets inside the URL, which would stand in process lists and errors.
 */
export function requireRemoteUrl(text: string, cwd = process.cwd()): string {
  if (withScheme.test(text) && !text.startsWith("file://-")) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && (url.password !== "" || (url.username !== "" && url.protocol !== "ssh:"))) {
      throw refuse(`the URL for ${url.host} carries a user name or password`, "leave it out and keep it in a git credential helper");
    }
    return text;
  }
  if (scpLike.test(text)) return text;
  const folder = resolve(cwd, text);
  if (!/^-|::|[\p{Cc}]/u.test(text) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && existsSync(folder)) return folder;
  throw refuse(`${JSON.stringify(text)} is neither a folder nor a URL that agentctl fetches from`, "https://…, ssh://…, git@host:path, file:///…, or a folder");
}

function refuse(why: string, hint: string): AgentctlError {
  return new AgentctlError("git/bad-url", why, { hint, exit: "usage" });
}
