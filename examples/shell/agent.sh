#!/bin/sh
# An agent with nothing but a shell and curl: looks around, recalls, records, does one task.
#
#   sh examples/shell/agent.sh
#
# The token goes to curl on stdin, so that it doesn't stand in the list of processes.
set -eu

home=${OPENPACT_HOME:-$HOME/.openpact}
pact=${OPENPACT_PACT:-default}
field() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$home/daemon.json" | head -n 1; }
url="http://127.0.0.1:$(field port)/v1/pacts/$pact"

# ask METHOD PATH [BODY]
ask() {
  printf 'header = "authorization: Bearer %s"\n' "$(field apiToken)" |
    curl --silent --show-error --config - --request "$1" ${3:+--header 'content-type: application/json' --data "$3"} "$url$2"
  echo
}

ask GET /status
ask POST /knowledge '{"topic":"shell","content":"An agent needs no more than curl"}'
ask GET '/knowledge?topic=shell&limit=5'
ask POST /messages '{"content":"Hello from a shell"}'

# The oldest open task, if there is one.
id=$(ask GET '/tasks?status=open&order=asc&limit=1' | sed -n 's/.*"entries":\[{"id":"\([^"]*\)".*/\1/p')
[ -n "$id" ] || exit 0
# A claim that is confirmed is ours alone. One that is refused is somebody else's.
ask PUT "/tasks/$id/claim?wait=confirmed" '{"ttl":60000}' | grep -q '"status":"claimed"' || exit 0
ask PUT "/tasks/$id/complete" '{"result":{"by":"shell"}}'
