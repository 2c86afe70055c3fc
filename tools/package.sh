#!/bin/sh
# Builds the Debian packages into build/packages.
set -eu

usage() {
  cat <<'END_OF_USAGE'
usage: tools/package.sh
  Builds the release preset, and the console where console/dist is missing, and packs both into build/packages.
LANEWAY_PRESET=dev packs another build.
END_OF_USAGE
}

case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  "") ;;
  *) usage >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."

preset=${LANEWAY_PRESET:-release}
tools/packages.sh build package
[ -e console/dist/index.html ] || { tools/packages.sh npm && tools/console.sh all; }
tools/build.sh "$preset" laneway-keeper laneway-engine laneway-enginectl lanewayd laneway \
  laneway-pages laneway-changelog
rm -rf build/packages
(cd "build/$preset" && cpack --config CPackConfig.cmake -B ../packages >../package.log 2>&1) || {
  cat build/package.log >&2
  exit 1
}
rm -rf build/packages/_CPack_Packages
ls build/packages/*.deb
