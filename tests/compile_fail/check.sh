#!/usr/bin/env bash
# usage: check.sh FILE
# FILE must not compile, and must say so as its first lines state:
#   // EXPECT: <extended regular expression>   some `error:` line matches it (static_assert texts are on one)
#   // ERRORS: <count>                         optional: exactly so many `error:` lines
# FILE compiled with -DFIXED must compile: so that it fails for the reason it states and for no other.
set -euo pipefail
file=$1
compile() {
    LC_ALL=C "${CXX:-g++}" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$SEALSYNC_SOURCE_DIR/include" "$@" "$file" 2>&1
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
