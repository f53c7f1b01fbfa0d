# Including the library must run no code before main(): no order fiasco, and a start-up that costs nothing.
source "$(dirname "$0")/common.sh"
for header in sealsync.hpp $(printf 'sealsync_%s.hpp ' $(usable_parts)); do
    echo "#include <sealsync/$header>"
done >"$scratch/unit.cpp"
"$CXX" -std=c++20 -O0 $(third_party_flags) -I "$include" -c "$scratch/unit.cpp" -o "$scratch/unit.o"
found=$(nm --demangle "$scratch/unit.o" | grep -E '_GLOBAL__sub_I|__static_initialization|__cxx_global_var_init' || true)
[[ -z $found ]] || fail "a static initialiser: $found"
