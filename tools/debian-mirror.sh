#!/bin/sh
# Prints the address of the Debian archive that this machine's apt uses for its own release.
set -eu
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
  awk -v codename="$codename" '$2 == codename && $3 == "main" && $1 ~ /\/debian\/?$/ { print $1; exit }')
[ -n "$mirror" ] || { echo "no Debian archive in this machine's apt sources" >&2; exit 1; }
echo "$mirror"
