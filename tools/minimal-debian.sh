# Minimal Debian systems for scripts that include this from the project's root: made by debootstrap, in .cache/fresh.
# shellcheck shell=sh
command -v debootstrap >/dev/null 2>&1 || [ -x /usr/sbin/debootstrap ] || {
  echo "$0: debootstrap is missing: tools/packages.sh extra" >&2
  exit 1
}
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo

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
