# For the *.test.sh beside it, which source it: what ctest says about the build, and a scratch folder.
set -euo pipefail
: "${SEALSYNC_SOURCE_DIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}" "${CXX:=g++}"
include=$SEALSYNC_SOURCE_DIR/include
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "$*"
    exit 1
}

# Preprocessed lines of a header, without blank ones and line markers.
lines_of() {
    "$CXX" -std=c++20 -E -P -I "$include" -include "$1" -x c++ /dev/null | grep -c .
}

# The parts whose third party this machine has.
usable_parts() {
    local part header
    for part in botan sqlite simdjson; do
        case $part in
        botan) header=botan/version.h ;;
        sqlite) header=sqlite3.h ;;
        simdjson) header=simdjson.h ;;
        esac
        [[ -e $include/sealsync/sealsync_$part.hpp ]] || continue
        if "$CXX" -std=c++20 $(third_party_flags) -E -include "$header" -x c++ /dev/null >/dev/null 2>&1; then
            echo "$part"
        fi
    done
}

third_party_flags() { pkg-config --cflags botan-3 2>/dev/null || pkg-config --cflags botan-2 2>/dev/null || true; }
