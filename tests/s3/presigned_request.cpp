#include <sealsync/s3/presigned_request.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

namespace {

[[nodiscard]] bool good(http_header one) { return detail::fault_of_headers(std::vector{std::move(one)}) == nullptr; }

} // namespace

TEST_CASE("fault_of_headers: names are lower-case tokens, values have no control characters") {
    CHECK(good({"x-amz-meta-1", "any value, with \"quotes\", tabs\tand \xc3\xa4"}));
    CHECK(good({"if-match", ""}));
    for (const auto* name : {"", "If-Match", "a b", "a:", "a\n", "\xc3\xa4"}) {
        CAPTURE(name);
        CHECK_FALSE(good({name, "x"}));
    }
    for (const std::string value : {"a\r\nx-evil: 1", "a\n", "a\rb", "\x7f", "\x1b"}) CHECK_FALSE(good({"a", value}));
    CHECK_FALSE(good({"a", std::string(1, '\0')}));
}

TEST_CASE("check_s3_request: keys have up to 1024 bytes, of any kind") {
    CHECK(detail::check_s3_request("", {}));
    CHECK(detail::check_s3_request(std::string(1024, '\n'), {}));
    CHECK(detail::check_s3_request(std::string(1025, 'k'), {}).error() == errc::too_large);
}

TEST_CASE("check_s3_request: what the authority adds cannot be given") {
    for (const auto* name : {"host", "authorization", "x-amz-date", "x-amz-security-token"}) {
        const auto checked = detail::check_s3_request("k", std::vector<http_header>{{name, "x"}});
        REQUIRE_FALSE(checked);
        CHECK(checked.error() == errc::invalid_argument);
        CHECK(checked.error().detail() == std::string{name} + " is the authority's own");
    }
    CHECK(detail::check_s3_request("k", std::vector<http_header>{{"a\n", "x"}}).error() == errc::invalid_argument);
    CHECK(detail::check_s3_request("k", std::vector<http_header>{{"x-amz-meta-host", "x"}}));
}
