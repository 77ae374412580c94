#!/usr/bin/env bash
# Makes a release of linux/amd64 twice, from two clones in two places, and compares every file.
# What it has made stays in the folder that is named.
set -euo pipefail
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(git rev-parse --show-toplevel)"
for run in first second/elsewhere; do
	mkdir -p "$work/$run"
	git clone -q --no-hardlinks . "$work/$run/dragoman"
	(cd "$work/$run/dragoman" && go run ./internal/release -version 0.0.1 -out "$work/$run/dist" -platforms linux/amd64)
done
diff "$work/first/dist/checksums.txt" "$work/second/elsewhere/dist/checksums.txt"
diff -r "$work/first/dist" "$work/second/elsewhere/dist"
rm -rf "$out"
mkdir -p "$(dirname "$out")"
mv "$work/first/dist" "$out"
echo "two runs made the same: $out"
