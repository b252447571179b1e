import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { PullResult } from "../../src/operations/pull-data.ts";

export default class DataPull extends AgentctlCommand {
  static override summary = "Pull candles of an exchange into the lake, or bring a data set up to date.";
  static override description =
    "Only candles that have closed by the exchange's clock. Each page is kept before the next is asked for: an interrupted pull goes on where it stopped. Policy decides data.import, and net.connect for each host. Exit 6: refused by its health.";
  static override examples = [
    "<%= config.bin %> data pull binance BTC/USDT 1h --since 2024-01-01",
    "<%= config.bin %> data pull kraken ETH/USD 1d --since 2020-01-01 --until 2024-01-01 --name eth-daily",
  ];
  static override args = {
    exchange: Args.string({ description: "its name in ccxt, e.g. binance", required: true }),
    symbol: Args.string({ description: "e.g. BTC/USDT; BTC/USDT:USDT is the perpetual", required: true }),
    timeframe: Args.string({ description: "of one candle, e.g. 1m, 1h, 1d", required: true }),
  };
  static override flags = {
    since: Flags.string({ description: "from when on, e.g. 2024-01-01; needed the first time" }),
    until: Flags.string({ description: "only candles that open before" }),
    name: Flags.string({ description: "name of the data set [default: symbol and timeframe]" }),
    endpoint: Flags.string({ description: "address to ask in the place of the exchange's own" }),
    licence: Flags.string({ description: "what the bars may be used for" }),
    calendar: Flags.option({ description: "when bars are expected [default: always]", options: ["always", "sessions"] as const })(),
    "gaps-max": Flags.string({ description: "share of the bars that may be missing [default: 0.01]" }),
    "frozen-max": Flags.integer({ description: "bars at the end that may repeat one price [default: 10]", min: 0 }),
  };

  async run(): Promise<PullResult> {
    const { args, flags } = await this.parse(DataPull);
    const [{ pullData }, lines, { showDecision, budgetLines }, { givenTime, givenShare }, { showPull }] = await Promise.all([
      import("../../src/operations/pull-data.ts"),
      import("../../src/cli/data-lines.ts"),
      import("../../src/cli/skill-run.ts"),
      import("../../src/cli/given-values.ts"),
      import("../../src/cli/pull-progress.ts"),
    ]);
    const { stderr } = process;
    const progress = showPull(`${args.symbol} ${args.timeframe}`, stderr.isTTY && !this.jsonEnabled(), (line) => this.words(line));
    let result: PullResult;
    try {
      result = await pullData({
        cwd: process.cwd(),
        env: process.env,
        ...args,
        since: givenTime("--since", flags.since),
        until: givenTime("--until", flags.until),
        name: flags.name,
        endpoint: flags.endpoint,
        licence: flags.licence,
        calendar: flags.calendar,
        gapsMax: givenShare("--gaps-max", flags["gaps-max"]),
        frozenMax: flags["frozen-max"],
        onDecision: (run, decision) => showDecision(run, decision).forEach((line) => progress.line(line)),
        onPage: progress.onPage,
        onWait: progress.onWait,
      });
    } finally {
      await progress.close();
    }
    const { pulled, budget, outcome } = result;
    if (budget !== undefined) budgetLines(budget).forEach((line) => this.words(line));
    if (pulled !== undefined) for (const line of lines.pulledLines(pulled)) this.words(line);
    if (pulled?.kept !== undefined) this.data(pulled.kept.path);
    this.ends(pulled !== undefined && !pulled.health.passed ? "findings" : endOf(outcome));
    return result;
  }
}
