# An engine that one unit defines is not compiled again by those that have an `extern template` of it: of all that is in
# sealsync::detail they hold nothing, but for the texts of errors.
source "$(dirname "$0")/common.sh"
here=$SEALSYNC_SOURCE_DIR/tests/properties
for unit in used defined; do
    "$CXX" -std=c++20 -O0 -I "$include" -c "$here/extern_template_$unit.cpp" -o "$scratch/$unit.o"
    nm --demangle "$scratch/$unit.o" >"$scratch/$unit.symbols"
done
compiled_of_the_sync() {
    grep -E '^[0-9a-f]+ [TtVWw] .*sealsync::(v[0-9]+::)?detail::' "$scratch/$1.symbols" | grep -v '::text_of(' || true
}
undefined() {
    grep -E "^ +U sealsync::.*$2" "$scratch/$1.symbols" >/dev/null || fail "$1: $2 is not left to another unit"
}

[[ -n $(compiled_of_the_sync defined) ]] || fail "the unit that defines the engine holds nothing of it"
found=$(compiled_of_the_sync used)
[[ -z $found ]] || fail "compiled again: $found"
undefined used 'basic_sync_engine<.*>::sync\('
undefined used 'basic_sync_engine<.*>::~basic_sync_engine\('
undefined used 'basic_collection<.*>::put\('
"$CXX" "$scratch/used.o" "$scratch/defined.o" -pthread -o "$scratch/program"
"$scratch/program"
