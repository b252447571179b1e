import { AgentctlError } from "../base/errors.ts";
import type { ProviderSettings } from "./settings.ts";

/** Where a provider's API is. */
export interface Endpoint {
  url: URL;
  /** As in a URL; IPv6 without brackets. */
  host: string;
  port: number;
  /** Undefined: none is sent. */
  key: string | undefined;
}

const usual = { openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com" } as const;

/**
 * The endpoint of a provider in the settings. Errors: llm/bad-endpoint for what is no plain http(s) address, since a key in an address ends up in logs;
 * llm/no-key when the variable that should hold the key is not set.
 */
export function endpointOf(name: string, settings: ProviderSettings, env: Readonly<Record<string, string | undefined>>): Endpoint {
  const text = settings.baseUrl ?? (settings.kind === "anthropic" ? usual.anthropic : usual.openai);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!plain) {
    throw new AgentctlError("llm/bad-endpoint", `the address of the provider ${name} is no plain http or https URL without user name, password and query`, {
      exit: "usage",
      hint: `set models.providers.${name}.baseUrl in agentctl.yaml; keyEnv names the variable of a key`,
    });
  }
  return {
    url,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
    key: keyOf(name, settings, env),
  };
}

function keyOf(name: string, { keyEnv }: ProviderSettings, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (keyEnv === undefined) return undefined;
  const key = (Object.hasOwn(env, keyEnv) ? env[keyEnv] : undefined)?.trim();
  if (key === undefined || key === "") {
    throw new AgentctlError("llm/no-key", `the provider ${name} needs a key, and the variable ${keyEnv} is not set`, {
      exit: "unauthenticated",
      hint: `export ${keyEnv}=…`,
    });
  }
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new AgentctlError("llm/no-key", `the variable ${keyEnv} holds what no key is: it has characters that no header can carry`, { exit: "unauthenticated" });
}
