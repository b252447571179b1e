#!/usr/bin/env bash
# Runs the script as agentctl does and compares; exit 1 when a check fails.
set -uo pipefail

main="$(dirname "$0")/../scripts/main.sh"
failed=0

check() {
  if [[ $2 == "$3" ]]; then
    printf 'ok      %s\n' "$1"
  else
    printf 'FAILED  %s\n  expected %s\n  found    %s\n' "$1" "$2" "$3"
    failed=1
  fi
}

run() { bash "$main" <<<"$1"; }
refusal() {
  { run "$1" >/dev/null; } 2>&1
  printf ' exit %s' "$?"
}

check 'greets the world without input' 'Hello, world!' "$(run '' | jq -r .greeting)"
check 'greets by name' 'Hello, Zoë "Z"!' "$(run '{"name":"Zoë \"Z\""}' | jq -r .greeting)"
# The dollar is meant for the skill, not for this shell.
# shellcheck disable=SC2016
check 'does not run what a name says' 'Hello, $(id)!' "$(run '{"name":"$(id)"}' | jq -r .greeting)"
check 'gives the input back' '{"name":"Ada"}' "$(run '{"name":"Ada"}' | jq -c .input)"
check 'reports where it runs' "$PWD" "$(run '{}' | jq -r .cwd)"
if [[ $EUID -ne 0 ]]; then
  check 'reports a root that a container keeps read-only' false "$(run '{}' | jq -r .rootWritable)"
fi
check 'refuses what is no JSON' $'hello-bash: the input is not JSON\n exit 2' "$(refusal '{')"
check 'refuses a list' $'hello-bash: the input must be a JSON object\n exit 2' "$(refusal '[]')"
check 'refuses an empty name' $'hello-bash: name must be a text of 1 to 100 characters\n exit 2' "$(refusal '{"name":""}')"
check 'refuses a name that is a number' $'hello-bash: name must be a text of 1 to 100 characters\n exit 2' "$(refusal '{"name":7}')"
check 'refuses a name that is false' $'hello-bash: name must be a text of 1 to 100 characters\n exit 2' "$(refusal '{"name":false}')"

exit "$failed"
