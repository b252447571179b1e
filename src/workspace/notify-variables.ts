import type { GivenChannel } from "./notify-schema.ts";

/**
 * Channels take variables only when they are used: a person without the team's bot token works on, and no other part of the configuration sees them.
 * Which variables they may take is in their names: a file, committed or not, must not send any secret to any host.
 */
const variableForm = /^[A-Z][A-Z0-9_]*$/;
const ofNotifications = /TELEGRAM|DISCORD|WEBHOOK|NOTIFY/;
const reference = /\$\{([^}]*)\}?/g;

export function isNotifyVariable(name: string): boolean {
  return variableForm.test(name) && ofNotifications.test(name);
}

/** The names between `${` and `}`, as they stand. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(reference)].map(([found, name = ""]) => (found.endsWith("}") ? name : found));
}

/** The texts of a channel that may hold variables, by their place in it. */
export function channelTexts(channel: GivenChannel): { path: readonly string[]; text: string }[] {
  const { token, chat, apiUrl, url, secret, headers = {} } = channel;
  const plain = Object.entries({ token, chat, apiUrl, url, secret }).flatMap(([name, value]) =>
    typeof value === "string" ? [{ path: [name], text: value }] : [],
  );
  return [...plain, ...Object.entries(headers).map(([name, text]) => ({ path: ["headers", name], text }))];
}

/** The channel with the values of its variables, and which of them are not set here. Names that no channel may have count as not set. */
export function withVariables(channel: GivenChannel, env: NodeJS.ProcessEnv): { channel: GivenChannel; missing: string[] } {
  const missing = new Set<string>();
  const fill = (text: string): string =>
    text.replaceAll(reference, (found: string, name: string) => {
      const value = found.endsWith("}") && isNotifyVariable(name) ? env[name]?.trim() : undefined;
      if (value === undefined || value === "") missing.add(name);
      return value ?? "";
    });
  const { token, chat, apiUrl, url, secret, headers } = channel;
  const filled = {
    ...channel,
    ...(token !== undefined && { token: fill(token) }),
    ...(typeof chat === "string" && { chat: fill(chat) }),
    ...(apiUrl !== undefined && { apiUrl: fill(apiUrl) }),
    ...(url !== undefined && { url: fill(url) }),
    ...(secret !== undefined && { secret: fill(secret) }),
    ...(headers !== undefined && { headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, fill(text)])) }),
  };
  return { channel: filled, missing: [...missing] };
}

/** What every sink masks, whatever the configuration says now: the values of all variables that a channel might take. */
export function notifySecrets(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value = ""]) => (isNotifyVariable(name) && value.trim() !== "" ? [value.trim(), ...secretsOf(value.trim())] : []));
}

/** Of an address, the parts of its path by which a server knows who may post there: they appear without it. */
function secretsOf(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { pathname, searchParams, password } = new URL(value);
  return [...pathname.split("/"), ...searchParams.values(), password].filter((part) => part.length >= 16);
}
