/** A Bash skill that counts the words of a text with jq, with a test in Bash. */
export const shellFiles: Readonly<Record<string, string>> = {
  "scripts/main.sh": `#!/usr/bin/env bash
# Counts the lines, words and characters of a text: one JSON request on stdin, one JSON result on stdout.
set -euo pipefail

jq --compact-output '.text | {
  lines: (if . == "" then 0 else (rtrimstr("\\n") | split("\\n") | length) end),
  words: ([scan("\\\\S+")] | length),
  characters: length
}'
`,
  "tests/run.sh": `#!/usr/bin/env bash
# Runs the program on requests and compares its results; exits 1 when one differs.
set -euo pipefail
cd "$(dirname "\${BASH_SOURCE[0]}")/.."

failed=0
expect() {
  local request=$1 wanted=$2 found
  found=$(bash scripts/main.sh <<<"$request") || found="exit $?"
  if [[ $found == "$wanted" ]]; then
    echo "ok      $request"
  else
    echo "not ok  $request: wanted $wanted, found $found"
    failed=1
  fi
}

expect '{"text":""}' '{"lines":0,"words":0,"characters":0}'
expect '{"text":"one two\\nthree\\n"}' '{"lines":2,"words":3,"characters":14}'
expect '{"text":"  größer "}' '{"lines":1,"words":1,"characters":9}'
exit "$failed"
`,
};
