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
command -v debootstrap >/dev/null 2>&1 || [ -x /usr/sbin/debootstrap ] || {
  echo "fresh: debootstrap is missing: tools/packages.sh extra" >&2
  exit 1
}
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo

# Where the clone lies in every system, so that what one user built serves the next.
clone_home=/srv/laneway

codename_of() { case "$1" in 12) echo bookworm ;; 13) echo trixie ;; *) echo "$1" ;; esac }

# A base system of release $1, made once.
make_base() {
  suite=$(codename_of "$1")
  base=.cache/fresh/$suite-base
  [ ! -f "$base.complete" ] || return 0
  echo "fresh: unpacking Debian $1"
  $as_root rm -rf "$base"
  mkdir -p .cache/fresh
  $as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase "$suite" "$base" \
    "$(tools/debian-mirror.sh)" >.cache/fresh/debootstrap.log 2>&1 || {
    tail .cache/fresh/debootstrap.log >&2
    return 1
  }
  # The machine's own way to its archive (proxies, snapshot dates) holds inside, too.
  apt-config dump Acquire | grep -E '^Acquire::(http|https|Check-Valid-Until)' |
    $as_root tee "$base/etc/apt/apt.conf.d/99machine" >/dev/null || true
  $as_root touch "$base.complete"
}

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

# Runs text $4 in folder $3 of system $1 as user $2, in a process namespace that dies with it.
inside() {
  $as_root unshare --mount --pid --fork --kill-child sh -c '
    set -e
    tree=$1 user=$2 folder=$3 text=$4
    mount -t proc proc "$tree/proc"
    mount --rbind /dev "$tree/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$tree/dev/shm"
    mount -t sysfs -o ro sysfs "$tree/sys"
    set -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
      ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"}
    if [ "$user" = root ]; then exec chroot "$tree" "$@" sh -c "cd $folder && $text"; fi
    exec chroot "$tree" "$@" su - "$user" -c "cd $folder && $text"' inside "$1" "$2" "$3" "$4"
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
