import { AgentctlError } from "../../base/errors.ts";
import { countOf } from "../../ledger/notifications.ts";
import { foreign } from "./foreign-text.ts";
import type { Tool, ToolContext } from "./tool.ts";

/** An agent floods nobody. */
const perRunMax = 20;

/** A message to people, by an agent itself. It goes to channels that a person opened to agents, and nowhere else. */
export const notify: Tool = {
  name: "notify",
  class: "N",
  // The same call is told once, however often it is made.
  repeatable: true,
  description: [
    "Send people a short message now: a result they wait for, or something that cannot wait. They read it on their phone and cannot answer it. Most agents",
    `are asked about each one. At most ${perRunMax} in a run; say it in a few plain sentences, without secrets.`,
  ].join(" "),
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["text"],
    properties: {
      text: { type: "string", minLength: 1, maxLength: 2_000 },
      channel: { type: "string", minLength: 1, maxLength: 64, description: "One of the channels that are open to agents; all of them when not given." },
    },
  },
  async actions(args, context) {
    const channels = await openChannels(args, context);
    return channels.map(({ name, host, port }) => ({
      action: "notify.send",
      class: "N" as const,
      host,
      port,
      args: { channel: name, topic: "agent", text: args["text"] },
    }));
  },
  async run(args, context) {
    const { open, root, key, decision, agent } = context;
    if (open.tell === undefined) return { outcome: "refused", text: "nobody can be told from here" };
    const prefix = `agent ${root} `;
    if (countOf(open.ledger, "agent", prefix) >= perRunMax) return { outcome: "refused", text: `this run has sent its ${perRunMax} messages` };
    const channels = (await openChannels(args, context)).map(({ name }) => name);
    const notice = { topic: "agent" as const, key: `${prefix}${key}`, title: `${agent.name} says`, text: foreign(String(args["text"])), agent: agent.name };
    const rows = await open.tell({ ...notice, command: `agentctl run show ${root}` }, { channels, decision });
    return {
      outcome: "ok",
      text: rows.length === 0 ? "that was told already" : `on its way to ${channels.join(", ")}`,
      data: { notifications: rows.map(({ notification }) => notification) },
    };
  },
};

async function openChannels(args: Record<string, unknown>, { authority, env }: Omit<ToolContext, "decision">) {
  const { notifyChannels } = await import("../notify-channels.ts");
  const { channels } = await notifyChannels(authority, env);
  const forAgents = channels.filter(({ on, channel }) => on.includes("agent") && channel !== undefined);
  const wanted = args["channel"] === undefined ? forAgents : forAgents.filter(({ name }) => name === args["channel"]);
  if (wanted.length > 0) return wanted;
  const known = forAgents.length === 0 ? "no channel is open to agents" : `channels open to agents: ${forAgents.map(({ name }) => name).join(", ")}`;
  throw new AgentctlError("notify/no-channel", args["channel"] === undefined ? known : `there is no such channel; ${known}`, { exit: "usage" });
}
