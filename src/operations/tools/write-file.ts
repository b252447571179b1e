import type { Tool } from "./tool.ts";
import { inSandbox, numberOf, pathAction, textOf } from "./workspace-path.ts";
import { isMapping } from "../../base/mapping.ts";

const contentBytesMax = 1024 * 1024;

/** A file of the scratch, whole or not at all. Adding to one marks it with the call, so that doing it again after a crash adds nothing. */
export const writeFile: Tool = {
  name: "write_file",
  class: "W",
  repeatable: true,
  description: [
    "Write a text file below scratch/, your own folder of this run; folders are made as needed. Everything else is read-only: to change a file of the",
    "repository, write it to scratch/ and use propose_change. mode create fails where the file exists. Empty content frees the space of a file.",
  ].join(" "),
  parameters: {
    type: "object",
    additionalProperties: false,
    required: ["path", "content"],
    properties: {
      path: { type: "string", minLength: 1, maxLength: 1024, description: "Below scratch/, e.g. scratch/report.md" },
      content: { type: "string", maxLength: contentBytesMax, description: "The whole text, or what is added with mode append." },
      mode: { type: "string", enum: ["overwrite", "append", "create"], description: "overwrite when not given" },
    },
  },
  actions: ({ path }) => [pathAction("file.write", String(path))],
  run(args, context) {
    const { path, mode = "overwrite" } = args;
    const content = Buffer.from(String(args["content"]).toWellFormed());
    const call = context.key.replaceAll(/[^A-Za-z0-9.-]/g, "-").slice(0, 100);
    const request = { op: "write", call, files: [{ path, source: "content", mode }] } as const;
    const makesRoom = mode === "overwrite" && content.length === 0;
    return inSandbox(context, request, { files: [{ path: "content", data: content }], writes: true, makesRoom }, (value) => {
      const [written] = Array.isArray(value["written"]) ? (value["written"] as unknown[]) : [];
      const done = isMapping(written) ? written : {};
      const bytes = numberOf(done, "bytes");
      return { outcome: "ok", text: `${textOf(done, "done")} ${String(path)}: ${bytes} bytes`, data: { path, bytes } };
    });
  },
};
