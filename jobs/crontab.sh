#!/bin/sh
# For crontab lines of earlier versions, which start this file. Run `manage.py install_crontab`
# to replace them with lines that start jobs/crontab/run.sh.
exec /bin/sh "$(dirname "$0")/crontab/run.sh" "$@"
