import { spawnSync } from "node:child_process";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { listHeads } from "../../src/ledger/heads.ts";
import { writeBlob } from "../../src/trace/blobs.ts";
import { verifyRecord, type VerifyReport } from "../../src/trace/verify-record.ts";
import { recordedAgentRun } from "../support/agent-record.ts";
import { recordState, started, type RecordState } from "../support/record.ts";

const verifier = fileURLToPath(new URL("../verify-audit.py", import.meta.url));

async function verify({ stateDir, ledger }: RecordState): Promise<VerifyReport> {
  return verifyRecord({ stateDir, heads: listHeads(ledger), registered: new Set() });
}

test("the files that an agent was given, changed, made or proposed are part of the record: both verifiers miss each of them", async () => {
  const state = recordState();
  await recordedAgentRun(state, { root: "r-agent" });
  const given = state.begin("r-given");
  await given.append("run.started", started);
  const files = [{ path: "given.csv", ...writeBlob(state.stateDir, "a,b\n") }];
  const start = { root: "r-given", part: 1, objective: "o", agent: "a", agentDigest: "d", level: 1, tools: [], toolsDigest: "t", limits: {} };
  await given.append("agent.started", { ...start, files });
  given.close();
  expect(await verify(state)).toMatchObject({ faults: [], blobs: 4, runs: 4 });
  expect(spawnSync("python3", [verifier, state.stateDir], { encoding: "utf8" })).toMatchObject({ status: 0, stdout: "" });

  const blobs = join(state.stateDir, "blobs");
  for (const name of readdirSync(blobs)) {
    renameSync(join(blobs, name), join(state.stateDir, name));
    const { faults } = await verify(state);
    expect(faults.map(({ kind }) => kind)).toEqual(["missing-blob"]);
    const theirs = spawnSync("python3", [verifier, state.stateDir], { encoding: "utf8" });
    expect(JSON.parse(theirs.stdout)).toMatchObject({ kind: "missing-blob", file: faults[0]?.file, seq: faults[0]?.seq });
    renameSync(join(state.stateDir, name), join(blobs, name));
  }
});
