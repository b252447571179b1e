import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import { idPattern } from "../policy/policy-schema.ts";
import { findWorkspace } from "../workspace/find.ts";

export interface NewPolicy {
  name: string;
  files: string[];
}

/** Writes policies/<name> with a rule, its examples, cases and a page; it passes `policy test` as it is. Errors: `policy/bad-name`, `policy/exists`. */
export function newPolicy(asked: { cwd: string; env: NodeJS.ProcessEnv; name: string }): NewPolicy {
  const { name } = asked;
  if (!new RegExp(idPattern).test(name) || name.length > 64 || name === "base") {
    throw new AgentctlError("policy/bad-name", `${JSON.stringify(name)} cannot name a policy`, {
      hint: "a-z, 0-9 and single hyphens, e.g. open-data; base is taken",
      exit: "usage",
    });
  }
  const { root } = findWorkspace(asked.cwd, asked.env);
  const folder = join(root, "policies", name);
  mkdirSync(join(root, "policies"), { recursive: true });
  try {
    mkdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new AgentctlError("policy/exists", `policies/${name} is there already`, { hint: `agentctl policy show ${name}`, exit: "usage", cause });
  }
  const files = Object.entries({ "policy.yaml": policyText(name), "cases.yaml": casesText, "README.md": readmeText(name) });
  for (const [file, text] of files) writeFileSync(join(folder, file), text, { flag: "wx" });
  return { name, files: files.map(([file]) => `policies/${name}/${file}`) };
}

const policyText = (name: string): string => `# yaml-language-server: $schema=../../schemas/policy.json
name: ${name}
description: Which hosts may be reached, and who is asked first.

rules:
  - id: open-data-asks-first
    match:
      action: net.connect
      host: data.example.org
    when: has(request.port) && port == 443
    effect: approve
    reason: "{actor.name} wants to reach {host}"
    would: once a person has approved it
    examples:
      match:
        - { action: net.connect, host: data.example.org, port: 443 }
      differ:
        - { action: net.connect, host: data.example.org, port: 80 }
        - { action: net.connect, host: example.org, port: 443 }
`;

const casesText = `# yaml-language-server: $schema=../../schemas/cases.json
- name: open data is reached with an approval
  request: { action: net.connect, host: data.example.org, port: 443 }
  effect: approve
  rule: open-data-asks-first
- name: not without encryption
  request: { action: net.connect, host: data.example.org, port: 80 }
  effect: deny
- name: not its neighbours
  request: { action: net.connect, host: other.example.org, port: 443 }
  effect: deny
`;

const readmeText = (name: string): string => `# ${name}

What this policy is for, who asked for it, and what would make it unnecessary.

- \`open-data-asks-first\`: data.example.org may be reached over port 443 once a person has approved it.
`;
