import type { Path, YamlDocument } from "../base/document.ts";
import type { Finding } from "../base/finding.ts";

/** Where a value came from the environment: it is taken for a secret. */
export interface Interpolated {
  path: Path;
  variables: string[];
}

/**
 * Replaces `${VAR}` in every string of a document; `$${` stands for the text `${`. A variable that is missing or empty, or a `${` that
 * names none, is a finding at its place. Below a path that `leaves` names, every text stays as it is.
 */
export function interpolate(
  document: YamlDocument,
  env: NodeJS.ProcessEnv,
  leaves: (path: Path) => boolean = () => false,
): { value: unknown; interpolated: Interpolated[]; findings: Finding[] } {
  const interpolated: Interpolated[] = [];
  const findings: Finding[] = [];
  const walk = (value: unknown, path: Path): unknown => {
    if (leaves(path)) return value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
    if (typeof value !== "string" || !value.includes("${")) return value;
    const variables: string[] = [];
    const text = value.replaceAll(/\$\$\{|\$\{([^}]*)\}?/g, (found: string, name: string | undefined) => {
      if (name === undefined) return "${";
      const known = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && found.endsWith("}");
      const replacement = known ? env[name] : undefined;
      if (replacement !== undefined && replacement !== "") {
        variables.push(name);
        return replacement;
      }
      findings.push({
        rule: "workspace/interpolation",
        level: "error",
        message: known
          ? `"${path.join(".")}" needs the environment variable ${name}, which is not set`
          : `"${path.join(".")}" holds ${found}, which names no variable`,
        file: document.file,
        ...document.at(path),
        hint: known ? `export ${name}=…` : "write ${NAME} for a variable, $${ for the text ${",
      });
      return "";
    });
    if (variables.length > 0) interpolated.push({ path, variables });
    return text;
  };
  return { value: walk(document.value, []), interpolated, findings };
}
