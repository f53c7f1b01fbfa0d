#include "fixtures.hpp"

#include <sealsync/ext/botan/compat.hpp>

using namespace sealsync;

namespace {

const auto named = [] { return std::string{"record r"}; };

} // namespace

TEST_CASE("without_botan_exceptions: what Botan throws becomes a failure on the object") {
    const auto outcome = detail::without_botan_exceptions(
        named, []() -> result<int> { throw Botan::Invalid_Argument{"key too short"}; });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::unsupported);
    CHECK(outcome.error().object() == "record r");
    CHECK(outcome.error().detail() == "key too short");
}

TEST_CASE("without_botan_exceptions: results pass through, and what is not Botan's is not swallowed") {
    CHECK(detail::without_botan_exceptions(named, [] { return result<int>{7}; }).value() == 7);
    const auto refused = [] { return result<int>{failure{errc::tampered, "other"}}; };
    CHECK(detail::without_botan_exceptions(named, refused).error().object() == "other");
    const auto throwing = []() -> result<int> { throw std::bad_alloc{}; };
    CHECK_THROWS_AS((void)detail::without_botan_exceptions(named, throwing), std::bad_alloc);
}

TEST_CASE("octets: the same bytes as Botan calls them") {
    std::array<std::byte, 2> data{std::byte{1}, std::byte{255}};
    CHECK(detail::octets(data.data())[1] == 255);
    CHECK(detail::octets(std::as_const(data).data())[0] == 1);
}
