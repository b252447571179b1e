import type { ShippedFile } from "./shipped.ts";

export interface CiFilesWanted {
  /** `owner/repo@ref`, or `./` where this repository's own root holds the action: then the protected branch's copy of it is what runs. */
  action: string;
  /** `@org/team`, `@person`; none: no CODEOWNERS. */
  owners: readonly string[];
  /** Commits to use instead of major tags, by action. */
  pins: Readonly<Record<string, string>>;
  /** The protected branch. */
  branch: string;
}

const versions: Readonly<Record<string, string>> = {
  "actions/checkout": "v5",
  "actions/upload-artifact": "v4",
  "actions/download-artifact": "v5",
  "github/codeql-action/upload-sarif": "v4",
};

/** The actions that the workflows use, which can be pinned. */
export const usedActions = Object.keys(versions);

/** Workflows, owners and a ruleset for a workspace on GitHub. No value of a pull request stands in a shell's words; each comes as a variable. */
export function ciFiles(wanted: CiFilesWanted): ShippedFile[] {
  const prefix = wanted.action === "./" ? "" : "agentctl-";
  return [
    text(`.github/workflows/${prefix}check.yml`, checkWorkflow(wanted)),
    text(`.github/workflows/${prefix}verify.yml`, verifyWorkflow(wanted)),
    text(`.github/workflows/${prefix}improve.yml`, improveWorkflow(wanted)),
    text(".github/rulesets/agentctl.json", ruleset(wanted)),
    ...(wanted.owners.length === 0 ? [] : [text(".github/CODEOWNERS", owners(wanted))]),
  ];
}

function uses({ pins }: CiFilesWanted, action: string): string {
  const pin = pins[action];
  return pin === undefined ? `${action}@${versions[action] ?? ""}` : `${action}@${pin} # ${versions[action] ?? ""}`;
}

/** Puts agentctl on the path. An action of this repository is taken from the commit that judges, never from the one that is judged. */
function judge(wanted: CiFilesWanted, ref: string): string {
  if (wanted.action !== "./") return `      - uses: ${wanted.action}`;
  return `      - uses: ${uses(wanted, "actions/checkout")}
        with:
          ref: ${ref}
          path: .agentctl-judge
          persist-credentials: false
      - uses: ./.agentctl-judge`;
}

function checkout(wanted: CiFilesWanted, ref: string, keep = false): string {
  return `      - uses: ${uses(wanted, "actions/checkout")}
        with:
          ref: ${ref}
          fetch-depth: 0
          persist-credentials: ${String(keep)}`;
}

const headSha = "${{ github.event.pull_request.head.sha || github.sha }}";
const baseSha = "${{ github.event.pull_request.base.sha || github.sha }}";
// Of the event: github.base_ref is empty where a review is what happened.
const baseRef = "${{ github.event.pull_request.base.ref || github.event.repository.default_branch }}";
const sameRepository = "github.event.pull_request.head.repo.full_name == github.repository";

function checkWorkflow(wanted: CiFilesWanted): string {
  return `name: agentctl check
# Looks at a pull request, also at one of a fork: read-only, without secrets. What is written to GitHub is written by the second job, which runs nothing of it.
on:
  pull_request:
  workflow_call:
permissions: {}
concurrency:
  group: agentctl-check-\${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: true
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 45
    permissions:
      contents: read
    steps:
${checkout(wanted, headSha)}
${judge(wanted, baseSha)}
      - name: Images
        run: agentctl runner build
      - name: Check
        env:
          BASE_REF: ${baseRef}
          HEAD_SHA: ${headSha}
        run: agentctl ci check --base "$BASE_REF" --head "$HEAD_SHA" --format github --sarif "$RUNNER_TEMP/agentctl.sarif" --output "$RUNNER_TEMP/agentctl.json"
      - uses: ${uses(wanted, "actions/upload-artifact")}
        if: always()
        with:
          name: agentctl-check
          path: |
            \${{ runner.temp }}/agentctl.sarif
            \${{ runner.temp }}/agentctl.json
          retention-days: 7
  report:
    needs: check
    if: always() && github.event_name == 'pull_request' && ${sameRepository}
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      pull-requests: write
      security-events: write
    steps:
${checkout(wanted, baseSha)}
${judge(wanted, baseSha)}
      - uses: ${uses(wanted, "actions/download-artifact")}
        with:
          name: agentctl-check
          path: \${{ runner.temp }}/report
      - name: Comment
        env:
          GITHUB_TOKEN: \${{ github.token }}
          PR: \${{ github.event.pull_request.number }}
          BASE_REF: ${baseRef}
        run: AGENTCTL_AUTHORITY_BRANCH="$BASE_REF" agentctl ci comment --report "$RUNNER_TEMP/report/agentctl.json" --pr "$PR"
      - uses: ${uses(wanted, "github/codeql-action/upload-sarif")}
        # Code scanning is not everybody's.
        continue-on-error: true
        with:
          sarif_file: \${{ runner.temp }}/report/agentctl.sarif
          category: agentctl
`;
}

function verifyWorkflow(wanted: CiFilesWanted): string {
  return `name: agentctl verify
# The required check: approvals and gates hold for the head commit. Where people signed, nothing of the pull request is run.
# \`agentctl proposal push --pr\` after an approval starts it again, and so does a review. If GitHub still shows an older run as failed, re-run that one: every run asks everything anew.
on:
  pull_request:
    types: [opened, synchronize, reopened, edited]
  pull_request_review:
    types: [submitted, dismissed]
  workflow_call:
permissions: {}
concurrency:
  group: agentctl-verify-\${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: true
jobs:
  # Without a condition, whatever started it: a required check that is skipped passes.
  verify:
    name: agentctl verify
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
      pull-requests: read
    steps:
${checkout(wanted, headSha, true)}
${judge(wanted, baseSha)}
      - name: Answers
        run: git fetch --no-tags origin "+refs/agentctl/approvals/*:refs/agentctl/approvals/*"
      # A review is no signature, so it stands for no report of gates: only where policy lets it count and nothing else is missing (6), the images are built and the gates asked here.
      - name: Verify
        env:
          BASE_REF: ${baseRef}
          HEAD_SHA: ${headSha}
          GITHUB_TOKEN: \${{ github.token }}
        run: |
          code=0
          agentctl ci verify --base "$BASE_REF" --head "$HEAD_SHA" --reviews || code=$?
          if [ "$code" != 6 ]; then exit "$code"; fi
          env -u GITHUB_TOKEN agentctl runner build
          agentctl ci verify --base "$BASE_REF" --head "$HEAD_SHA" --reviews --gates
`;
}

function improveWorkflow(wanted: CiFilesWanted): string {
  return `name: agentctl improve
# Looks at the record and proposes; what it proposes waits for people as any other proposal.
# It sees the record of this runner and no other: what people ran on their own machines is not here, and a fresh runner has nothing to look at. Use one that keeps its record (AGENTCTL_STATE_DIR).
on:
  schedule:
    - cron: "17 */6 * * *"
  workflow_dispatch:
  workflow_call:
permissions: {}
concurrency:
  group: agentctl-improve
  cancel-in-progress: false
jobs:
  improve:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
    steps:
${checkout(wanted, "${{ github.sha }}")}
${judge(wanted, "${{ github.sha }}")}
      - name: Improve
        run: agentctl improve --since 6h
`;
}

/** Whoever answers for what decides; the last line that fits holds. */
function owners({ owners: who }: CiFilesWanted): string {
  const names = who.join(" ");
  const paths = ["/policies/", "/agentctl.yaml", "/evaluations/", "/runners/", "/skills/lock.yaml", "/.github/", "/.gitattributes", "/AGENTS.md"];
  return `# What decides, judges or confines is looked at by those who answer for it.\n${paths.map((path) => `${path} ${names}`).join("\n")}\n`;
}

/**
 * To be imported in the settings of the repository: the protected branch takes no push by force, is not deleted, and wants the check. Rulesets cover branches, tags and
 * pushes: none covers `refs/agentctl/*`, whose answers are protected by their signatures. The check has to come from GitHub Actions (15368 on github.com): anybody who may
 * write could set a status of its name.
 */
function ruleset({ branch }: CiFilesWanted): string {
  return `{
  "name": "agentctl",
  "target": "branch",
  "enforcement": "active",
  "conditions": { "ref_name": { "include": [${JSON.stringify(`refs/heads/${branch}`)}], "exclude": [] } },
  "rules": [
    { "type": "deletion" },
    { "type": "non_fast_forward" },
    {
      "type": "required_status_checks",
      "parameters": {
        "strict_required_status_checks_policy": true,
        "do_not_enforce_on_create": false,
        "required_status_checks": [{ "context": "agentctl verify", "integration_id": 15368 }]
      }
    }
  ],
  "bypass_actors": []
}
`;
}

function text(path: string, content: string): ShippedFile {
  return { path, data: Buffer.from(content), program: false };
}
