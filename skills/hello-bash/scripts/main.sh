#!/usr/bin/env bash
# hello-bash: greets, and reports the facts of its run. One JSON object in on stdin, one out on stdout.
set -euo pipefail

fail() {
  printf 'hello-bash: %s\n' "$1" >&2
  exit 2
}

# Asks the kernel; nothing is written.
writable() {
  if [[ -w $1 ]]; then echo true; else echo false; fi
}

input=$(cat)
[[ -n ${input//[[:space:]]/} ]] || input='{}'
kind=$(jq -r 'type' <<<"$input" 2>/dev/null) || fail 'the input is not JSON'
[[ $kind == object ]] || fail 'the input must be a JSON object'
named=$(jq -c '{ name: "world" } + .' <<<"$input")
jq -e '.name | type == "string" and length >= 1 and length <= 100' <<<"$named" >/dev/null ||
  fail 'name must be a text of 1 to 100 characters'

jq -c \
  --arg cwd "$PWD" \
  --argjson cwdWritable "$(writable .)" \
  --argjson rootWritable "$(writable /)" \
  --arg runtime "bash $BASH_VERSION" \
  --argjson input "$input" \
  '{ greeting: "Hello, \(.name)!", cwd: $cwd, cwdWritable: $cwdWritable, rootWritable: $rootWritable, runtime: $runtime, input: $input }' \
  <<<"$named"
