import { expect, test } from "vitest";
import { checkModels } from "../../src/operations/check-models.ts";
import type { Check } from "../../src/operations/check.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { findWorkspace } from "../../src/workspace/find.ts";
import { workspace } from "../support/workspace.ts";

async function look(dir: string, env: NodeJS.ProcessEnv): Promise<Pick<Check, "level" | "found" | "mend">[]> {
  const found = await checkModels(findWorkspace(dir, env), loadConfig(dir, env), env);
  expect(found.every(({ required }) => !required)).toBe(true);
  return found.map(({ level, found: text, mend }) => ({ level, found: text, mend }));
}

test("roles without a model that could be asked are named with the key that is missing; none is required", async () => {
  const { dir } = workspace({ "agentctl.yaml": "" });
  expect(await look(dir, {})).toEqual([
    { level: "ok", found: "models critic ollama/gpt-oss:20b", mend: undefined },
    {
      level: "warn",
      found: "no model for planner and coder: ANTHROPIC_API_KEY is not set, OPENAI_API_KEY is not set",
      mend: "export ANTHROPIC_API_KEY=…",
    },
  ]);
  expect(await look(dir, { OPENAI_API_KEY: "k" })).toEqual([
    { level: "ok", found: "models planner openai/gpt-5.2 · coder openai/gpt-5.2 · critic ollama/gpt-oss:20b", mend: undefined },
  ]);
});

test("what is not committed, a file that is not there, a key in the clear, an address that is none", async () => {
  const providers =
    "models:\n  providers:\n    far: { kind: openai, baseUrl: http://llm.example.org/v1, keyEnv: FAR_API_KEY }\n    tape: { kind: recorded, file: tape.jsonl }\n";
  const at = workspace({ "agentctl.yaml": `${providers}  roles: { planner: far/a, coder: far/a, critic: tape/a }\n` });
  const env = { FAR_API_KEY: "k" };
  expect(await look(at.dir, env)).toEqual([
    { level: "ok", found: "models planner far/a · coder far/a", mend: undefined },
    { level: "warn", found: expect.stringMatching(/^no model for critic: .*tape\.jsonl is not there$/) as string, mend: "agentctl model" },
    { level: "warn", found: "the key of the provider far would go over the network in the clear", mend: "https in models.providers.far.baseUrl" },
  ]);
  at.write({ "agentctl.yaml": `${providers}  roles: { critic: far/a }\n`, "tape.jsonl": "" });
  expect((await look(at.dir, env)).at(-1)).toEqual({
    level: "warn",
    found: expect.stringMatching(/^agentctl\.yaml:5 sets models\.roles to what is not in [0-9a-f]{10}$/) as string,
    mend: "commit agentctl.yaml",
  });
  expect(await look(at.dir, { OPENAI_BASE_URL: "https://bob:hunter2@example.org" })).toEqual([
    {
      level: "miss",
      found: "the address in OPENAI_BASE_URL holds a user name or password; keyEnv names the variable of a key",
      mend: "unset OPENAI_BASE_URL",
    },
  ]);
});
