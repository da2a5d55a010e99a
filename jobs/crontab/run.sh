#!/bin/sh
# Started by a crontab line: run.sh PYTHON COMMAND
#
# Cron starts a line with a bare environment in $HOME. This script changes to the project folder,
# where the settings read .env, and runs `manage.py COMMAND --scheduled`. All output goes to
# var/log/COMMAND.log. The exit code is the command's own.
# A successful run without output writes no log entry: the tick runs once a minute.
# Only a failure prints a line, which cron sends by mail to the owner of the crontab.

python=$1
command=$2
project=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
log=$project/var/log/$command.log
instant() { date -u +%Y-%m-%dT%H:%M:%SZ; }

cd "$project" && mkdir -p var/log || exit 2
started=$(instant)
output=$("$python" manage.py "$command" --scheduled 2>&1)
code=$?
[ "$code" -eq 0 ] && [ -z "$output" ] && exit 0

# The entry is appended in one write, because several commands may finish at the same time.
entry=$(
    echo "== $started $command started"
    [ -z "$output" ] || printf '%s\n' "$output"
    echo "== $(instant) $command finished with exit code $code"
)
printf '%s\n' "$entry" >>"$log"
[ "$code" -eq 0 ] || echo "$command failed with exit code $code; see $log" >&2
exit "$code"
