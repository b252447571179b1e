import type { ActionRequest, RiskClass } from "../policy/request.ts";

/** A tool as agents are checked and shown with it. */
export interface AgentTool {
  class: RiskClass;
  /** What a usual call of it asks of policy beside `tool.call`; the facts are examples. */
  asks: readonly Pick<ActionRequest, "action" | "class" | "path" | "host" | "skill">[];
}

const skill = { name: "a-skill", trust: "own", committed: true, digest: "" } as const;

/** Every tool that an agent can be given. */
export const agentTools: Readonly<Record<string, AgentTool>> = {
  read_file: { class: "R", asks: [{ action: "file.read", class: "R", path: "README.md" }] },
  list_files: { class: "R", asks: [{ action: "file.list", class: "R", path: "docs" }] },
  search_files: { class: "R", asks: [{ action: "file.read", class: "R", path: "README.md" }] },
  data_view: { class: "R", asks: [{ action: "file.read", class: "R", path: "README.md" }] },
  query: { class: "R", asks: [{ action: "query.run", class: "R" }] },
  web_fetch: { class: "R", asks: [{ action: "net.connect", class: "R", host: "a-host.example.org" }] },
  web_search: { class: "R", asks: [{ action: "net.connect", class: "R", host: "a-host.example.org" }] },
  browser: { class: "R", asks: [{ action: "net.connect", class: "R", host: "a-host.example.org" }] },
  read_document: { class: "R", asks: [{ action: "file.read", class: "R", path: "README.md" }] },
  memory_search: { class: "R", asks: [{ action: "file.list", class: "R", path: "memory" }] },
  package_search: { class: "R", asks: [] },
  ask_person: { class: "R", asks: [] },
  notify: { class: "N", asks: [{ action: "notify.send", class: "N" }] },
  write_file: { class: "W", asks: [{ action: "file.write", class: "W", path: "scratch/notes.md" }] },
  run_skill: { class: "R", asks: [{ action: "skill.run", class: "R", skill }] },
  shell: { class: "W", asks: [] },
  python: { class: "W", asks: [] },
  run_tests: { class: "W", asks: [] },
  propose_change: { class: "W", asks: [{ action: "proposal.open", class: "W" }] },
  remember: { class: "W", asks: [{ action: "proposal.open", class: "W" }] },
  backtest: { class: "B", asks: [{ action: "backtest.run", class: "B" }] },
};

export const agentToolNames: readonly string[] = Object.keys(agentTools);
