#!/usr/bin/env bash
# Runs each fuzz target of the module for a time: fuzz.sh 20s [PACKAGE...]
# Inputs that fail are kept in the room's testdata/fuzz, where `make test` runs them.
set -euo pipefail
cd "$(dirname "$0")/.."
time="${1:-20s}"
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- ./...

targets=$(go test -list '^Fuzz' "$@" | awk '/^Fuzz/ { names[n++] = $1 }
	/^ok/ { for (i = 0; i < n; i++) print $2, names[i]; n = 0 }')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
count=0

fuzz() { go test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 3s -timeout 10m "$1" >"$log" 2>&1; }

# A run that only could not stop its workers in time has found nothing
# (https://go.dev/issue/75804) and may try once more.
found() { grep -q 'Failing input written' "$log" || ! grep -q 'context deadline exceeded' "$log"; }

while read -r package name; do
	if ! fuzz "$package" "$name" && { found || ! fuzz "$package" "$name"; }; then
		cat "$log"
		exit 1
	fi
	echo "ok  $package $name $(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
	count=$((count + 1))
done <<<"$targets"
echo "$count fuzz targets, $time each"
