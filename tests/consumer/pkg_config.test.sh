source "$(dirname "$0")/common.sh"
install_to "$scratch/prefix"
mv "$scratch/prefix" "$scratch/moved"
export PKG_CONFIG_PATH=$scratch/moved/share/pkgconfig
flags=$(pkg-config --cflags --libs sealsync)
"$CXX" -std=c++20 "$consumer/consumer.cpp" $flags -o "$scratch/consumer"
"$scratch/consumer"

version=$(sed -n 's/^#define SEALSYNC_VERSION_[A-Z]* //p' "$include/sealsync/version.hpp" | paste -sd.)
[[ $(pkg-config --modversion sealsync) == "$version" ]] || fail "sealsync.pc does not say version $version"
