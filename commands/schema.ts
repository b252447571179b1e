import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { AgentctlCommand } from "../src/cli/command.ts";
import { table } from "../src/cli/table.ts";

export default class Schema extends AgentctlCommand {
  static override summary = "List the kinds of documents, or print the JSON Schema of one, for editors and other tools.";
  static override description = "The same schemas lie in the workspace's schemas/ folder, where the first line of each document points editors to them.";
  static override examples = ["<%= config.bin %> schema", "<%= config.bin %> schema policy > policy.json", "<%= config.bin %> schema --write schemas"];
  static override args = { name: Args.string({ description: "the kind of document" }) };
  static override flags = { write: Flags.string({ description: "write all of them as files into this folder", helpValue: "<folder>" }) };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Schema);
    const { listSchemas, readSchema, writeSchemas } = await import("../src/operations/schemas.ts");
    if (flags.write !== undefined) {
      const written = await writeSchemas(flags.write);
      for (const path of written) this.data(path);
      return { written };
    }
    if (args.name !== undefined) {
      const schema = await readSchema(args.name);
      this.data(JSON.stringify(schema, null, 2));
      return schema;
    }
    const schemas = listSchemas();
    for (const line of table(schemas, ["name", "where", "what"])) this.data(line);
    return schemas;
  }
}
