import { agentWorkspace, type TestAgent } from "./agents.ts";
import { shipped } from "./skills.ts";
import { scriptedModels } from "./agents.ts";
import { workspace, type TestWorkspace } from "./workspace.ts";

/** What no record, no output and no error may hold. */
export const secrets = {
  TELEGRAM_BOT_TOKEN: "123456789:AAtelegramTelegramTelegram",
  DISCORD_TOKEN: "discordDiscordDiscord1234567890",
  WEBHOOK_SECRET: "webhookWebhookWebhook1234567890",
  NOTIFY_TOKEN: "notifyNotifyNotify1234567890",
};

/** Lines below `channels:` for a server: one channel of each type. */
export function channelLines(url: string, on = "[approval, budget, halt, incident, run, agent]"): string {
  return [
    `    ops: { type: telegram, apiUrl: "${url}", token: "\${TELEGRAM_BOT_TOKEN}", chat: -100123, on: ${on} }`,
    `    team: { type: discord, url: "${url}/api/webhooks/42/\${DISCORD_TOKEN}", on: ${on} }`,
    `    hook: { type: webhook, url: "${url}/in", secret: "\${WEBHOOK_SECRET}", headers: { authorization: "Bearer \${NOTIFY_TOKEN}" }, on: ${on} }`,
  ].join("\n");
}

/** agentctl.yaml with these lines below `notify.channels`. */
export function notifyYaml(lines: string): string {
  return `${scriptedModels}notify:\n  channels:\n${lines}\n`;
}

/** A committed workspace with the shipped policies and channels. */
export function notifyWorkspace(lines: string, files: Record<string, string> = {}): TestWorkspace {
  return workspace({ "agentctl.yaml": notifyYaml(lines), ...shipped("policies"), ...files });
}

/** The same with agents whose model follows a script. */
export function notifyAgents(lines: string, agents: readonly TestAgent[], script: string, files: Record<string, string> = {}): TestWorkspace {
  return agentWorkspace(agents, script, { "agentctl.yaml": notifyYaml(lines), ...files });
}
