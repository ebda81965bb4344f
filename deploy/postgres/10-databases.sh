#!/bin/bash
# Runs once, when the cluster is created: a role and a database for each service, closed to the
# others. The passwords come from the environment: <SERVICE>_DATABASE_PASSWORD.
set -euo pipefail

for service in accounts registry standards search notify; do
    variable="${service^^}_DATABASE_PASSWORD"
    : "${!variable:?is required}"
    psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet \
        --set ON_ERROR_STOP=1 --set role="$service" --set password="${!variable}" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role" ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
SQL
done

psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --command 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC'
