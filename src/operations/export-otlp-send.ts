import { readFileSync } from "node:fs";
import { join } from "node:path";
import { requireYaml } from "../base/document.ts";
import { AgentctlError } from "../base/errors.ts";
import { isMapping } from "../base/mapping.ts";
import { safeText } from "../base/safe-text.ts";
import type { EffectiveConfig } from "../workspace/config.ts";
import { configFile } from "../workspace/find.ts";
import { requireCommittedKeys } from "./committed-keys.ts";

export interface OtlpTarget {
  /** With the path of traces. */
  url: string;
  /** Without its query, for people. */
  shown: string;
  host: string;
  port: number;
  headers: Readonly<Record<string, string>>;
}

export interface OtlpSent {
  requests: number;
  /** That the receiver did not take, by its own words. */
  rejectedSpans: number;
  message?: string | undefined;
}

const timeoutMs = 10_000;
const retries = 4;
const waitMsMax = 30_000;

/**
 * Where traces go: an address that was typed, else `telemetry.otlpUrl`; the headers of the configuration go to that address only.
 * Errors (exit usage): telemetry/no-target, workspace/bad-config, workspace/telemetry-not-committed.
 */
export async function otlpTarget(config: EffectiveConfig, env: NodeJS.ProcessEnv, typed: string | undefined): Promise<OtlpTarget> {
  await requireCommittedKeys(config, env, {
    keys: ["telemetry.otlpUrl", "telemetry.otlpHeaders"],
    code: "workspace/telemetry-not-committed",
    otherwise: "what is exported would go where nobody agreed to",
  });
  requireOwnVariables(config);
  const { otlpUrl, otlpHeaders } = config.values.telemetry;
  const given = typed ?? otlpUrl;
  if (given === undefined) {
    throw new AgentctlError("telemetry/no-target", "it is not said where to", {
      hint: "--otlp http://localhost:4318, --file PATH, or telemetry.otlpUrl",
      exit: "usage",
    });
  }
  const url = tracesUrl(given);
  const own = otlpUrl !== undefined && tracesUrl(otlpUrl).href === url.href;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // A key that was meant for one receiver is not sent to another.
  return { url: url.href, shown: `${url.origin}${url.pathname}`, host, port, headers: own ? headersOf(otlpHeaders) : {} };
}

/** `/v1/traces` below the address, unless it is there. */
function tracesUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new AgentctlError("telemetry/bad-url", "the address is no http or https URL without user name and password", {
      hint: "e.g. http://localhost:4318",
      exit: "usage",
    });
  }
  if (!url.pathname.endsWith("/v1/traces")) url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  return url;
}

/** `name=value` each, the value percent-encoded where it has to be, as OTEL_EXPORTER_OTLP_HEADERS has them. Never quoted in an error. */
function headersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([A-Za-z0-9-]{1,64})=([\x20-\x7e]{1,4096})$/.exec(text) ?? [];
      const plain = value === undefined ? undefined : decoded(value);
      if (name !== undefined && plain !== undefined) return [name.toLowerCase(), plain];
      throw badHeaders("telemetry.otlpHeaders holds what is not name=value");
    }),
  );
}

function decoded(value: string): string | undefined {
  try {
    const plain = decodeURIComponent(value);
    return /^[\x20-\x7e]+$/.test(plain) ? plain : undefined;
  } catch {
    return undefined;
  }
}

const forTelemetry = /OTLP|OTEL|TELEMETRY/;

/** A committed file must not be able to send any variable anywhere: only those that say what they are for. Error (exit usage): workspace/bad-config. */
function requireOwnVariables({ root, entries }: EffectiveConfig): void {
  const entry = entries.find(({ key }) => key === "telemetry.otlpHeaders");
  if (entry?.secret !== true) return;
  const { value } = requireYaml({ path: configFile, text: readFileSync(join(root, configFile), "utf8") });
  const telemetry = isMapping(value) ? value["telemetry"] : undefined;
  const written = JSON.stringify(isMapping(telemetry) ? telemetry["otlpHeaders"] : undefined) ?? "";
  const [foreign] = [...written.matchAll(/\$\{(\w+)\}/g)].flatMap(([, name = ""]) => (forTelemetry.test(name) ? [] : [name]));
  if (foreign !== undefined) throw badHeaders(`telemetry.otlpHeaders takes ${foreign}, whose name has none of OTLP, OTEL, TELEMETRY in it`);
}

function badHeaders(message: string): AgentctlError {
  return new AgentctlError("workspace/bad-config", message, { hint: "e.g. telemetry: { otlpHeaders: ['authorization=Bearer ${OTLP_TOKEN}'] }", exit: "usage" });
}

/** Posts the bodies one after the other, each again after 429, 5xx and lost connections. Errors: telemetry/refused, notify/no-answer, notify/timeout. */
export async function sendOtlp(target: OtlpTarget, bodies: readonly object[], signal: AbortSignal): Promise<OtlpSent> {
  const { post } = await import("../notify/post.ts");
  const sent: OtlpSent = { requests: 0, rejectedSpans: 0 };
  for (const body of bodies) {
    signal.throwIfAborted();
    const headers = { ...target.headers, "content-type": "application/json" };
    const { status, body: answer } = await post({ url: target.url, headers, body: JSON.stringify(body), timeoutMs, retries, waitMsMax, signal });
    if (status < 200 || status > 299) {
      const more = sent.requests === 0 ? "" : ` after ${sent.requests} of ${bodies.length} requests`;
      throw new AgentctlError("telemetry/refused", `${target.shown} answered ${status}${more}`, { hint: "see what the receiver says in its log" });
    }
    sent.requests += 1;
    const { rejectedSpans, message } = partialSuccess(answer);
    sent.rejectedSpans += rejectedSpans;
    if (message !== undefined) sent.message = message;
  }
  return sent;
}

/** What an answer says of spans that were not taken; 64-bit numbers come as text. */
function partialSuccess(answer: string): { rejectedSpans: number; message: string | undefined } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer);
  } catch {
    return { rejectedSpans: 0, message: undefined };
  }
  const partial = isMapping(parsed) && isMapping(parsed["partialSuccess"]) ? parsed["partialSuccess"] : {};
  const rejected = Number(partial["rejectedSpans"] ?? 0);
  const said = partial["errorMessage"];
  return {
    rejectedSpans: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0,
    message: typeof said === "string" && said !== "" ? safeText(said.slice(0, 300), { oneLine: true }) : undefined,
  };
}
