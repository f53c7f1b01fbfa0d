#!/usr/bin/env bash
# usage: check.sh FILE
# FILE must not compile, and must say so as its first lines state:
#   // EXPECT: <extended regular expression>   some `error:` line matches it (static_assert texts are on one)
#   // ERRORS: <count>                         optional: exactly so many `error:` lines
# FILE compiled with -DFIXED must compile: so that it fails for the reason it states and for no other.
# Those that include sealsync.hpp have it precompiled, by the target sealsync_compile_fail.
set -euo pipefail
file=$1
flags=(-std=c++20 -Wall -Wextra -Werror -I "$SEALSYNC_SOURCE_DIR/include")
precompiled=$SEALSYNC_BUILD_DIR/tests/compile_fail/sealsync
if grep -q '^#include <sealsync/sealsync.hpp>' "$file"; then flags+=(-include "$precompiled"); fi
compile() {
    LC_ALL=C "${CXX:-g++}" "${flags[@]}" -fsyntax-only "$@" "$file" 2>&1
}

expected=$(sed -n 's|^// EXPECT: ||p' "$file")
count=$(sed -n 's|^// ERRORS: ||p' "$file")
[[ -n $expected ]] || { echo "$file: no '// EXPECT:' line" && exit 1; }

if output=$(compile); then
    echo "$file: compiles, but must not" && exit 1
fi
errors=$(grep 'error:' <<<"$output" || true)
if ! grep -qE "$expected" <<<"$errors"; then
    echo "$output"
    echo "$file: no error matches: $expected" && exit 1
fi
if [[ -n $count && $(wc -l <<<"$errors") != "$count" ]]; then
    echo "$output"
    echo "$file: $(wc -l <<<"$errors") errors instead of $count" && exit 1
fi
if ! output=$(compile -DFIXED); then
    echo "$output"
    echo "$file: does not compile with -DFIXED either" && exit 1
fi
