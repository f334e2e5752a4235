#!/bin/sh
# Waits for the database, migrates it (concurrent replicas serialise on an advisory lock), then starts the shop.
set -eu

command="${1:-serve}"
if [ "$command" = serve ] && [ "${MIGRATE:-yes}" = yes ]; then
  tries=0
  while :; do
    status=0
    tickets migrate || status=$?
    if [ "$status" -eq 0 ]; then
      break
    fi
    # 75: the database does not respond. Other errors are permanent and were printed above.
    if [ "$status" -ne 75 ]; then
      echo "entrypoint: migration failed; see the message above" >&2
      exit "$status"
    fi
    tries=$((tries + 1))
    if [ "$tries" -ge "${DATABASE_TRIES:-30}" ]; then
      echo "entrypoint: database unavailable after $tries attempts" >&2
      exit 1
    fi
    echo "entrypoint: waiting for the database ($tries)" >&2
    sleep 2
  done
fi
exec tickets "$@"
