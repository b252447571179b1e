import type { FromSchema } from "json-schema-to-ts";

const amounts = {
  type: "object",
  additionalProperties: false,
  properties: {
    tokens: { type: "number" },
    costUsd: { type: "number" },
    wallMs: { type: "number" },
    files: { type: "number" },
    hosts: { type: "number" },
    riskUsd: { type: "number" },
  },
} as const;

/** Set aside before spending; refused ones name the limit. */
export const budgetReserved = {
  type: "object",
  additionalProperties: false,
  required: ["reservation", "amounts", "granted"],
  properties: { reservation: { type: "string" }, amounts, granted: { type: "boolean" }, limit: { type: "string" } },
} as const;

/** What was really spent. */
export const budgetSettled = {
  type: "object",
  additionalProperties: false,
  required: ["reservation", "amounts"],
  properties: { reservation: { type: "string" }, amounts },
} as const;

export type BudgetReserved = FromSchema<typeof budgetReserved>;
export type BudgetSettled = FromSchema<typeof budgetSettled>;
