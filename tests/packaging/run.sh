#!/bin/sh
# Builds the Debian packages and tries them in a minimal Debian 12: lintian, install, serve, upgrade, remove, purge.
set -eu

usage() {
  cat <<'END'
usage: tests/packaging/run.sh [--counts FILE]
  --counts FILE   appends "packages PASSED FAILED" to FILE
LANEWAY_PRESET=dev packs another build. Needs root or sudo, and a network for Debian's packages.
END
}

counts=
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage; exit 0 ;;
    --counts) counts=$(realpath "$2"); shift ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
cd "$(dirname "$0")/../.."
tools/packages.sh extra package
. tools/minimal-debian.sh
PATH=$PATH:/usr/sbin:/sbin

passed=0 failed=0
mkdir -p build
log=build/packages-test.log
judge() {
  name=$1
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "  ok      $name"
  else
    failed=$((failed + 1))
    echo "  FAILED  $name"
    sed 's/^/          /' "$log"
  fi
}

lintian_is_silent() {
  lintian --fail-on error,warning build/packages/*.deb || return 1
  [ -z "$(lintian build/packages/*.deb 2>/dev/null)" ]
}
apparmor_takes_the_rule() {
  printf 'profile laneway-test {\n  #include "%s"\n}\n' "$PWD/packaging/apparmor.d/laneway-guest" |
    apparmor_parser --skip-kernel-load --skip-cache
}

judge "the packages are built" tools/package.sh
judge "lintian has nothing to say" lintian_is_silent
judge "apparmor_parser takes QEMU's rule" apparmor_takes_the_rule
make_base 12
tree=.cache/fresh/used-packages
$as_root rm -rf "$tree"
$as_root cp -a --reflink=auto .cache/fresh/bookworm-base "$tree"
$as_root cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
$as_root mkdir -p "$tree/srv/packages"
$as_root cp build/packages/*.deb tests/packaging/inside.sh "$tree/srv/packages/"
for stage in install serve upgrade remove purge; do
  judge "$(sh tests/packaging/inside.sh say $stage)" inside "$tree" root /srv/packages "sh inside.sh $stage"
done
$as_root rm -rf "$tree"
echo "packages: $passed passed, $failed failed"
[ -z "$counts" ] || echo "packages $passed $failed" >>"$counts"
[ "$failed" = 0 ]
