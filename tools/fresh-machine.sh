#!/bin/sh
# Runs both commands of the README in minimal Debian systems that hold nothing but a base system, and reports times.
set -eu

usage() {
  cat <<'END'
usage: tools/fresh-machine.sh [--debian 12|13] [--as root|user] [--command run|check] [--counts FILE] [--keep]

For Debian 12 and 13: unpacks a minimal system (debootstrap, kept in .cache/fresh), copies a clean clone of HEAD into
it, and runs ./run and ./check there, as root and as a user with sudo. The user gets a minimal system too, but where
root came first, root's clone with what root built, so that each release compiles once. Each option narrows it to
one case. Needs root or sudo, a network, 10 GiB of disk; all cases together take about an hour on two cores.

  --check-options TEXT   options for ./check, for example "--only style,unit"
  --counts FILE          appends "fresh PASSED FAILED" to FILE
  --keep                 leave the used system in .cache/fresh for a look
END
}

cd "$(dirname "$0")/.."
releases="12 13" users="root user" commands="run check" counts= keep= check_options=
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage; exit 0 ;;
    --debian) releases=$2; shift ;;
    --as) users=$2; shift ;;
    --command) commands=$2; shift ;;
    --check-options) check_options=$2; shift ;;
    --counts) counts=$(realpath "$2"); shift ;;
    --keep) keep=1 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
. tools/minimal-debian.sh

# Where the clone lies in every system, so that what one user built serves the next.
clone_home=/srv/laneway

# The system of one case: a copy of the base, a clean clone (or the one of tree $4), and for a user also sudo.
prepare() {
  tree=$1 base=$2 user=$3 before=$4
  $as_root rm -rf "$tree" .cache/fresh/clone
  $as_root cp -a --reflink=auto "$base" "$tree"
  $as_root cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
  echo "127.0.0.1 localhost $(hostname)" | $as_root tee "$tree/etc/hosts" >/dev/null
  if [ -n "$before" ]; then
    $as_root mv "$before$clone_home" .cache/fresh/clone
  else
    git clone -q --no-hardlinks . .cache/fresh/clone
  fi
  owner=root
  if [ "$user" = user ]; then
    owner=newcomer
    inside "$tree" root / "apt-get -q update && apt-get -q install -y --no-install-recommends sudo &&
      useradd -m -s /bin/sh newcomer && echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/newcomer" \
      >.cache/fresh/prepare.log 2>&1 || { tail .cache/fresh/prepare.log >&2; return 1; }
  fi
  $as_root mv .cache/fresh/clone "$tree$clone_home"
  inside "$tree" root / "chown -R $owner: $clone_home"
}

passed=0 failed=0
for release in $releases; do
  make_base "$release"
  base=.cache/fresh/$(codename_of "$release")-base
  before=
  for user in $users; do
    tree=.cache/fresh/used-$release-$user
    prepare "$tree" "$base" "$user" "$before"
    [ -z "$before" ] || [ -n "$keep" ] || $as_root rm -rf "$before"
    before=$tree
    account=root
    [ "$user" = root ] || account=newcomer
    for command in $commands; do
      log=build/fresh-$release-$user-$command.log
      mkdir -p build
      begin=$(date +%s)
      options=
      [ "$command" != check ] || options=$check_options
      if inside "$tree" "$account" "$clone_home" "./$command $options" >"$log" 2>&1; then
        passed=$((passed + 1)) verdict=ok
      else
        failed=$((failed + 1)) verdict=FAILED
      fi
      printf '  %-6s Debian %s, %s: ./%s %s (%d s, %s)\n' "$verdict" "$release" "$user" "$command" "$options" \
        $(($(date +%s) - begin)) "$log"
      [ "$verdict" = ok ] || tail -n 25 "$log"
    done
  done
  [ -n "$keep" ] || $as_root rm -rf "$tree"
done
echo "fresh: $passed passed, $failed failed"
[ -z "$counts" ] || echo "fresh $passed $failed" >>"$counts"
[ "$failed" = 0 ]
