#include <sealsync/manifest/limits.hpp>
#include <sealsync/storage/operations.hpp>

#include <doctest/doctest.h>

namespace {

using sealsync::manifest_limits;

TEST_CASE("manifest_limits: a manifest of the greatest size is one that a store is asked for by default") {
    CHECK(manifest_limits{}.bytes_max == sealsync::get_op{}.size_max);
}

TEST_CASE("manifest_limits: a name may be as long as any file system's path, a key as long as any store's") {
    CHECK(manifest_limits{}.text_bytes_max >= 4'096);
    CHECK(manifest_limits{}.text_bytes_max >= sealsync::object_key::size_max);
}

TEST_CASE("manifest_limits: unknown fields may nest deeper than known ones do") {
    constexpr std::size_t packed_place_in_a_change = 4;
    CHECK(manifest_limits{}.depth_max > packed_place_in_a_change);
}

} // namespace
