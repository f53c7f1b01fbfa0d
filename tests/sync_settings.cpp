#include <sealsync/manifest/limits.hpp>
#include <sealsync/sync_settings.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

// Numbers that users rely on: changing one is a change of behaviour.

TEST_CASE("sync_settings: what is written fits into what is read") {
    const sync_settings settings;
    CHECK(settings.changes_per_segment_max <= settings.manifest.changes_max);
    CHECK(settings.record_bytes_max < settings.manifest.bytes_max);
    CHECK(settings.batch_bytes_max <= std::size_t{8} << 20U);
}

TEST_CASE("sync_settings: the guard against mass deletes begins at 100 records, withholding is told after a day") {
    const sync_settings settings;
    CHECK(settings.mass_delete_floor == 100);
    CHECK(settings.withheld_after == std::chrono::hours{24});
    CHECK(settings.rediscover_every == 120);
}

TEST_CASE("vault_options: a plaintext vault is created unless told otherwise") {
    CHECK(vault_options{}.create);
    const vault_options options{.user = "alice", .device_name = "laptop"};
    CHECK(options.user == "alice");
}

} // namespace
