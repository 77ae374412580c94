#!/usr/bin/env bash
# Installs the release VERSION into a folder of the runner, and puts it on the PATH. An archive
# whose checksum is not that of the release is not unpacked. DRAGOMAN_RELEASES is where
# releases are, for a mirror.
set -euo pipefail
: "${VERSION:?the release to install, such as 1.2.3}"
case "$VERSION" in *[!0-9A-Za-z.-]*) echo "install: VERSION=$VERSION is no version" >&2; exit 2 ;; esac
from="${DRAGOMAN_RELEASES:-https://github.com/dragoman-gateway/dragoman/releases/download}/v$VERSION"
to="${RUNNER_TEMP:-${TMPDIR:-/tmp}}/dragoman-$VERSION"
case "$(uname -s)" in Linux) system=linux ;; Darwin) system=darwin ;; *) echo "install: no release for $(uname -s)" >&2; exit 1 ;; esac
case "$(uname -m)" in x86_64 | amd64) machine=amd64 ;; aarch64 | arm64) machine=arm64 ;; *) echo "install: no release for $(uname -m)" >&2; exit 1 ;; esac
name="dragoman_${VERSION}_${system}_${machine}"
mkdir -p "$to"
cd "$to"
curl --fail --silent --show-error --location --retry 3 --max-time 300 -o "$name.tar.gz" "$from/$name.tar.gz"
curl --fail --silent --show-error --location --retry 3 --max-time 60 -o checksums.txt "$from/checksums.txt"
grep "  $name.tar.gz\$" checksums.txt >wanted.txt || { echo "install: the release has no checksum of $name.tar.gz" >&2; exit 1; }
if command -v sha256sum >/dev/null; then sha256sum --check --quiet wanted.txt; else shasum -a 256 --check --quiet wanted.txt; fi
tar -xzf "$name.tar.gz"
echo "$to/$name" >>"${GITHUB_PATH:-/dev/null}"
"$to/$name/dragoman" version
echo "$to/$name/dragoman" >"$to/path"
