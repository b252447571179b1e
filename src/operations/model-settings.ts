import { realpathSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { AgentctlError } from "../base/errors.ts";
import type { ModelSettings } from "../llm/settings.ts";
import { completeModels } from "../workspace/complete-models.ts";
import type { EffectiveConfig } from "../workspace/config.ts";

/** `models:` of the configuration, complete; files by their real paths. Errors (exit usage): `workspace/bad-config`, `workspace/model-outside`. */
export function modelSettings(config: EffectiveConfig, env: NodeJS.ProcessEnv): ModelSettings {
  const complete = completeModels(config.values.models, env);
  const providers = Object.fromEntries(
    Object.entries(complete.providers).map(([name, provider]) => [
      name,
      provider.file === undefined ? provider : { ...provider, file: fileInside(config.root, name, provider.file) },
    ]),
  );
  return { ...complete, providers };
}

/** A path in the workspace as it really is. What is not there yet is left to whoever reads it. */
function fileInside(root: string, provider: string, file: string): string {
  const path = join(root, file);
  const real = realOf(path);
  if (real === undefined) return path;
  const below = relative(realpathSync(root), real);
  if (below !== ".." && !below.startsWith("../") && !isAbsolute(below)) return real;
  throw new AgentctlError("workspace/model-outside", `the file ${file} of the provider "${provider}" is a link that leads out of the workspace`, {
    hint: `put the file itself at ${file}`,
    exit: "usage",
  });
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
