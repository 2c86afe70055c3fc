#!/bin/sh
# An initiator that is not ours against the fake target: QEMU's iSCSI driver (libiscsi) writes, reads back and verifies,
# with and without CHAP and digests. Usage: qemu_check.sh PATH-OF-laneway-test-target
set -eu
target=$1
iqn=iqn.2026-11.test.laneway:fake
command -v qemu-io >/dev/null || { echo "qemu-io is missing: install qemu-utils and qemu-block-extra"; exit 1; }
work=$(mktemp -d)
pid=
stop() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT INT TERM

serve() {  # options of the target
  rm -f "$work/out"
  mkfifo "$work/out"
  "$target" --port 0 "$@" >"$work/out" 2>"$work/err" &
  pid=$!
  read -r word port <"$work/out" || { echo "the target does not start"; cat "$work/err"; exit 1; }
  [ "$word" = port ]
}
finish() {
  kill "$pid"
  wait "$pid" || { echo "the target found:"; cat "$work/err"; exit 1; }
  pid=
}
io() { # user or nothing, digest option, commands...
  image="driver=iscsi,transport=tcp,portal=127.0.0.1:$port,target=$iqn,lun=0,header-digest=$2$1"
  shift 2
  for command; do set -- "$@" -c "$command"; shift; done
  qemu-io --object secret,id=chap,data=secret1234567 --image-opts "$@" "$image" >"$work/io" 2>&1 ||
    { cat "$work/io"; exit 1; }
  if grep -Eiq 'failed|error' "$work/io"; then cat "$work/io"; exit 1; fi
}
secret="--chap-user joe --chap-secret secret1234567 --chap-algorithms 5"
user=,user=joe,password-secret=chap

serve --lun-size 64m
io "" none 'write -P 5 0 1M' 'read -P 5 0 1M' 'write -P 6 4096 512' 'read -P 6 4096 512' \
  'write -f -P 7 1M 64k' flush 'write -z 512k 64k' 'read -P 0 512k 64k' 'discard 256k 128k' 'aio_write -P 8 2M 4M' \
  aio_flush 'read -P 8 2M 4M' 'read -P 7 1M 64k'
finish
# shellcheck disable=SC2086
serve --lun-size 64m $secret
io "$user" crc32c 'write -P 9 0 64k' 'read -P 9 0 64k'
finish
# shellcheck disable=SC2086
serve --lun-size 64m --block-size 4096 --initial-r2t --no-immediate-data --latency-us 200 $secret
io "$user" none-crc32c 'write -P 9 0 3M' 'read -P 9 0 3M'
finish
echo "qemu-io agrees with the target"
