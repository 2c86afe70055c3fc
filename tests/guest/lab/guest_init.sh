#!/bin/busybox sh
# First process of a lab guest: loads modules, then runs the scripts that come down the command channel.
/bin/busybox mkdir -p /proc /sys /dev /tmp /var/tmp /run /sbin /usr/bin /usr/sbin
/bin/busybox --install -s /bin
export PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
ip link set lo up 2>/dev/null
for module in $(cat /modules/order 2>/dev/null); do
  insmod "/modules/$module" || echo "lab guest: cannot load $module"
done
[ ! -f /setup ] || . /setup

channel=$(cat /channel)
tries=0
while [ ! -e "$channel" ] && [ $tries -lt 200 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
exec 3<>"$channel" || poweroff -f
stty raw -echo <"$channel" 2>/dev/null
echo laneway-guest-ready >&3
while read -r number script <&3; do
  echo "$script" | base64 -d >/tmp/.script
  sh /tmp/.script >/tmp/.output 2>&1 </dev/null 3>&-
  code=$?
  { echo -n "$number $code "; base64 </tmp/.output | tr -d '\n'; echo; } >&3
done
poweroff -f
