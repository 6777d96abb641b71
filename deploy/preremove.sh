#!/bin/sh
# Runs before the package is removed or upgraded: $1 says which, "remove" or
# "upgrade" to dpkg, 0 or 1 to rpm.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now wvwatch.service
	fi
	;;
esac
