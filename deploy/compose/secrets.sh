#!/bin/sh
# Makes the secrets of the compose file, once: what is there already stays.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
# Compose mounts files with the owner and mode that they have, and containers read them as
# another user: the folder keeps others out.
make() { [ -e "secrets/$1" ] || { cat >"secrets/$1" && chmod 0644 "secrets/$1"; }; }

[ -e secrets/postgres ] || random | make postgres
[ -e secrets/bus ] || printf 'dragoman:%s' "$(random)" | make bus
printf 'postgres://dragoman:%s@postgres:5432/dragoman?sslmode=disable\n' "$(cat secrets/postgres)" | make store
make nats <<END
port: 4222
max_payload: 1MB
authorization { user: dragoman, password: "$(cut -d: -f2 secrets/bus)" }
END
make credentials <<END
[default]
aws_access_key_id = $(random | cut -c1-20 | tr a-f A-F)
aws_secret_access_key = $(random)
END
echo "secrets/credentials has the key of the management API: AWS_SHARED_CREDENTIALS_FILE=$PWD/secrets/credentials"
