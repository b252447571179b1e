import { listNotifications } from "../ledger/notifications.ts";
import { attempt, ok, warn, type Check } from "./check.ts";
import { withLedger } from "./audit-state.ts";
import { loadAuthority } from "./load-authority.ts";
import { notifyChannels } from "./notify-channels.ts";

/** Whether the channels can be used here, and whether messages were given up. None is required, and nothing is sent. */
export function checkNotify(cwd: string, env: NodeJS.ProcessEnv): Promise<Check[]> {
  return attempt(
    "notify",
    async () => {
      // Where there is none, its own check says so.
      const authority = await loadAuthority(cwd, env).catch(() => undefined);
      if (authority === undefined) return [];
      const { channels, uncommitted } = await notifyChannels(authority, env);
      const usable = channels.filter(({ channel }) => channel !== undefined);
      const failed = withLedger(authority.workspace.stateDir, (ledger) => listNotifications(ledger, "failed").length) ?? 0;
      return [
        ...(usable.length === 0 ? [] : [ok("notify", `notify ${usable.map(({ name, type }) => `${name} (${type})`).join(" · ")}`)]),
        ...channels.flatMap(({ name, problem }) =>
          problem === undefined ? [] : [warn(`notify/${name}`, `the channel ${name} cannot be used: ${problem}`, mendOf(problem))],
        ),
        ...channels.flatMap(({ name, bare }) =>
          bare === true ? [warn(`notify/${name}`, `what is secret in the channel ${name} would go over the network in the clear`, "https in its address")] : [],
        ),
        ...(uncommitted === undefined ? [] : [warn("notify/committed", uncommitted, "commit agentctl.yaml")]),
        ...(failed === 0
          ? []
          : [
              warn(
                "notify/failed",
                `${failed} ${failed === 1 ? "message was" : "messages were"} given up`,
                "agentctl notify     agentctl notify flush --failed",
              ),
            ]),
      ];
    },
    false,
  );
}

function mendOf(problem: string): string {
  const [variable] = /^[A-Z][A-Z0-9_]*(?= )/.exec(problem) ?? [];
  return variable === undefined ? "mend notify.channels in agentctl.yaml and commit it" : `export ${variable}=…`;
}
