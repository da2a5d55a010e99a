#!/bin/sh
# What a line of the crontab starts: crontab.sh PYTHON COMMAND
#
# Cron gives a bare environment and $HOME as working directory; the settings read .env from the
# project's folder. All output goes to var/log/COMMAND.log; the exit code is the command's own.
# Only a failure prints something here: that is what cron mails to its owner.

python=$1
command=$2
project=$(cd "$(dirname "$0")/.." && pwd) || exit 2
log=$project/var/log/$command.log
instant() { date -u +%Y-%m-%dT%H:%M:%SZ; }

cd "$project" && mkdir -p var/log || exit 2
code=2
{
    echo "== $(instant) $command --scheduled"
    "$python" manage.py "$command" --scheduled
    code=$?
    echo "== $(instant) $command ended with exit code $code"
} >>"$log" 2>&1

[ "$code" -eq 0 ] || echo "$command ended with exit code $code; see $log" >&2
exit "$code"
