#include <sealsync/manifest/compact/writer.hpp>

#include "../samples.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;
using detail::compact_writer;

namespace {

std::string hex_of(compact_writer&& out) {
    auto made = std::move(out).take();
    REQUIRE(made);
    return to_hex(*made);
}

TEST_CASE("compact_writer: numbers are LEB128, texts counted, ids raw, other ids as they are shortest") {
    compact_writer out{1'000};
    out.encoding();
    out.kind(detail::compact_kind::checkpoint);
    out.field("version", std::uint64_t{300});
    out.field("time", stamp{1});
    out.field("name", std::string{"ab"});
    out.field("log", id128<log_id>(7));
    out.field("device", *device_id::make("pc"));
    out.field("device", *device_id::make(std::string(32, 'b')));
    out.field("device", *device_id::make(std::string(64, 'c')));
    CHECK(hex_of(std::move(out)) == "0102ac0201026162" + id128<log_id>(7).hex() + "027063" + "00" +
                                        std::string(32, 'b') + "81" + std::string(64, 'c'));
}

TEST_CASE("compact_writer: the first fault is given instead of bytes") {
    const auto refused = [](auto write) {
        compact_writer out{10};
        write(out);
        const auto made = std::move(out).take();
        REQUIRE_FALSE(made);
        return made.error();
    };
    CHECK(refused([](auto& out) { out.field("version", detail::number_max + 1); }).detail() ==
          "version: over 2^53 - 1");
    CHECK(refused([](auto& out) { out.field("time", stamp{-1}); }) == errc::invalid_argument);
    CHECK(refused([](auto& out) { out.field("previous", std::optional<digest256>{}); }).detail() == "previous: absent");
    CHECK(refused([](auto& out) { out.raw("eleven byte"); }) == errc::too_large);
    CHECK(refused([](auto& out) {
              out.list("seen", std::vector<int>{1, 2}, 1, 1, [](int) {});
              out.field("time", stamp{-1});
          }) == errc::too_large);
    CHECK(refused([](auto& out) { out.require(0, failure{errc::malformed}); }) == errc::invalid_argument);
    CHECK(refused([](auto& out) { out.require(0, failure{errc::unknown_format}); }) == errc::unknown_format);
}

} // namespace
