/** Files by their digest, as events name them. */
export const keptFiles = {
  type: "array",
  items: {
    type: "object",
    additionalProperties: false,
    required: ["path", "sha256", "bytes"],
    properties: { path: { type: "string" }, sha256: { type: "string" }, bytes: { type: "integer" } },
  },
} as const;
