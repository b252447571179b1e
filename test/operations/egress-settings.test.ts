import { expect, test } from "vitest";
import { egressSettings, type EgressSettings } from "../../src/operations/egress-settings.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { workspace } from "../support/workspace.ts";

const settings = (dir: string, env: NodeJS.ProcessEnv = {}): Promise<EgressSettings> => egressSettings(loadConfig(dir, env), env);

test("what agentctl.yaml says of the way out counts where it is committed, and in the environment", async () => {
  const text = "egress:\n  addresses: [Prices.internal=10.0.0.5]\n  dns: [10.0.0.53]\n  bytesMax: 4096\n";
  const { dir, write } = workspace({ "agentctl.yaml": text });
  expect(await settings(dir)).toEqual({ addresses: { "prices.internal": "10.0.0.5" }, dns: ["10.0.0.53"], bytesMax: 4096 });
  write({ "agentctl.yaml": text.replace("10.0.0.5]", "10.0.0.6]") });
  await expect(settings(dir)).rejects.toMatchObject({
    code: "workspace/egress-not-committed",
    exit: "usage",
    hint: "commit agentctl.yaml, or set AGENTCTL_EGRESS_ADDRESSES",
  });
  expect(await settings(dir, { AGENTCTL_EGRESS_ADDRESSES: "a.test=10.0.0.7" })).toMatchObject({ addresses: { "a.test": "10.0.0.7" } });
});

test.each([
  ["addresses", "10.0.0.5"],
  ["addresses", "a.test=b.test"],
  ["addresses", "a.test=10.0.0.5=1"],
  ["addresses", "10.0.0.1=10.0.0.5"],
  ["dns", "resolver.test"],
])("egress.%s: [%s] is refused", async (key, value) => {
  const { dir } = workspace({ "agentctl.yaml": `egress: { ${key}: ["${value}"] }\n` });
  await expect(settings(dir)).rejects.toMatchObject({ code: "workspace/bad-config", exit: "usage", message: expect.stringContaining(value) });
});
