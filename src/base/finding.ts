/** Something found wrong in a document or in code: one shape for schema errors, policy cases and scanners. */
export interface Finding {
  /** Stable id of what was checked, `room/what`. */
  rule: string;
  level: "error" | "warning" | "note";
  /** Lower case, names what was found. */
  message: string;
  /** Path relative to the workspace. */
  file?: string | undefined;
  /** 1-based. */
  line?: number | undefined;
  /** 1-based. */
  column?: number | undefined;
  /** How to mend it. */
  hint?: string | undefined;
}

/** `file:line:column`, as far as it is known. */
export function place(finding: Pick<Finding, "file" | "line" | "column">): string {
  return [finding.file ?? "", finding.line, finding.column].filter((part) => part !== undefined && part !== "").join(":");
}
