#include <sealsync/sealsync.hpp>

#include <doctest/doctest.h>

namespace {

namespace ss = sealsync;

TEST_CASE("sealsync.hpp: the umbrella alone opens a vault, edits, syncs and reads") {
    const ss::memory_storage store;
    const auto open = [&](const char* device) {
        return ss::open_vault({.user = "alice", .device_name = device}, store, ss::plaintext_cipher{},
                              ss::system_clock{}, ss::keep_both{}, ss::memory_replica{})
            .value();
    };
    auto laptop = open("laptop"), phone = open("phone");
    (void)laptop.collection("emma").put("rec-123", "hello").value();
    CHECK(laptop.sync().value().pushed == 1);
    CHECK(phone.sync().value().pulled == 1);
    CHECK(ss::as_text(phone.collection("emma").get("rec-123").value()->content) == "hello");
}

} // namespace
