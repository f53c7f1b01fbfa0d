#!/usr/bin/env bash
# usage: tests/run.sh [--preset NAME] [--suites "unit ext ..."] [--filter REGEX]
# Installs what the tests need (cmake/install_packages.sh), configures, builds and runs them. Incremental; quiet when
# all is well. The last line is the total: N passed, N failed, N skipped. For the suite `servers` it starts real S3
# servers; one that does not start fails the run if CI is set, and else its tests are skipped.
#   --preset NAME    of CMakePresets.json; dev-gcc unless told
#   --suites LIST    only these: unit sync portable ext simulation servers compile_fail properties consumer examples ...
#   --filter REGEX   only the tests whose name matches (ctest -R)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

preset=dev-gcc suites= filter=
while (($#)); do
    case $1 in
    --preset) preset=$2 ;;
    --suites) suites=$2 ;;
    --filter) filter=$2 ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    shift 2
done

build=$root/build/$preset
log=$build/run.log

# A stage before the tests that fails counts as one failed test.
stage() {
    local name=$1
    shift
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log"
        echo "$name failed"
        echo "0 passed, 1 failed, 0 skipped"
        exit 1
    fi
}

# ctest's verbose output has every line of test 12 as `12: ...`, and at its end `... Test #12: name ...   Passed`. A
# doctest program counts its own cases in a line `tally: ...`; anything else counts one.
report() {
    awk '
        match($0, /^[0-9]+: /) {
            id = substr($0, 1, RLENGTH - 2) + 0; line = substr($0, RLENGTH + 1)
            output[id] = output[id] line "\n"
            if (line ~ /^tally: /) { split(line, t, " "); tally[id] = 1; p[id] = t[2]; f[id] = t[4]; s[id] = t[6] }
            if (line ~ /^skipped: /) print line
            next
        }
        match($0, /Test +#[0-9]+: /) {
            id = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", id); id += 0
            name = substr($0, RSTART + RLENGTH); sub(/ .*/, "", name)
            good = /  Passed  /; skip = /\*\*\*Skipped/
            if (!good && !skip) { printf "%s failed:\n%s", name, output[id] }
            if (skip) print "skipped: " name
            if (tally[id]) { passed += p[id]; failed += f[id]; skipped += s[id]; if (!good && !f[id]) failed++ }
            else if (good) passed++; else if (skip) skipped++; else failed++
        }
        END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }
    ' "$1"
}

# In CI a server that does not start fails the run; elsewhere its tests are skipped, and say so.
start_servers() {
    local servers
    servers=$(mktemp -d)
    trap "tests/servers/servers.sh stop '$servers'" EXIT
    if ! { cmake/install_packages.sh servers &&
        tests/servers/servers.sh start "$servers" >"$servers/env"; } 2>"$log"; then
        cat "$log"
        [[ -z ${CI:-} ]] || stage "starting the servers" false
    fi
    [[ ! -f $servers/env ]] || source "$servers/env"
}

cd "$root"
cmake/install_packages.sh build tests
mkdir -p "$build"
stage "configuring" cmake --preset "$preset"

targets=(all)
labels=()
if [[ -n $suites ]]; then
    targets=(${suites// / sealsync_})
    targets[0]=sealsync_${targets[0]}
    labels=(-L "^(${suites// /|})\$")
fi
stage "building" cmake --build --preset "$preset" --target "${targets[@]}" -- -k 0

if [[ -z $suites || " $suites " == *" servers "* ]]; then start_servers; fi
ctest --test-dir "$build" --parallel 2 --verbose ${labels[@]+"${labels[@]}"} ${filter:+-R "$filter"} >"$log" 2>&1 </dev/null || true
report "$log"
