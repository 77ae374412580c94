#!/usr/bin/env bash
# Makes a release of linux/amd64 twice, from two clones in two places, and compares every file.
# What it has made stays in the folder that is named.
set -euo pipefail
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$(dirname "$0")/../.."
# Whoever checks the sources out may be another user than who builds them.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
source=$PWD
if ! [ -e .git ] || ! git rev-parse --verify -q HEAD >/dev/null 2>&1; then # an archive of the sources, without their history
	source=$work/sources
	cp -R . "$source"
	git -C "$source" init -q
	git -C "$source" add -A
	git -C "$source" -c user.name=release -c user.email=release@localhost commit -q -m "the sources"
fi
for run in first second/elsewhere; do
	mkdir -p "$work/$run"
	git clone -q --no-hardlinks "$source" "$work/$run/dragoman"
	(cd "$work/$run/dragoman" && go run ./internal/release -version 0.0.1 -out "$work/$run/dist" -platforms linux/amd64)
done
diff "$work/first/dist/checksums.txt" "$work/second/elsewhere/dist/checksums.txt"
diff -r "$work/first/dist" "$work/second/elsewhere/dist"
rm -rf "$out"
mkdir -p "$(dirname "$out")"
mv "$work/first/dist" "$out"
echo "two runs made the same: $out"
