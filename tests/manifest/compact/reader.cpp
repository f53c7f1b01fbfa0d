#include <sealsync/manifest/compact/reader.hpp>
#include <sealsync/manifest/compact/writer.hpp>

#include "../samples.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;
using detail::compact_reader;
using detail::compact_writer;

namespace {

bytes from_digits(std::string_view hex) {
    bytes raw(hex.size() / 2);
    REQUIRE(from_hex(hex, raw));
    return raw;
}

template <class Read>
failure refused(std::string_view hex, Read read) {
    const auto in = from_digits(hex);
    compact_reader reader{in, 100};
    read(reader);
    const auto done = reader.finish();
    REQUIRE_FALSE(done);
    return done.error();
}

TEST_CASE("compact_reader: what compact_writer wrote is read back") {
    compact_writer out{1'000};
    out.encoding();
    out.kind(detail::compact_kind::checkpoint);
    out.field("version", detail::number_max);
    out.field("time", stamp{std::numeric_limits<std::int64_t>::max()});
    out.field("name", std::string{"ab"});
    const auto device = *device_id::make(std::string(64, 'c'));
    out.field("device", device);
    out.field("digest", std::optional{digest_of(3)});
    const auto written = std::move(out).take().value();

    compact_reader in{written};
    in.encoding();
    in.kind(detail::compact_kind::checkpoint);
    std::uint64_t number = 0;
    stamp time;
    std::string name;
    device_id read;
    std::optional<digest256> digest;
    in.field("version", number);
    in.field("time", time);
    in.field("name", name);
    in.field("device", read);
    in.field("digest", digest);
    CHECK(in.finish());
    CHECK(number == detail::number_max);
    CHECK(time.nanoseconds == std::numeric_limits<std::int64_t>::max());
    CHECK(name == "ab");
    CHECK(read == device);
    CHECK(digest == digest_of(3));
}

TEST_CASE("compact_reader: a number has one form, and is never over what it may be") {
    const auto number = [](compact_reader& in) {
        std::uint64_t value = 0;
        in.field("version", value);
        CHECK(value == 0);
    };
    CHECK(refused("8000", number).detail() == "at byte 100, version: a number with a needless byte");
    CHECK(refused("80808080808080808001", number).detail() == "at byte 100, version: over 9007199254740991");
    CHECK(refused("8080808080808010", number).detail() == "at byte 100, version: over 9007199254740991");
    CHECK(refused("80", number).detail() == "at byte 101, version: ends too early");
    CHECK(refused("", number).detail() == "at byte 100, version: ends too early");
}

TEST_CASE("compact_reader: an id has one form") {
    const auto id = [](compact_reader& in) {
        device_id read;
        in.field("device_id", read);
        CHECK(read.empty());
    };
    CHECK(refused("20" + to_hex(std::string(32, 'a')), id).detail() ==
          "at byte 100, device_id: hex digits that are written as text");
    CHECK(refused("012e", id).detail().find("not an id") != std::string::npos);
    CHECK(refused("82", id).detail() == "at byte 100, device_id: no form of an id");
    CHECK(refused("00aabb", id).detail() == "at byte 101, device_id: ends too early");
    CHECK(refused("0561", id).detail() == "at byte 101, device_id: ends too early");
}

TEST_CASE("compact_reader: a set of numbers is what interval_set encodes, below 2^53") {
    interval_set numbers;
    for (const std::uint64_t n : {1U, 2U, 3U, 7U, 9U}) numbers.insert(n);
    numbers.insert(detail::number_max);
    compact_writer out{1'000};
    out.field("met", numbers);
    const auto written = std::move(out).take().value();
    CHECK(written == numbers.encode());
    compact_reader in{written};
    interval_set read;
    read.insert(5);
    in.field("met", read);
    CHECK(in.finish());
    CHECK(read == numbers);

    const auto set = [](compact_reader& from) {
        interval_set met;
        from.field("met", met);
    };
    const std::string most = "ffffffffffffff0f"; // 2^53 - 1
    CHECK(refused("01" + most + "01", set).detail() == "at byte 101, met: over 9007199254740991");
    CHECK(refused("02" + most + "0000" + "00", set).detail() == "at byte 110, met: over 9007199254740991");
    CHECK(refused("010a", set).detail() == "at byte 101, met: ends too early");
    CHECK(refused("010a80", set).detail() == "at byte 103, met: ends too early");
    CHECK(refused(most + "0000", set).detail() == "at byte 108, met: ends too early");
}

TEST_CASE("compact_reader: a count is no more than there is room for, before anything is allocated") {
    const auto list = [](compact_reader& in) {
        std::vector<std::uint64_t> items;
        in.list("seen", items, 17, 1'000, [&](auto& item) { in.field("seen", item); });
        CHECK(items.capacity() == 0);
    };
    CHECK(refused("02" + std::string(66, '0'), list).detail() == "at byte 101, seen: ends too early");
    const auto over = refused("e907" + std::string(66, '0'), list);
    CHECK(over == errc::too_large);
    CHECK(over.detail() == "at byte 100, seen: over 1000 items");
}

TEST_CASE("compact_reader: the first fault stays, and what follows it reads nothing") {
    const auto error = refused("03616263ffff", [](compact_reader& in) {
        in.kind(detail::compact_kind::segment);
        CHECK(in.failed());
        CHECK(in.rest().empty());
        CHECK(in.byte("next") == 0);
        CHECK(in.position() == 100);
        in.require(0, failure{errc::too_large});
    });
    CHECK(error == errc::malformed);
    CHECK(error.detail() == "at byte 100: kind 3, not a segment");
    CHECK(refused("00", [](compact_reader&) {}).detail() == "at byte 100: more follows the end");
    CHECK(refused("00", [](compact_reader& in) {
              in.require(100, failure{errc::too_large, {}, "why"});
          }).detail() == "at byte 100: why");
}

TEST_CASE("compact_reader: an encoding of a later version is told from what is none") {
    CHECK(refused("08", [](compact_reader& in) { in.encoding(); }) == errc::unknown_format);
    CHECK(refused("09", [](compact_reader& in) { in.encoding(); }) == errc::malformed);
    CHECK(refused("", [](compact_reader& in) { in.encoding(); }).detail() == "at byte 100, encoding: ends too early");
}

} // namespace
