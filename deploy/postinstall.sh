#!/bin/sh
# Runs after the package is installed or upgraded. It starts nothing: the
# configuration names the logs, and only the administrator knows them.
set -e
systemd-sysusers wvwatch.conf
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart wvwatch.service
fi
