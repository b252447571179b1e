import { expect, test } from "vitest";
import { listHeads } from "../../src/ledger/heads.ts";
import { ask } from "../../src/trace/ask.ts";
import { closeJournals } from "../../src/trace/close-journals.ts";
import { askOwn } from "../../src/trace/own-question.ts";
import { recordedAgentRun } from "../support/agent-record.ts";
import { recordState } from "../support/record.ts";

const views = ["runs", "agent_runs", "incidents"];
const queries = views.map((view) => `SELECT * EXCLUDE (${view === "agent_runs" ? "waits_for" : "run"}) FROM ${view} ORDER BY ALL`);

test("our own questions get the answers that anybody gets: held in memory or not, open or closed", async () => {
  const state = recordState();
  await recordedAgentRun(state, { root: "r-one" });
  await recordedAgentRun(state, { root: "r-two", until: "waiting" });
  const expected = await Promise.all(queries.map(async (query) => (await ask(state.stateDir, query)).rows));
  expect(expected.map((rows) => rows.length)).toEqual([4, 2, 1]);
  expect(await askOwn(state.stateDir, queries, views)).toEqual(expected);
  expect(await askOwn(state.stateDir, queries, views, 0)).toEqual(expected);
  await closeJournals(state.stateDir, new Map(listHeads(state.ledger).map((head) => [head.run, head])));
  expect(await askOwn(state.stateDir, queries, views)).toEqual(expected);
  expect(await askOwn(state.stateDir, queries, views, 0)).toEqual(expected);
});

test("a state folder in which nothing happened has no rows; a view that was not named is not there", async () => {
  const { stateDir } = recordState();
  expect(await askOwn(stateDir, ["SELECT count(*) FROM events"])).toEqual([[[0]]]);
  await expect(askOwn(stateDir, ["SELECT * FROM incidents"])).rejects.toThrow(/incidents does not exist/);
});
