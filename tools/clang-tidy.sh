#!/bin/sh
# Runs clang-tidy over the product's sources with the compile commands of a preset built by clang (default: tsan).
set -eu
cd "$(dirname "$0")/.."
folder=${1:-build/tsan}
command -v clang-tidy >/dev/null || { echo "clang-tidy is missing: tools/packages.sh extra" >&2; exit 1; }
[ -f "$folder/compile_commands.json" ] || {
  echo "build first: tools/build.sh tsan lw_precompiled_headers" >&2
  exit 1
}
files=$(git ls-files 'src/*.cc' | grep -v -E '_(test|fuzz)\.cc$')

# clang 14's analyzer crashes on std::bit_cast of a pointer; such a file is judged without the analyzer.
one_file='
  output=$(clang-tidy --quiet -p "$1" "$0" 2>&1) && exit 0
  code=$?
  if [ $code -ge 128 ]; then
    output=$(clang-tidy --quiet -p "$1" --checks=-clang-analyzer-\* "$0" 2>&1) && exit 0
  fi
  echo "$output" | grep -v "warnings generated\|^Suppressed\|^Use -header"
  exit 1
'
status=0
echo "$files" | xargs -P "$(nproc)" -I '{}' sh -c "$one_file" '{}' "$folder" || status=1
[ $status = 0 ] || { echo "clang-tidy: findings above"; exit 1; }
echo "clang-tidy: $(echo "$files" | wc -l) files are clean"
