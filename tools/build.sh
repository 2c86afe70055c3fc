#!/bin/sh
# Configures a preset once and builds it with progress shown; says nothing much when there is nothing to do.
set -eu

usage() {
  cat <<'END'
usage: tools/build.sh PRESET [TARGET...]
  PRESET is one of CMakePresets.json (dev, release, asan, tsan, fuzz, coverage); it is built in build/PRESET.
  LANEWAY_JOBS=N sets the number of parallel compilers (default: one a core).
END
}

case "${1:-}" in
  --help | -h) usage; exit 0 ;;
  "") usage >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
preset=$1
shift
folder=build/$preset
jobs=${LANEWAY_JOBS:-$(nproc)}
log=$folder/configure.log

if [ ! -f "$folder/build.ninja" ] || [ CMakePresets.json -nt "$folder/build.ninja" ]; then
  mkdir -p "$folder"
  echo "configuring $preset"
  launcher=
  if command -v ccache >/dev/null 2>&1; then launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  if ! cmake --preset "$preset" $launcher >"$log" 2>&1; then
    cat "$log" >&2
    echo "build: cmake could not configure '$preset'; the output above says what is missing" >&2
    exit 1
  fi
fi

# A terminal shows ninja's own single line; a log gets a line every ten per cent and everything that is not progress.
if [ -t 1 ]; then
  NINJA_STATUS="$preset [%f/%t] " exec ninja -C "$folder" --quiet -j "$jobs" "$@" 2>&1
fi
status_file=$folder/.ninja-status
{
  status=0
  NINJA_STATUS="@@ %f %t " ninja -C "$folder" -j "$jobs" "$@" 2>&1 || status=1
  echo $status >"$status_file"
} | {
  # A loop of the shell's own: Debian's awk reads ahead, and its lines would come late.
  last=
  while IFS= read -r line; do
    case "$line" in
      "@@ "*)
        set -- ${line#@@ }
        tenth=$(($1 * 10 / $2))
        [ "$tenth" = "$last" ] || echo "$preset: $1 of $2 built"
        last=$tenth
        ;;
      "ninja: Entering"* | "ninja: no work"*) ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}
exit "$(cat "$status_file")"
