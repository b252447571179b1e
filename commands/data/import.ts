import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand, endOf } from "../../src/cli/command.ts";
import type { ImportResult } from "../../src/operations/import-data.ts";

export default class DataImport extends AgentctlCommand {
  static override summary = "Bring the bars of a CSV or Parquet file into the lake, and write data/<name>.yaml.";
  static override description =
    "Nothing is repaired: bars beyond a threshold are refused with the rows, and the former data set stays as it was. Times without a zone are UTC unless --timezone says otherwise; times that a zone skips are refused, those that it has twice as well unless --overlaps. Exit 6: refused.";
  static override examples = [
    "<%= config.bin %> data import prices.csv --name spy-daily --symbol SPY --timeframe 1d",
    "<%= config.bin %> data import dax.csv --name dax-1h --symbol DAX --timeframe 1h --timezone Europe/Berlin --map time=Datum --decimal ,",
    "<%= config.bin %> data import btc.parquet --name btc-usdt-1m --symbol BTC/USDT --timeframe 1m --calendar always --gaps-max 0.05",
  ];
  static override args = { file: Args.string({ description: "the file: CSV in UTF-8, or Parquet", required: true }) };
  static override flags = {
    name: Flags.string({ description: "name of the data set", required: true }),
    symbol: Flags.string({ description: "what is traded, e.g. BTC/USDT", required: true }),
    timeframe: Flags.string({ description: "of one bar: 1m, 15m, 1h, 1d, 1w", required: true }),
    map: Flags.string({ description: "time, open, high, low, close or volume = COLUMN; usual names are recognised", multiple: true }),
    timezone: Flags.string({ description: "zone of times that name none, e.g. Europe/Berlin" }),
    "time-format": Flags.string({ description: "how its times are written, in strptime's words, e.g. %d.%m.%Y" }),
    decimal: Flags.option({ description: "what stands before the decimals", options: [".", ","] as const, default: "." as const })(),
    overlaps: Flags.option({ description: "local times that a zone has twice", options: ["refuse", "in-order"] as const, default: "refuse" as const })(),
    calendar: Flags.option({ description: "when bars are expected; recognised when not given", options: ["always", "sessions"] as const })(),
    currency: Flags.string({ description: "of the prices; else that of the symbol, else USD" }),
    licence: Flags.string({ description: "what the bars may be used for" }),
    "price-decimals": Flags.integer({ description: "of a price; else as many as the file has, up to 8", min: 0, max: 18 }),
    "unit-decimals": Flags.integer({ description: "of a quantity; 0 when only whole units are traded [default: 4]", min: 0, max: 18 }),
    since: Flags.string({ description: "leave out bars before, e.g. 2020-01-01" }),
    until: Flags.string({ description: "leave out bars from here on" }),
    sort: Flags.boolean({ description: "sort rows that are not in the order of time" }),
    "bad-max": Flags.integer({ description: "bad rows that may be left out [default: 0]", min: 0 }),
    "gaps-max": Flags.string({ description: "share of the bars that may be missing [default: 0.01]" }),
    "frozen-max": Flags.integer({ description: "bars at the end that may repeat one price [default: 10]", min: 0 }),
    "rows-max": Flags.integer({ description: "refuse larger files [default: 5000000]", min: 1 }),
  };

  async run(): Promise<ImportResult> {
    const { args, flags } = await this.parse(DataImport);
    const [{ importData }, lines, { mendLines }, { showDecision, budgetLines }, { givenTime, givenShare }] = await Promise.all([
      import("../../src/operations/import-data.ts"),
      import("../../src/cli/data-lines.ts"),
      import("../../src/cli/data-mends.ts"),
      import("../../src/cli/skill-run.ts"),
      import("../../src/cli/given-values.ts"),
    ]);
    const result = await importData({
      cwd: process.cwd(),
      env: process.env,
      file: args.file,
      name: flags.name,
      symbol: flags.symbol,
      timeframe: flags.timeframe,
      map: flags.map,
      calendar: flags.calendar,
      currency: flags.currency,
      timezone: flags.timezone,
      timeFormat: flags["time-format"],
      decimal: flags.decimal,
      overlaps: flags.overlaps,
      sort: flags.sort,
      licence: flags.licence,
      priceDecimals: flags["price-decimals"],
      unitDecimals: flags["unit-decimals"],
      rowsMax: flags["rows-max"],
      since: givenTime("--since", flags.since),
      until: givenTime("--until", flags.until),
      badMax: flags["bad-max"],
      gapsMax: givenShare("--gaps-max", flags["gaps-max"]),
      frozenMax: flags["frozen-max"],
      onDecision: (run, decision) => showDecision(run, decision).forEach((line) => this.words(line)),
    });
    const { seen, health, kept, budget } = result;
    if (budget !== undefined) budgetLines(budget).forEach((line) => this.words(line));
    if (seen !== undefined && health !== undefined) {
      for (const line of [...lines.seenLines(seen), ...lines.healthLines(health)]) this.words(line);
      for (const line of kept === undefined ? mendLines({ health, seen }) : lines.keptLines(kept)) this.words(line);
    }
    if (kept !== undefined) this.data(kept.path);
    this.ends(health !== undefined && kept === undefined ? "findings" : endOf(result.outcome));
    return result;
  }
}
