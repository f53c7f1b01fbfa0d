#include <sealsync/sealsync.hpp>

#include <doctest/doctest.h>

namespace {

namespace ss = sealsync;

// That it syncs, two devices in two translation units show: properties/two_tu_a.cpp.
TEST_CASE("sealsync.hpp: the umbrella alone opens a vault, edits and reads") {
    auto vault = ss::open_vault({.user = "alice", .device_name = "laptop"}, ss::memory_storage{},
                                ss::plaintext_cipher{}, ss::system_clock{}, ss::keep_both{}, ss::memory_replica{});
    REQUIRE(vault);
    (void)vault->collection("emma").put("rec-123", "hello").value();
    CHECK(ss::as_text(vault->collection("emma").get("rec-123").value()->content) == "hello");
}

} // namespace
