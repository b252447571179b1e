import { expect, test } from "vitest";
import { registryAddress, searchAddress } from "../../src/operations/web-settings.ts";
import { loadConfig } from "../../src/workspace/config.ts";
import { workspace, type TestWorkspace } from "../support/workspace.ts";

const at = (yaml: string, env: NodeJS.ProcessEnv = {}): TestWorkspace & { search: () => Promise<string>; npm: () => Promise<string> } => {
  const made = workspace({ "agentctl.yaml": `profile: small\n${yaml}` });
  return {
    ...made,
    search: async () => searchAddress(loadConfig(made.dir, env), env),
    npm: async () => registryAddress(loadConfig(made.dir, env), env, "npm"),
  };
};

test("without a configuration nobody is asked, and the refusal says how one is made", async () => {
  const { search, npm } = at("");
  await expect(search()).rejects.toMatchObject({ code: "web/not-configured", hint: expect.stringContaining("agentctl.yaml") as string });
  await expect(npm()).rejects.toMatchObject({ code: "web/not-configured", hint: expect.stringContaining("npm=https://") as string });
});

test("what is committed counts, an edit on disk does not, the environment is the person's own", async () => {
  const set = at("web: { search: 'https://search.example.org/search', packages: ['npm=https://registry.example.org/-/v1/search'] }\n");
  expect(await set.search()).toBe("https://search.example.org/search");
  expect(await set.npm()).toBe("https://registry.example.org/-/v1/search");
  set.write({ "agentctl.yaml": "profile: small\nweb: { search: 'https://evil.example/search', packages: ['npm=https://evil.example'] }\n" });
  await expect(set.search()).rejects.toMatchObject({ code: "workspace/web-not-committed" });
  await expect(set.npm()).rejects.toMatchObject({ code: "workspace/web-not-committed" });
  expect(await at("", { AGENTCTL_WEB_SEARCH: "https://mine.example.org/search" }).search()).toBe("https://mine.example.org/search");
});

test("no address holds a key, and a registry is one that is known", async () => {
  const env = { SEARCH_KEY: "canary-0123456789" };
  await expect(at("web: { search: 'https://search.example.org/search?key=${SEARCH_KEY}' }\n", env).search()).rejects.toMatchObject({
    code: "workspace/bad-config",
  });
  await expect(at("web: { packages: ['cargo=https://a.example.org'] }\n").npm()).rejects.toMatchObject({ code: "workspace/bad-config" });
  await expect(at("web: { packages: ['npm=ftp://a.example.org'] }\n").npm()).rejects.toMatchObject({ code: "workspace/bad-config" });
  await expect(at("web: { search: 'https://u:p@search.example.org' }\n").search()).rejects.toMatchObject({ code: "workspace/bad-config" });
});
