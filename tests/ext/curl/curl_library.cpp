#include <sealsync/ext/curl/curl_library.hpp>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace {

using sealsync::curl_library;

TEST_CASE("curl_library: it can be had, copied, moved, and had again when the last is gone") {
    for (int i = 0; i < 3; ++i) {
        auto first = curl_library::make();
        REQUIRE(first);
        const auto copy = *first;
        const auto moved = *std::move(first);
        CHECK(curl_library::make());
    }
}

TEST_CASE("curl_library: many threads may make it at once") {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([] {
            for (int turn = 0; turn < 10; ++turn) (void)curl_library::make().value();
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(curl_library::make());
}

TEST_CASE("curl_library: it says what it is") {
    CHECK(curl_library::version().find("libcurl/") == 0);
    (void)curl_library::speaks_http2();
}

} // namespace
