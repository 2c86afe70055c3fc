#!/bin/sh
# Runs clang-tidy over the product's sources with the compile commands of the tsan preset (clang).
set -eu
cd "$(dirname "$0")/.."
command -v clang-tidy >/dev/null || { echo "clang-tidy is missing: tools/packages.sh extra" >&2; exit 1; }
[ -f build/tsan/compile_commands.json ] || { echo "build first: tools/build.sh tsan" >&2; exit 1; }
files=$(git ls-files 'src/*.cc' | grep -v '_test\.cc$')
echo "$files" | xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build/tsan 2>/dev/null
echo "clang-tidy: $(echo "$files" | wc -l) files are clean"
