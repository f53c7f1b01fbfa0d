# Installed by a packager who has none of the parts' dependencies: a user who has them gets every part.
source "$(dirname "$0")/common.sh"
install_to "$scratch/prefix" -DCMAKE_DISABLE_FIND_PACKAGE_{Botan,CURL,SQLite3,pugixml,simdjson}=ON

# Moved away, so that nothing can rely on where it was built or installed.
mv "$scratch/prefix" "$scratch/moved" && rm -rf "$scratch/packager"
build_and_run find_package -DCMAKE_PREFIX_PATH="$scratch/moved" | tee "$scratch/log"
for part in $(usable_parts); do
    grep -q "consumer has $part" "$scratch/log" || fail "component $part was not found"
done

# A component that cannot be had is refused by name, and so is one that does not exist.
refused() {
    local expected=$1
    shift
    if cmake --fresh -S "$scratch/asks" -B "$scratch/asking" -G Ninja -DCMAKE_PREFIX_PATH="$scratch/moved" "$@" >"$scratch/log" 2>&1
    then
        fail "accepted, instead of: $expected"
    fi
    tr -s ' \n' ' ' <"$scratch/log" | grep -q "$expected" || fail "does not say '$expected': $(cat "$scratch/log")"
}
mkdir "$scratch/asks"
cat >"$scratch/asks/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(asks LANGUAGES CXX)
find_package(sealsync ${VERSION} REQUIRED COMPONENTS ${COMPONENT})
END
refused "component botan needs Botan, which was not found" -DCOMPONENT=botan -DCMAKE_DISABLE_FIND_PACKAGE_Botan=ON
refused "component s3 needs component curl, which was not found" -DCOMPONENT=s3 -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON
refused "no such component: carrier_pigeon" -DCOMPONENT=carrier_pigeon
refused "not compatible\|compatible with requested version" -DCOMPONENT=core -DVERSION=99.0
