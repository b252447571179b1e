/** The AGENTS.md that `init` puts into a workspace: what agents and people must know before they touch it. */
export const agentsText = `# For agents and people who work in this repository

This repository is an agentctl workspace: what agents may do here is decided by the policies in it, and everything they do is recorded.

- \`policies/<name>/policy.yaml\` decides (default: deny), \`cases.yaml\` beside it proves it. Policies are read from the *commit* of the protected
  branch: an edit on disk changes nothing until it is committed there. \`agentctl policy test\` works on the edit.
- \`skills/<name>/SKILL.md\` is a skill in the open Agent Skills format; \`agentctl skill new\` makes one with a test that passes.
- \`agents/<name>/\`, \`strategies/<name>/\`, \`runners/<name>/\` (container images): one folder a thing, named as it is.
- \`memory/\` is what was learned here: \`agentctl memory search\` before you begin, \`agentctl memory add\` when the next one should know.
- \`agentctl.yaml\` is the configuration; \`agentctl config show\` says where each value comes from.

Before you commit: \`agentctl policy test\` and \`agentctl skill check\`. To see what happened: \`agentctl run\`, \`agentctl query "select * from events"\`.
Never put a secret into a file here; write \`\${VAR}\` in agentctl.yaml. To stop everything: \`agentctl halt\`.
`;
