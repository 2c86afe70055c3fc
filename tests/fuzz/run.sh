#!/bin/sh
# Builds the fuzz targets and runs each for some seconds; prints executions and coverage of each.
set -eu

usage() {
  cat <<'END'
usage: tests/fuzz/run.sh [--seconds N] [--accepted N] [--target NAME] [--merge] [--no-build]
  --seconds N    how long each target runs (default 5)
  --accepted N   rounds of that many seconds (default 60) of the targets of rings, messages and PDUs, until N inputs
                 in all got past the first check of their kind: the campaign is --accepted 100000000
  --target NAME  only this target, for example pdu_fuzz
  --merge        afterwards keep in tests/fuzz/corpus/TARGET every input that reaches something new
Seeds are read from tests/fuzz/corpus/TARGET; finds grow in .cache/fuzz/TARGET; a crashing input is kept in
build/fuzz/artifacts and its replay command is printed.
END
}

cd "$(dirname "$0")/../.."
seconds= accepted= only= merge= build=1
while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h) usage; exit 0 ;;
    --seconds) seconds=$2; shift ;;
    --accepted) accepted=$2; shift ;;
    --target) only=$2; shift ;;
    --merge) merge=1 ;;
    --no-build) build= ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

seconds=${seconds:-${accepted:+60}}
seconds=${seconds:-5}
files=$(find src tests -name '*_fuzz.cc')
# Those that count what they accept are the targets of a campaign.
# shellcheck disable=SC2086
[ -z "$accepted" ] || files=$(grep -l 'AcceptedInputs::count' $files)
targets=$(echo "$files" | sed 's,.*/,,; s,\.cc$,,' | sort)
[ -z "$only" ] || targets=$(echo "$targets" | grep -x "$only") || { echo "fuzz: no target '$only'" >&2; exit 2; }
[ -n "$targets" ] || { echo "fuzz: there is no *_fuzz.cc to run" >&2; exit 1; }
# shellcheck disable=SC2086
[ -z "$build" ] || tools/build.sh fuzz $targets
mkdir -p build/fuzz/artifacts build/fuzz/logs

run_target='
  target=$0
  seeds=tests/fuzz/corpus/$target
  grown=.cache/fuzz/$target
  mkdir -p "$grown"
  [ -d "$seeds" ] || seeds=
  log=build/fuzz/logs/$target.log
  if ASAN_OPTIONS=allocator_may_return_null=1 build/fuzz/bin/$target -max_total_time='"$seconds"' -timeout=20 \
      -rss_limit_mb=2048 -print_final_stats=1 -close_fd_mask=1 -artifact_prefix=build/fuzz/artifacts/$target- \
      "$grown" $seeds >"$log" 2>&1; then result=ok; else result=FAILED; fi
  runs=$(awk "/^stat::number_of_executed_units/ { print \$2 }" "$log")
  past=$(awk "/^stat::accepted_inputs/ { print \$2 }" "$log")
  points=$(sed -n "s/.*(\([0-9]*\) inline 8-bit counters).*/\1/p" "$log" | awk "{ n += \$1 } END { print n + 0 }")
  edges=$(sed -n "s/.* cov: \([0-9]*\) ft.*/\1/p" "$log" | tail -n 1)
  inputs=$(find "$grown" $seeds -type f | wc -l)
  printf "%-28s %10s runs  %10s accepted  %6s of %6s edges  %5s inputs  %s\n" \
    "$target" "${runs:-0}" "${past:--}" "${edges:-0}" "$points" "$inputs" "$result"
  [ $result = ok ]
'
# One round of all targets; false where one failed. Adds to $total what they accepted.
run_round() {
  status=0
  echo "$targets" | xargs -P "${LANEWAY_JOBS:-$(nproc)}" -I '{}' sh -c "$run_target" '{}' || status=1
  passed=0 failed=0
  for target in $targets; do
    log=build/fuzz/logs/$target.log
    count=$(awk '/^stat::accepted_inputs/ { print $2 }' "$log")
    total=$((total + ${count:-0}))
    if grep -q '^stat::number_of_executed_units: *[1-9]' "$log" 2>/dev/null && ! grep -q '^SUMMARY\|ERROR:' "$log"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      echo "--- $target, end of $log:"
      tail -n 25 "$log" 2>/dev/null || true
      input=$(sed -n 's/.*Test unit written to \(.*\)/\1/p' "$log" 2>/dev/null | tail -n 1)
      [ -z "$input" ] || echo "replay: build/fuzz/bin/$target $input"
    fi
  done
  [ "$failed" = 0 ] && [ "$status" = 0 ]
}

total=0 rounds=1 is_sound=1
run_round || is_sound=
while [ -n "$accepted" ] && [ -n "$is_sound" ] && [ "$total" -lt "$accepted" ]; do
  echo "fuzz: $total of $accepted inputs accepted after $rounds rounds"
  rounds=$((rounds + 1))
  run_round || is_sound=
done

if [ -n "$merge" ]; then
  for target in $targets; do
    mkdir -p "tests/fuzz/corpus/$target"
    build/fuzz/bin/"$target" -merge=1 "tests/fuzz/corpus/$target" ".cache/fuzz/$target" >/dev/null 2>&1 || true
  done
fi
[ -z "$accepted" ] || echo "fuzz: $total inputs got past the first check of their kind, in $rounds rounds"
echo "fuzz: $passed targets passed, $failed failed, $seconds s each"
[ -n "$is_sound" ]
