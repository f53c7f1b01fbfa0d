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
    local part headers
    for part in botan curl pugixml simdjson simdjson_merge sqlite s3 default_engine; do
        case $part in
        botan) headers=botan/version.h ;;
        curl) headers=curl/curl.h ;;
        pugixml) headers=pugixml.hpp ;;
        simdjson | simdjson_merge) headers=simdjson.h ;;
        sqlite) headers=sqlite3.h ;;
        s3) headers='botan/version.h curl/curl.h pugixml.hpp' ;;
        default_engine) headers='botan/version.h curl/curl.h pugixml.hpp sqlite3.h' ;;
        esac
        [[ -e $include/sealsync/sealsync_$part.hpp ]] || continue
        if "$CXX" -std=c++20 $(third_party_flags) -E $(printf -- '-include %s ' $headers) -x c++ /dev/null \
            >/dev/null 2>&1; then
            echo "$part"
        fi
    done
}

third_party_flags() { pkg-config --cflags botan-3 2>/dev/null || pkg-config --cflags botan-2 2>/dev/null || true; }
