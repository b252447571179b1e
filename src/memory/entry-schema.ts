import type { JsonSchema } from "../base/json-schema.ts";
import { memoryBounds, memoryKinds, severities, statuses } from "./entry.ts";

/** The frontmatter of an entry of memory/. */
export const memorySchema: JsonSchema = {
  title: "The frontmatter of a note in memory/",
  type: "object",
  additionalProperties: false,
  required: ["kind", "title", "date", "source"],
  properties: {
    kind: { enum: memoryKinds, description: "lesson in memory/lessons, incident in memory/incidents, project in memory/projects." },
    title: {
      type: "string",
      minLength: 3,
      maxLength: memoryBounds.titleLength,
      pattern: "^\\S(?:[^\\r\\n]*\\S)?$",
      description: "One line that says what it is about.",
    },
    date: { type: "string", pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$", examples: ["2026-11-28"] },
    tags: {
      type: "array",
      maxItems: memoryBounds.tags,
      uniqueItems: true,
      items: { type: "string", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 40 },
    },
    source: {
      type: "string",
      minLength: 1,
      maxLength: 200,
      pattern: "^\\S(?:[^\\r\\n]*\\S)?$",
      description: "The id of the run that it comes from, or a person.",
    },
    untrusted: { const: true, description: "It comes from a run that held what an untrusted skill made." },
    severity: { enum: severities, description: "Of incidents." },
    status: { enum: statuses, description: "Of incidents and projects." },
  },
};
