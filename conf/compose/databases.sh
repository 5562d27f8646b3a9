#!/bin/sh
# Run once by the PostgreSQL image, on an empty volume: a database and an owner each for the journal, Prefect and MLflow,
# so that none of them reads or writes what is another's.
set -eu
for one in keel prefect mlflow; do
    psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
        --set owner="$one" --set password="$(cat "/run/secrets/${one}_password")" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'password';
CREATE DATABASE :"owner" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"owner" FROM PUBLIC;
SQL
done
# Prefect's migrations want it, and only a superuser may make it in some set-ups.
psql --set ON_ERROR_STOP=1 --username postgres --dbname prefect --command 'CREATE EXTENSION IF NOT EXISTS pg_trgm'
