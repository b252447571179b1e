import { isIP } from "node:net";
import { AgentctlError } from "../../base/errors.ts";
import { badHost } from "../../policy/refusal.ts";

const charactersMax = 2_000;

/** Where a page is fetched from, as policy and connection see it alike. */
export interface PageUrl {
  url: URL;
  /** As policy knows it: lower case, IPv6 in brackets. */
  host: string;
  port: number;
  /** The host when it is an address, without brackets. */
  address: string | undefined;
}

/** Reads a URL. Errors (exit usage): `tool/bad-url` with what it may be. */
export function pageUrl(text: string): PageUrl {
  if (text.length > charactersMax) throw badUrl(`has ${text.length} characters; ${charactersMax} are allowed`);
  if (/[\p{Cc}\s]/u.test(text) || !text.isWellFormed()) throw badUrl("holds white space or control characters");
  if (!URL.canParse(text)) throw badUrl("is none");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw badUrl(`begins with ${url.protocol}`);
  if (url.username !== "" || url.password !== "") throw badUrl("holds a user name or password");
  const why = badHost(url.hostname);
  if (why !== undefined) throw badUrl(`names a host that ${why}`);
  url.hash = "";
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (port === 0) throw badUrl("names port 0");
  const bare = url.hostname.replace(/^\[|\]$/g, "");
  return { url, host: url.hostname, port, address: isIP(bare) === 0 ? undefined : bare };
}

function badUrl(why: string): AgentctlError {
  const hint = "an http or https URL without user name and password, e.g. https://example.org/prices.csv";
  return new AgentctlError("tool/bad-url", `the URL ${why}`, { hint, exit: "usage" });
}
