#!/usr/bin/env bash
# Starts a gateway in the background and waits until it can be called. What follows finds it
# by AWS_ENDPOINT_URL_APIGATEWAYV2; its log is dragoman.log beside the file ready.json.
set -euo pipefail
binary="${DRAGOMAN_BINARY:-$(command -v dragoman)}"
at="$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/dragoman-XXXXXX")"
arguments=(serve --listen 127.0.0.1:0 --management 127.0.0.1:0 --data-dir "" --allow-reset --ready-file "$at/ready.json")
[ -z "${SEED:-}" ] || arguments+=(--seed "$SEED")
read -r -a more <<<"${FLAGS:-}"
"$binary" "${arguments[@]}" ${more[@]+"${more[@]}"} >"$at/dragoman.log" 2>&1 </dev/null &
gateway=$!
for _ in $(seq 600); do
	[ ! -s "$at/ready.json" ] || break
	kill -0 "$gateway" 2>/dev/null || { echo "start: the gateway did not start:" >&2; cat "$at/dragoman.log" >&2; exit 1; }
	sleep 0.1
done
[ -s "$at/ready.json" ] || { echo "start: the gateway does not serve after a minute" >&2; kill "$gateway"; exit 1; }
url() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$at/ready.json"; }
management="$(url management)" data="$(url data)"
{
	echo "management=$management"
	echo "data=$data"
} >>"${GITHUB_OUTPUT:-/dev/null}"
{
	echo "AWS_ENDPOINT_URL_APIGATEWAYV2=$management"
	echo "DRAGOMAN_ENDPOINT=$management"
	echo "DRAGOMAN_DATA=$data"
	echo "AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-any}"
	echo "AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-keys}"
	echo "AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1}"
} | tee "$at/environment" >>"${GITHUB_ENV:-/dev/null}"
echo "$at/environment"
