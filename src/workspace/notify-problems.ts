import type { SchemaProblem } from "../base/json-schema.ts";
import { isMapping } from "../base/mapping.ts";
import { placeholderProblem } from "../base/placeholders.ts";
import { channelTexts, isNotifyVariable, variablesIn } from "./notify-variables.ts";
import { noticeFields, type GivenChannel, type NotifyDocuments } from "./notify-schema.ts";

type Place = readonly (string | number)[];

/** What a schema cannot say of channels: which keys go with which type, secrets that are written out, variables that are none of theirs, templates. */
export function notifyProblems(channels: NotifyDocuments["notify.channels"]): SchemaProblem[] {
  return Object.entries(channels).flatMap(([name, channel]) => channelProblems(name, channel));
}

/** The same of one channel. */
export function channelProblems(name: string, channel: GivenChannel): SchemaProblem[] {
  const here = [name];
  const found = keysFor(channel).map((message) => problem(here, `the channel "${name}" ${message}`));
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    found.push(problem(here, `${JSON.stringify(name)} is no name of a channel: lower-case letters, digits and -, a letter first`, undefined, true));
  }
  for (const { path, text } of channelTexts(channel)) {
    const place = [name, ...path];
    for (const variable of variablesIn(text)) {
      if (!isNotifyVariable(variable))
        found.push(
          problem(place, `"${path.join(".")}" names ${variable}, and channels take only variables with TELEGRAM, DISCORD, WEBHOOK or NOTIFY in their names`),
        );
    }
    const secret = secretProblem(channel, path, text);
    if (secret !== undefined)
      found.push(problem(place, `"${path.join(".")}" ${secret}`, "write ${WEBHOOK_…} (TELEGRAM, DISCORD, NOTIFY) in its place, and set that variable"));
  }
  return [...found, ...templateProblems(name, channel)];
}

function problem(path: Place, message: string, hint?: string, key = false): SchemaProblem {
  return { path: ["notify", "channels", ...path], key, message, hint };
}

const keysOf = {
  telegram: { needs: ["token", "chat"], takes: ["token", "chat", "apiUrl"] },
  discord: { needs: ["url"], takes: ["url"] },
  webhook: { needs: ["url"], takes: ["url", "secret", "headers"] },
} as const;

function keysFor(channel: GivenChannel): string[] {
  const { needs, takes } = keysOf[channel.type];
  const known = new Set<string>(["type", "on", "template", ...takes]);
  return [
    ...needs.filter((key) => channel[key] === undefined).map((key) => `is of type ${channel.type} and lacks the key "${key}"`),
    ...Object.keys(channel)
      .filter((key) => !known.has(key))
      .map((key) => `is of type ${channel.type}, which has no "${key}"`),
  ];
}

/** Why a text gives away what should come out of a variable. The text itself is not quoted. */
function secretProblem({ type }: GivenChannel, path: readonly string[], text: string): string | undefined {
  const [key = "", header = ""] = path;
  if ((key === "token" || key === "secret") && !/^\$\{[^}]*\}$/.test(text)) return "is a secret, and is not written out";
  if (key === "headers" && /auth|token|key|secret|cookie|signature/i.test(header) && variablesIn(text).length === 0)
    return "is a secret, and is not written out";
  if (key !== "url" && key !== "apiUrl") return undefined;
  if (/^\$\{[^}]*\}$/.test(text)) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "is no http or https URL";
  if (url.username !== "" || url.password !== "") return "holds a user name or password";
  if (type === "discord" && variablesIn(text).length === 0) return "holds the token of a webhook, which is not written out";
  const parts = [...url.pathname.split("/"), ...url.searchParams.values()].map(decoded);
  return parts.some(looksSecret) ? "holds what looks like a secret" : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Long, and of letters and digits mixed: no word that a person chose for an address. */
function looksSecret(part: string): boolean {
  return variablesIn(part).length === 0 && part.length >= 16 && /\d/.test(part) && /[A-Za-z]/.test(part);
}

function templateProblems(name: string, { type, template }: GivenChannel): SchemaProblem[] {
  if (template === undefined) return [];
  if (isMapping(template) !== (type === "webhook")) {
    return [problem([name, "template"], `the template of "${name}" must be ${type === "webhook" ? "a mapping: it becomes the JSON body" : "a text"}`)];
  }
  return leaves(template, [name, "template"]).flatMap(({ path, text }) => {
    const wrong = variablesIn(text).length > 0 ? "takes no variables" : placeholderProblem(text, noticeFields);
    return wrong === undefined ? [] : [problem(path, `"${path.slice(1).join(".")}" ${wrong}`)];
  });
}

function leaves(value: unknown, path: Place): { path: Place; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  return isMapping(value) ? Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, key])) : [];
}
