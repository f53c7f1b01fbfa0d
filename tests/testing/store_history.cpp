#include <sealsync/testing/store_history.hpp>

#include <doctest/doctest.h>

using sealsync::to_bytes;
using sealsync::testing::store_history;

TEST_CASE("store_history: the latest version is never an older one") {
    store_history history;
    CHECK_FALSE(history.older("a", 0));
    history.remember("a", to_bytes("1"), "e1");
    CHECK_FALSE(history.older("a", 0));
    history.remember("a", to_bytes("2"), "e2");
    for (std::uint64_t pick = 0; pick < 5; ++pick) CHECK(history.older("a", pick)->etag == "e1");
}

TEST_CASE("store_history: only the last few versions are kept") {
    store_history history;
    for (int i = 0; i < 10; ++i) history.remember("a", to_bytes(std::to_string(i)), std::to_string(i));
    CHECK(history.older("a", 0)->etag == "6");
    CHECK(history.older("a", 2)->etag == "8");
}

TEST_CASE("store_history: what was there before the latest write is known, also if it was nothing") {
    store_history history;
    CHECK_FALSE(history.etag_before_latest("a"));
    history.remember("a", to_bytes("1"), "e1");
    CHECK(history.etag_before_latest("a") == "");
    history.remember("a", to_bytes("2"), "e2");
    CHECK(history.etag_before_latest("a") == "e1");
}

TEST_CASE("store_history: another body is never the key's own") {
    store_history history;
    history.remember("b", to_bytes("own"), "");
    CHECK_FALSE(history.of_another("b", 0));
    history.remember("a", to_bytes("first"), "");
    history.remember("c", to_bytes("last"), "");
    CHECK(*history.of_another("b", 0) == to_bytes("first"));
    CHECK(*history.of_another("b", 1) == to_bytes("last"));
    CHECK(*history.of_another("a", 0) == to_bytes("own"));
    CHECK(*history.of_another("c", 1) == to_bytes("own"));
    CHECK(history.of_another("unknown", 7).has_value());
    CHECK(history.last_written() == "c");
}
