#!/bin/sh
# Installs the Debian packages of the named groups that this machine lacks, after naming them.
set -eu

usage() {
  cat <<'END'
usage: tools/packages.sh [--list] GROUP...
  Groups are in packaging/debian-packages: build, run, qemu, machines, crash, check, console, npm, extra, peers.
  --list   print the names of the groups' packages and stop
Of alternatives (NEWER|OLDER) one that is installed counts, else the first that this release has is installed.
Needs root or sudo only where something is missing.
END
}

root=$(cd "$(dirname "$0")/.." && pwd)
list_only=
case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  --list) list_only=1; shift ;;
esac
[ $# -gt 0 ] || { usage >&2; exit 2; }

wanted=
for group in "$@"; do
  names=$(awk -v group="$group" '$1 == group { print $2 }' "$root/packaging/debian-packages")
  [ -n "$names" ] || { echo "packages: no group '$group' in packaging/debian-packages" >&2; exit 2; }
  wanted="$wanted $names"
done
# shellcheck disable=SC2086
wanted=$(printf '%s\n' $wanted | sort -u)
if [ -n "$list_only" ]; then
  echo "$wanted"
  exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "packages: this is not Debian; make sure that your system has what these packages hold:" $wanted >&2
  exit 0
fi

# shellcheck disable=SC2046
states=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $(echo "$wanted" | tr '|' ' ') 2>/dev/null || true)
present=$(echo "$states" | awk '$1 == "installed" { print $2 }')
missing=
for names in $wanted; do
  echo "$names" | tr '|' '\n' | grep -qxF "${present:--}" || missing="$missing $names"
done
missing=${missing# }
[ -n "$missing" ] || exit 0

echo "Debian packages to install: $missing"
if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "packages: not root and no sudo here. As root, run: apt-get install --no-install-recommends $missing" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" \
    >"$log" 2>&1 </dev/null || { tail -n 20 "$log" >&2; return 1; }
}
run_apt update || echo "packages: 'apt-get update' failed; trying with the lists that are here" >&2
missing=$(for names in $missing; do
  for name in $(echo "$names" | tr '|' ' '); do
    if [ "$name" = "$names" ] || [ -n "$(apt-cache show "$name" 2>/dev/null)" ]; then break; fi
  done
  echo "$name"
done)
missing=$(echo $missing)
# shellcheck disable=SC2086
if ! run_apt install -y --no-install-recommends $missing; then
  echo "packages: the installation failed. By hand: apt-get install --no-install-recommends $missing" >&2
  exit 1
fi
# tgt's package starts a service on all addresses; Laneway starts its own tgtd on loopback and needs none.
case " $missing " in
  *" tgt "*) if [ -d /run/systemd/system ]; then $as_root systemctl disable --now tgt >/dev/null 2>&1 || true; fi ;;
esac
echo "installed."
