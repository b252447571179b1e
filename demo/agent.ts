import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The agent's part of the demo: what is laid into the workspace, and which model works. */
const here = dirname(fileURLToPath(import.meta.url));

export const objective =
  "How deep was the worst drawdown of the S&P 500 in our data, and how does the strategy sma-cross compare over the same years? Draw the drawdown, propose a note docs/drawdown.md with the figures, and remember what is worth it.";

/** The flags that choose the model: a live one where a key or an address is given, else the answers that were recorded once. */
export function modelFlags(env: NodeJS.ProcessEnv): string[] {
  const live = env["OPENAI_API_KEY"] ?? env["OPENAI_BASE_URL"];
  if (live === undefined || live === "") return ["--model", "cassette/quant"];
  const model = env["OPENAI_MODEL"];
  return model === undefined || model === "" ? [] : ["--model", `openai/${model}`];
}

export function isLive(env: NodeJS.ProcessEnv): boolean {
  return modelFlags(env)[1] !== "cassette/quant";
}

const models = { cassette: "quant", fixes: "code" } as const;

/** Lays the policy, the skill, and what the models say into a workspace: recorded answers, or the scripts that these are made of; and turns the sidecar on. */
export function layIn(workspace: string, kind: "recorded" | "scripted" = "recorded"): void {
  cpSync(join(here, "agent", "policies"), join(workspace, "policies"), { recursive: true });
  cpSync(join(here, "agent", "skills"), join(workspace, "skills"), { recursive: true });
  const providers = Object.entries(models).map(([provider, model]) => {
    const file = kind === "recorded" ? `${model}.cassette.jsonl` : `${model}.script.yaml`;
    cpSync(join(here, file), join(workspace, file), { force: true });
    return `    ${provider}: { kind: ${kind}, file: ${file} }\n`;
  });
  const config = join(workspace, "agentctl.yaml");
  writeFileSync(config, `${readFileSync(config, "utf8")}\nsidecar:\n  mode: "on"\nmodels:\n  providers:\n${providers.join("")}`);
}
