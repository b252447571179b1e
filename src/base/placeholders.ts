/** A text with `{name}` in it; `{{` and `}}` stand for braces. */

/** What is wrong with a template, in words that go on after its name; undefined when nothing is. */
export function placeholderProblem(template: string, names: readonly string[]): string | undefined {
  for (const [found, name] of template.matchAll(pieces)) {
    if (found === "{{" || found === "}}") continue;
    if (name === undefined) return `holds a lone ${found}; braces themselves are written {{ and }}`;
    if (!names.includes(name)) return `holds {${name.slice(0, 40)}}, which stands for nothing; known: ${names.map((known) => `{${known}}`).join(" ")}`;
  }
  return undefined;
}

/** Fills in what the names stand for, in one pass: what a value holds is never looked at for further names. A name without a value becomes nothing. */
export function fillPlaceholders(template: string, values: Readonly<Record<string, string | undefined>>): string {
  return template.replaceAll(pieces, (found: string, name: string | undefined) => {
    if (found === "{{" || found === "}}") return found.slice(1);
    return name !== undefined && Object.hasOwn(values, name) ? (values[name] ?? "") : "";
  });
}

const pieces = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
