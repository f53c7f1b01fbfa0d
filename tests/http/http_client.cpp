#include <sealsync/http/http_client.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using std::chrono::milliseconds;

/// No more than the concept grants.
struct client {
    client() = default;
    client(client&&) = default;
    client& operator=(client&&) = delete;
    result<void> start(std::uint64_t, const http_request&) { return {}; }
    result<void> wait(milliseconds, http_sink) { return {}; }
    void drop() {}
    milliseconds monotonic() { return {}; }
};

struct immovable : client {
    immovable(immovable&&) = delete;
};
struct starts_without_failing : client {
    void start(std::uint64_t, const http_request&) {}
};
struct starts_what_it_may_change : client {
    result<void> start(std::uint64_t, http_request&) { return {}; }
};
struct waits_without_sink : client {
    result<void> wait(milliseconds) { return {}; }
};
struct counts_what_it_drops : client {
    std::size_t drop() { return 0; }
};
struct other_clock : client {
    std::chrono::nanoseconds monotonic() { return {}; }
};

TEST_CASE("http_client: a type with exactly what the concept asks for is one") { CHECK(http_client<client>); }

TEST_CASE("http_client: near-misses are none") {
    CHECK_FALSE(http_client<immovable>);
    CHECK_FALSE(http_client<starts_without_failing>);
    CHECK_FALSE(http_client<starts_what_it_may_change>);
    CHECK_FALSE(http_client<waits_without_sink>);
    CHECK_FALSE(http_client<counts_what_it_drops>);
    CHECK_FALSE(http_client<other_clock>);
    CHECK_FALSE(http_client<int>);
}

} // namespace
