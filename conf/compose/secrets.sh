#!/bin/sh
# Makes every password of docker-compose.yaml once, in .secrets/ beside it; a second run changes nothing.
# Venue keys go into .secrets/keel.env by hand, under the names of .env.example.
set -eu
umask 077
cd "$(dirname "$0")/../.."
if [ -e .secrets ]; then
    echo ".secrets is there already; nothing was changed" >&2
    exit 0
fi
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
making=".secrets.$$"
mkdir "$making"
for one in postgres keel prefect mlflow grafana; do
    random > "$making/${one}_password"
done
for one in keel prefect mlflow; do
    echo "postgres:5432:$one:$one:$(cat "$making/${one}_password")" > "$making/pgpass_$one"
done
redis="$(random)"
printf 'bind 0.0.0.0\nsave ""\nappendonly no\nrequirepass %s\n' "$redis" > "$making/redis_conf"
printf 'keel:%s' "$(random)" > "$making/prefect_auth"
{
    echo "REDIS_PASSWORD=$redis"
    echo "PREFECT_API_AUTH_STRING=$(cat "$making/prefect_auth")"
    for scope in WATCH STOP RESUME NOTIFY; do
        echo "KEEL_API__${scope}_TOKEN=$(random)"
    done
} > "$making/keel.env"
# PostgreSQL's image runs as a user of its own, which is given this group; nobody else may read them.
for one in postgres keel prefect mlflow; do
    chmod 0640 "$making/${one}_password"
done
chmod 0710 "$making"
mv "$making" .secrets
echo "made .secrets; next: docker compose up -d --build" >&2
