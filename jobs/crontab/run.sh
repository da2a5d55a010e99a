#!/bin/sh
# What a line of the crontab starts: run.sh PYTHON COMMAND
#
# Cron gives a bare environment and $HOME as working directory; the settings read .env from the
# project's folder. All output goes to var/log/COMMAND.log; the exit code is the command's own.
# A call that went well and had nothing to say leaves no line: the tick comes once a minute.
# Only a failure prints something here: that is what cron mails to its owner.

python=$1
command=$2
project=$(cd "$(dirname "$0")/../.." && pwd) || exit 2
log=$project/var/log/$command.log
instant() { date -u +%Y-%m-%dT%H:%M:%SZ; }

cd "$project" && mkdir -p var/log || exit 2
began=$(instant)
said=$("$python" manage.py "$command" --scheduled 2>&1)
code=$?
[ "$code" -eq 0 ] && [ -z "$said" ] && exit 0

# In one write: several calls may end at once.
written=$(
    echo "== $began $command --scheduled"
    [ -z "$said" ] || printf '%s\n' "$said"
    echo "== $(instant) $command ended with exit code $code"
)
printf '%s\n' "$written" >>"$log"
[ "$code" -eq 0 ] || echo "$command ended with exit code $code; see $log" >&2
exit "$code"
