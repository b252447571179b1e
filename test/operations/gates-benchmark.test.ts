import { expect, test } from "vitest";
import { recordedAgentRun } from "../support/agent-record.ts";
import { askBenchmark, contentsOf } from "../support/benchmark.ts";
import { proposalWorld } from "../support/proposals.ts";
import { recordState } from "../support/record.ts";
import { shipped } from "../support/skills.ts";
import { smaCross, sp500 } from "../support/strategies.ts";

const quant = "agents/quant/agent.yaml";
const yaml = shipped("agents")[quant] ?? "";

test("an agent that could not do any more what it did is refused; one that would only ask a person is told", async () => {
  const space = proposalWorld();
  await recordedAgentRun(recordState({ stateDir: space.stateDir }));
  const without = await askBenchmark(space, await space.propose({ contents: contentsOf({ [quant]: yaml.replace("read_file, ", "") }) }));
  expect(without.verdict).toBe("failed");
  expect(without.told).toEqual([
    "error benchmark/call-lost: agent quant: the call s1.1.1 of read_file in r-agent1 went well and would be impossible now: it is not offered any more",
  ]);
  const careful = await askBenchmark(space, await space.propose({ contents: contentsOf({ [quant]: `${yaml}approval: [read_file]\n` }) }));
  expect(careful.verdict).toBe("passed");
  expect(careful.told[0]).toMatch(/^note benchmark\/asks-more: agent quant: 1 of \d recorded calls would ask a person now$/);
  const prompt = await askBenchmark(space, await space.propose({ contents: contentsOf({ "agents/quant/prompt.md": "You look at markets.\n" }) }));
  expect(prompt.told).toEqual([]);
  expect(prompt.summary).toMatch(/^\d recorded calls done again, 0 worse$/);
});

test("an agent is held to its evaluation, also where it gains what it may not have", async () => {
  const evaluation = `name: tidy\nabout: A test.\ntarget: { agent: file-ops }\ncases:\n  - { name: sends nothing, objective: Do it., script: s.yaml, expect: { never: [notify] } }\n`;
  const script = "steps:\n  - call: [{ tool: notify, args: { text: hi } }]\n  - say: done\n";
  const space = proposalWorld({ files: { "evaluations/tidy/evaluation.yaml": evaluation, "evaluations/tidy/s.yaml": script } });
  const path = "agents/file-ops/agent.yaml";
  const higher = (shipped("agents")[path] ?? "").replace("level: 2", "level: 4").replace("[list_files", "[notify, list_files");
  const answer = await askBenchmark(space, await space.propose({ contents: contentsOf({ [path]: higher }) }));
  expect([answer.verdict, ...answer.told]).toEqual([
    "failed",
    expect.stringMatching(/the case "sends nothing" fails, and passes today: it could call notify$/),
  ]);
});

test("a strategy is held to bounds of its backtest, also by a change of what stands beside it; figures are not recorded", async () => {
  const evaluation = `name: trend\nabout: A test.\ntarget: { strategy: sma-cross }\ncases:\n  - { name: bounded, to: "2008-12-31", expect: { metrics: { maxDrawdown: { min: -1, max: 1 }, trades: { min: 1 } } } }\n`;
  const files = { ...sp500(), ...smaCross(), "evaluations/trend/evaluation.yaml": evaluation };
  const space = proposalWorld({ files, rooms: [] });
  const idle = smaCross("sma-cross", { signals: { enterLong: false, exitLong: true } });
  const worse = await askBenchmark(space, await space.propose({ contents: contentsOf(idle) }));
  expect([worse.verdict, worse.told[0]]).toEqual([
    "failed",
    expect.stringMatching(/^error benchmark\/worse: strategy sma-cross: the case "bounded" fails, and passes today: trades is/),
  ]);
  const beside = await askBenchmark(space, await space.propose({ contents: contentsOf(smaCross("other")) }));
  expect(beside.told.filter((line) => line.startsWith("error"))).toEqual([]);
  expect(beside.summary).toBe("1 of 1 cases, 0 worse");
});
