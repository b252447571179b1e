import { isDeepStrictEqual } from "node:util";
import type { Channel } from "../notify/message.ts";
import { isMapping } from "../base/mapping.ts";
import { valuesIn } from "../workspace/config.ts";
import { configFile } from "../workspace/find.ts";
import { isLoopback } from "../workspace/model-endpoint.ts";
import { channelProblems } from "../workspace/notify-problems.ts";
import type { ChannelType, GivenChannel, NoticeTopic, NotifyDocuments } from "../workspace/notify-schema.ts";
import { withVariables } from "../workspace/notify-variables.ts";
import type { Authority } from "./load-authority.ts";

type Given = NotifyDocuments["notify.channels"];

export interface NotifyChannel {
  name: string;
  type: ChannelType;
  on: readonly NoticeTopic[];
  /** Of the service; undefined while its address is not known. */
  host?: string | undefined;
  port?: number | undefined;
  /** What is secret goes over the network in the clear. */
  bare?: true | undefined;
  /** Undefined: it cannot be used here, and `problem` says why. */
  channel?: Channel | undefined;
  problem?: string | undefined;
}

export interface NotifyChannels {
  channels: NotifyChannel[];
  /** Where agentctl.yaml on disk says otherwise than the commit, which counts. */
  uncommitted?: string | undefined;
}

const usualTopics: readonly NoticeTopic[] = ["approval", "budget", "halt", "incident"];

/**
 * The channels of the commit that policy is read from, or those that the person's environment sets. An edit of agentctl.yaml neither sends messages
 * elsewhere nor silences anybody.
 */
export async function notifyChannels({ config, repository, commit }: Authority, env: NodeJS.ProcessEnv): Promise<NotifyChannels> {
  const entry = config.entries.find(({ key }) => key === "notify.channels");
  const onDisk = (entry?.given ?? {}) as Given;
  if (entry?.origin.startsWith("env ") === true) return { channels: readyChannels(onDisk, env) };
  const data = await repository.readPath(commit, configFile);
  const where = `${commit.slice(0, 10)}:${configFile}`;
  const values = data === undefined ? new Map() : valuesIn({ path: where, text: Buffer.from(data).toString("utf8") }, env);
  if (values === undefined) return { channels: [], uncommitted: `${where} cannot be read, so nobody is told anything` };
  const committed = (values.get("notify.channels") ?? {}) as Given;
  const same = isDeepStrictEqual(committed, onDisk);
  return {
    channels: readyChannels(committed, env),
    ...(!same && { uncommitted: `notify.channels of ${configFile} is not what is in ${where}, which counts` }),
  };
}

function readyChannels(given: Given, env: NodeJS.ProcessEnv): NotifyChannel[] {
  return Object.entries(given).map(([name, channel]) => readyChannel(name, channel, env));
}

function readyChannel(name: string, given: GivenChannel, env: NodeJS.ProcessEnv): NotifyChannel {
  const known = { name, type: given.type, on: given.on ?? usualTopics };
  const [wrong] = channelProblems(name, given);
  if (wrong !== undefined) return { ...known, problem: wrong.message };
  const { channel: filled, missing } = withVariables(given, env);
  if (missing.length > 0) return { ...known, problem: `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set` };
  const channel = channelOf(filled);
  const address = channel.type === "telegram" ? channel.apiUrl : channel.url;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return { ...known, problem: "its address is no http or https URL" };
  const bare = url.protocol === "http:" && !isLoopback(url.hostname);
  return {
    ...known,
    ...(bare && { bare }),
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
    channel,
  };
}

function channelOf({ type, token = "", chat = "", apiUrl = "https://api.telegram.org", url = "", secret, headers, template }: GivenChannel): Channel {
  const text = typeof template === "string" ? template : undefined;
  if (type === "telegram") return { type, apiUrl, token, chat: String(chat), template: text };
  if (type === "discord") return { type, url, template: text };
  return { type, url, secret, headers, template: isMapping(template) ? template : undefined };
}
