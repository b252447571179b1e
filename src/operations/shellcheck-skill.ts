import { messageOf } from "../base/errors.ts";
import type { Finding } from "../base/finding.ts";
import { newId } from "../base/ids.ts";
import { defaultLimits } from "../runner/job.ts";
import { loadConfig } from "../workspace/config.ts";
import type { Workspace } from "../workspace/find.ts";
import { limited, scannable, worded, type ScanFile } from "../scan/source.ts";
import { scopeOf } from "./scope.ts";

/** The workspace whose engine and images are used. */
export interface ScanPlace {
  workspace: Workspace;
  env: NodeJS.ProcessEnv;
}

interface Comment {
  file: string;
  line: number;
  column: number;
  level: "error" | "warning" | "info" | "style";
  code: number;
  message: string;
}

const levels = { error: "error", warning: "warning", info: "note", style: "note" } as const;

/**
 * Analyses shell scripts with the shellcheck of the runner image, in a container: an operation, because it takes an analyser and a runner. All files
 * go through one container. Where that cannot be, a warning for each file says so. Directives in the scripts silence nothing.
 */
export async function shellcheck(all: readonly ScanFile[], where: ScanPlace): Promise<Finding[]> {
  const { files, findings } = scannable(all, [".sh", ".bash"], "shellcheck");
  if (files.length === 0) return findings;
  try {
    findings.push(...(await run(files, where)));
  } catch (cause) {
    const message = `shellcheck did not look at this script: ${messageOf(cause).split("\n")[0] ?? "no container"}`;
    for (const { file } of files) findings.push({ rule: "scan/shellcheck-not-run", level: "warning", message, file, hint: "agentctl doctor" });
  }
  return limited(findings);
}

async function run(files: readonly ScanFile[], { workspace, env }: ScanPlace): Promise<Finding[]> {
  const [{ openEngine }, { runnerPlaces }, { requireImage }, { runJob }, { jobsSettled }] = await Promise.all([
    import("./open-engine.ts"),
    import("./open-runners.ts"),
    import("../runner/images.ts"),
    import("../runner/run-job.ts"),
    import("../runner/job-engine.ts"),
  ]);
  const engine = await openEngine(loadConfig(workspace.root, env), env);
  const image = await requireImage(engine, "shell", runnerPlaces(workspace.root));
  const names = files.map((_, index) => `f${index}.sh`);
  const job = await runJob(engine, {
    image: image.id,
    command: ["shellcheck", "--norc", "--shell=bash", "--severity=style", "--format=json1", "--", ...names],
    cwd: "/work/scan",
    files: files.map(({ text }, index) => ({ path: `scan/f${index}.sh`, data: withoutSuppression(text) })),
    limits: { ...defaultLimits, outputBytes: 16 * 1024 * 1024 },
    run: newId("r"),
    scope: scopeOf(workspace.stateDir),
  });
  await jobsSettled(engine);
  // 0: nothing found, 1: something found; anything else is no analysis.
  if (job.exitCode !== 0 && job.exitCode !== 1) throw new Error(`it ended with ${job.outcome}: ${Buffer.from(job.stderr).toString("utf8").trim()}`);
  const { comments } = JSON.parse(Buffer.from(job.stdout).toString("utf8")) as { comments: Comment[] };
  return comments.flatMap(({ file, line, column, level, code, message }): Finding[] => {
    const source = files[names.indexOf(file)];
    return source === undefined ? [] : [{ rule: `scan/shellcheck-SC${code}`, level: levels[level], message: worded(message), file: source.file, line, column }];
  });
}

/** The same text with the word that gives shellcheck directives taken apart; lengths, and so places, stay. */
function withoutSuppression(text: string): string {
  return text.replaceAll(/(?<=#\s{0,8})shellcheck(?=\s)/g, "sh_llcheck");
}
