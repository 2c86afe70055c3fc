#!/bin/sh
# The web console: gets its packages, checks and builds it, and tries it in a browser.
set -eu

usage() {
  cat <<'END'
usage: tools/console.sh STEP...
  install   npm ci: exactly the packages of package-lock.json, from the npm registry; nothing where they are there
  types     src/api/schema.d.ts out of api/openapi.yaml
  lint      ESLint
  compile   the TypeScript compiler, of the console and its browser tests
  test      the tests of its logic (vitest)
  build     console/dist, which lanewayd serves with --console
  browser   the browser tests: a real lanewayd, engine and tgtd, and Debian's Chromium. LANEWAY_PRESET=dev takes the
            programs of another build; screenshots are in build/console/screenshots
  all       install, types, build: what a package needs
Needs Node 18 or newer with npm; browser needs chromium too: tools/packages.sh console.
END
}

case "${1:---help}" in --help | -h) usage; exit 0 ;; esac
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/console"
for program in node npm; do
  command -v $program >/dev/null 2>&1 || {
    echo "console: $program is missing; install it: tools/packages.sh npm" >&2
    exit 1
  }
done

# Scripts of packages are not run: nothing is fetched from anywhere but the registry.
install() {
  stamp=node_modules/.laneway-installed
  if [ -f $stamp ] && cmp -s package-lock.json $stamp; then
    echo "packages are there"
  else
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || {
      echo "console: npm could not get the packages; the registry is $(npm config get registry 2>/dev/null)" >&2
      return 1
    }
    cp package-lock.json $stamp
  fi
  # So that the browser tests, which lie elsewhere, find the same packages.
  ln -sfn ../../console/node_modules ../tests/console/node_modules
}

# Runs the tests of this folder; the last line says how many passed.
run_vitest() {
  report=$root/build/console/$1.json
  mkdir -p "$root/build/console"
  NO_COLOR=1 "$root/console/node_modules/.bin/vitest" run --reporter=default --reporter=json --outputFile.json="$report"
  node -e 'const report = JSON.parse(require("fs").readFileSync(process.argv[1]));
    console.log(`${report.numPassedTests} tests passed in ${report.testResults.length} files`);' "$report"
}

for step in "$@"; do
  case "$step" in
    install) install ;;
    types) node_modules/.bin/openapi-typescript ../api/openapi.yaml -o src/api/schema.d.ts ;;
    lint)
      node_modules/.bin/eslint --max-warnings 0 .
      (cd ../tests/console && node_modules/.bin/eslint --max-warnings 0 .)
      echo "ESLint: nothing found"
      ;;
    compile)
      node_modules/.bin/tsc -p . && node_modules/.bin/tsc -p ../tests/console && echo "TypeScript: nothing found"
      ;;
    test) run_vitest logic ;;
    build) node_modules/.bin/vite build --logLevel warn && du -sh dist | sed 's/\t.*/ in console\/dist/' ;;
    browser) (cd ../tests/console && run_vitest browser) ;;
    all) "$root/tools/console.sh" install types build ;;
    *) usage >&2; exit 2 ;;
  esac
done
