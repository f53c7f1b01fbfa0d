# For the *.test.sh beside it, which source it.
source "$(dirname "${BASH_SOURCE[0]}")/../properties/common.sh"
consumer=$SEALSYNC_SOURCE_DIR/tests/consumer

# Installs the library as a packager would; more arguments go to cmake.
install_to() {
    local prefix=$1
    shift
    cmake -S "$SEALSYNC_SOURCE_DIR" -B "$scratch/packager" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" \
        -DCMAKE_INSTALL_PREFIX=/nowhere -DSEALSYNC_BUILD_TESTS=OFF -DSEALSYNC_BUILD_EXAMPLES=OFF "$@"
    cmake --install "$scratch/packager" --prefix "$prefix"
}

# project, cmake arguments...: configures, builds and runs a consumer
build_and_run() {
    local project=$1
    shift
    cmake -S "$consumer/$project" -B "$scratch/$project" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" "$@"
    cmake --build "$scratch/$project"
    "$scratch/$project/consumer"
}
