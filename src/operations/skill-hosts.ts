import { AgentctlError } from "../base/errors.ts";
import type { Skill } from "../skill/skill.ts";
import type { GrantedHost } from "./open-egress.ts";

const portUsual = 443;

/**
 * The hosts and ports that a skill declares, each of which policy is asked about before it runs; 443 where it names no port. Errors (exit usage):
 * `skill/wildcard-host`, `skill/bad-host`.
 */
export function skillHosts({ name, hosts }: Pick<Skill, "name" | "hosts">): GrantedHost[] {
  const asked = hosts.map((text): GrantedHost => {
    const [, host = "", port = String(portUsual)] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
    if (host.startsWith("*."))
      throw new AgentctlError("skill/wildcard-host", `the skill ${name} declares ${text}: a container is let out to exact names only`, {
        hint: `name each host in metadata.hosts, e.g. ${host.replace("*", "api")}`,
        exit: "usage",
      });
    if (Number(port) < 1 || Number(port) > 65_535)
      throw new AgentctlError("skill/bad-host", `the skill ${name} declares ${text}, whose port there is none of`, {
        hint: "a port from 1 to 65535",
        exit: "usage",
      });
    return { host: host.toLowerCase(), port: Number(port) };
  });
  return [...new Map(asked.map((each) => [`${each.host}:${each.port}`, each])).values()];
}
