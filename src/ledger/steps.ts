import { schema as agentRuns } from "./agent-runs.ts";
import { schema as approvals } from "./approval-rows.ts";
import { schema as autonomy } from "./autonomy.ts";
import { schema as budgets } from "./budgets.ts";
import { schema as conversations } from "./conversations.ts";
import { schema as grants } from "./grants.ts";
import { schema as heads } from "./heads.ts";
import { schema as highWater } from "./high-water.ts";
import { schema as lanes } from "./lanes.ts";
import { schema as leases } from "./leases.ts";
import { schema as notifications } from "./notifications.ts";
import { schema as proposals } from "./proposals.ts";
import { schema as runs } from "./runs.ts";

/**
 * The ledger's tables, one step a topic, in the order in which they came. A ledger's version is the number of steps it has seen.
 * A new topic, or a change of an old one, is a new step at the end; a step that was released never changes.
 */
export const steps: readonly { name: string; sql: string }[] = [
  { name: "heads", sql: heads },
  { name: "runs", sql: runs },
  { name: "leases", sql: leases },
  { name: "budgets", sql: budgets },
  { name: "agent-runs", sql: agentRuns },
  { name: "approvals", sql: highWater + approvals },
  { name: "grants", sql: grants },
  { name: "notifications", sql: notifications },
  { name: "lanes", sql: lanes },
  { name: "conversations", sql: conversations },
  { name: "proposals", sql: proposals },
  { name: "autonomy", sql: autonomy },
];
