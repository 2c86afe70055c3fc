#!/bin/sh
# One stage of tests/packaging/run.sh, inside the minimal system: $1. "say STAGE" tells what it shows.
set -eu

run=/run/laneway

say() {
  case "$1" in
    install) echo "all four are installed, with user and folders" ;;
    serve) echo "the units' commands serve as their users" ;;
    upgrade) echo "a newer version takes over, and keeps its state" ;;
    remove) echo "removed: state stays, no program is left" ;;
    purge) echo "purged: nothing is left but the user" ;;
  esac
}

install() {
  apt-get -q update
  apt-get -q install -y --no-install-recommends systemd init-system-helpers ./*.deb
  [ "$(id -gn laneway)" = laneway ]
  id -Gn laneway | grep -qw kvm
  id -Gn laneway | grep -qw libvirt
  [ "$(stat -c %a:%U:%G $run)" = 755:laneway:kvm ]
  [ "$(stat -c %a:%U:%G /var/lib/laneway)" = 750:laneway:laneway ]
  systemd-analyze verify --man=no /lib/systemd/system/laneway.service /lib/systemd/system/lanewayd.service
  grep -qx '#include <abstractions/laneway-guest>' /etc/apparmor.d/local/abstractions/libvirt-qemu
  [ -L /etc/systemd/system/multi-user.target.wants/laneway.service ]
  [ -L /etc/systemd/system/multi-user.target.wants/lanewayd.service ]
}

command_of() { sed -n 's/^ExecStart=//p' "/lib/systemd/system/$1.service"; }

# Nobody's systemd runs here: the units' own commands, as the units' users. They end with this stage.
start() {
  systemd-tmpfiles --create laneway.conf
  # shellcheck disable=SC2046
  setpriv --reuid laneway --regid kvm --init-groups -- $(command_of laneway) >/tmp/keeper.log 2>&1 &
  # shellcheck disable=SC2046
  setpriv --reuid laneway --regid laneway --init-groups -- $(command_of lanewayd) >/tmp/lanewayd.log 2>&1 &
  tries=0
  until laneway engine status >/tmp/laneway.log 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 3000 ] || { cat /tmp/laneway.log /tmp/keeper.log /tmp/lanewayd.log; return 1; }
  done
}

serve() {
  start
  laneway vf create vm1 --memory 16M --wait 60
  [ "$(stat -c %a:%U:%G $run/vf/vm1.sock)" = 660:laneway:kvm ]
  setpriv --reuid nobody --regid kvm --clear-groups -- laneway bench $run/vf/vm1.sock --time 1 --warm-up 0
  if setpriv --reuid nobody --regid nogroup --clear-groups -- laneway vf list; then return 1; fi
}

upgrade() {
  before=$(dpkg-query -W -f '${Version}' laneway-engine)
  mkdir -p /tmp/next
  for package in laneway laneway-engine lanewayd laneway-console; do
    dpkg-deb -R "$(ls ${package}_*.deb)" /tmp/next/$package
    sed -i 's/^Version: .*/&+next/; s/laneway-engine (= \([^)]*\))/laneway-engine (= \1+next)/' \
      /tmp/next/$package/DEBIAN/control
    dpkg-deb -b /tmp/next/$package /tmp/next >/dev/null
  done
  apt-get -q install -y --no-install-recommends /tmp/next/*.deb
  [ "$(dpkg-query -W -f '${Version}' laneway-engine)" = "$before+next" ]
  start
  laneway vf list | grep -qw vm1
}

remove() {
  apt-get -q remove -y laneway laneway-engine lanewayd laneway-console
  [ -d /var/lib/laneway/engine ]
  [ -d /var/lib/laneway/manager ]
  [ ! -e /usr/bin/laneway ]
  [ ! -e /usr/libexec/laneway ]
  [ ! -e /etc/apparmor.d/local/abstractions/libvirt-qemu ]
}

purge() {
  apt-get -q purge -y laneway laneway-engine lanewayd laneway-console
  rm -rf $run /tmp/next
  left=$(find /etc /lib /usr /var/lib -iname '*laneway*' -not -path '/var/lib/dpkg/*' -not -path '/var/lib/apt/*')
  [ -z "$left" ] || { echo "left:"; find $left; return 1; }
}

"$@"
