#!/bin/bash
# Starts the broker and gives each user of the file `rights` its password and its rights, each time:
# a password changed in the environment is in force after a restart. Passwords come from the
# environment: <USER>_BUS_PASSWORD. The user "guest" goes.
set -euo pipefail

here="$(dirname "${BASH_SOURCE[0]}")"

grant() {
    local user="$1" configure="$2" write="$3" read="$4" password="${1^^}_BUS_PASSWORD"
    : "${!password:?is required}"
    rabbitmqctl -q add_user "$user" "${!password}" 2>/dev/null ||
        rabbitmqctl -q change_password "$user" "${!password}"
    rabbitmqctl -q set_permissions -p / "$user" \
        "${configure//\{\}/$user}" "${write//\{\}/$user}" "${read//\{\}/$user}"
}

grant_all() {
    local key value users="" configure="" write=""
    while IFS= read -r line; do
        [[ "$line" =~ ^([a-z]+)[[:space:]]*=[[:space:]]*(.*)$ ]] || continue
        key="${BASH_REMATCH[1]}" value="${BASH_REMATCH[2]}"
        case "$key" in
            users) users="$value" ;;
            configure) configure="$value" ;;
            write) write="$value" ;;
            read) for user in $users; do grant "$user" "$configure" "$write" "$value"; done ;;
        esac
    done <"$here/rights"
    rabbitmqctl -q delete_user guest 2>/dev/null || true
    touch /tmp/users-ready
}

# The server makes the cookie; made by us it would belong to the wrong user.
when_started() {
    until [ -s /var/lib/rabbitmq/.erlang.cookie ]; do sleep 1; done
    rabbitmqctl -q await_startup --timeout 120
}

rm -f /tmp/users-ready
{ when_started && grant_all || kill -TERM 1; } &
exec docker-entrypoint.sh rabbitmq-server
