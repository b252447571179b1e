import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cli } from "../support/cli.ts";
import { folder, workspace } from "../support/workspace.ts";

test("prints each key with its origin, warns of variables that are none, shows no secret", async () => {
  const ws = workspace({ "agentctl.yaml": "profile: cloud\nengine:\n  host: ${ENGINE}\n" });
  const env = {
    ENGINE: "tcp://secret-host:2375",
    AGENTCTL_TELEMETRY_OTLP_HEADERS: "authorization=Bearer secret-host",
    AGENTCTL_QUERY_THREADS: "3",
    AGENTCTL_LIMITS_MEMORY: "5",
  };
  const { stdout, stderr } = await cli(ws.dir, ["config", "show"], { env });
  const lines = stdout.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  "));
  expect(lines).toContain("engine.host  ***  agentctl.yaml:3  AGENTCTL_ENGINE_HOST");
  expect(lines).toContain("telemetry.otlpHeaders  ***  env AGENTCTL_TELEMETRY_OTLP_HEADERS  AGENTCTL_TELEMETRY_OTLP_HEADERS");
  expect(lines).toContain("query.threads  3  env AGENTCTL_QUERY_THREADS  AGENTCTL_QUERY_THREADS");
  expect(lines).toContain("limits.memoryMiB  512  profile cloud  AGENTCTL_LIMITS_MEMORY_MIB");
  expect(lines).toContain("authority.branch  -  default  AGENTCTL_AUTHORITY_BRANCH");
  expect(stderr).toContain("AGENTCTL_LIMITS_MEMORY is no key of agentctl; did you mean AGENTCTL_LIMITS_MEMORY_MIB?");
  const json = await cli(ws.dir, ["config", "show", "--json"], { env });
  expect(json.stdout).not.toContain("secret-host");
  expect(json.json()).toMatchObject({ root: ws.dir, unknown: [{ name: "AGENTCTL_LIMITS_MEMORY" }] });
});

test("a broken file, a wrong variable, no repository: exit 2 and what to mend", async () => {
  const ws = workspace({ "agentctl.yaml": "limits:\n  memryMiB: 3\n" });
  expect((await cli(ws.dir, ["config", "show"], { expectExit: 2 })).stderr).toContain(
    'agentctl.yaml:2:3  unknown key "memryMiB" in "limits"  (did you mean "memoryMiB"?)',
  );
  writeFileSync(join(ws.dir, "agentctl.yaml"), "");
  const wrong = await cli(ws.dir, ["config", "show", "--json"], { expectExit: 2, env: { AGENTCTL_LIMITS_PIDS: "many" } });
  expect(wrong.json()).toMatchObject({ error: { code: "workspace/bad-config", hint: "unset AGENTCTL_LIMITS_PIDS, or set it to a value such as 64" } });
  expect((await cli(folder(), ["config", "show"], { expectExit: 2 })).stderr).toContain("mend   agentctl init");
});
