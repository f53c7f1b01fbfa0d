#include <sealsync/detail/wire.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace sealsync;
using detail::wire_reader;
using detail::wire_writer;

namespace {

bytes number_bytes(std::uint64_t value) {
    wire_writer out;
    out.number(value);
    return std::move(out).take();
}

bytes from(std::initializer_list<unsigned> values) {
    bytes all;
    for (const auto value : values) all.push_back(static_cast<std::byte>(value));
    return all;
}

} // namespace

TEST_CASE("wire: numbers are LEB128, seven bits a byte, lowest first") {
    CHECK(number_bytes(0) == from({0}));
    CHECK(number_bytes(127) == from({127}));
    CHECK(number_bytes(128) == from({0x80, 1}));
    CHECK(number_bytes(300) == from({0xac, 2}));
    CHECK(number_bytes(std::numeric_limits<std::uint64_t>::max()).size() == 10);
}

TEST_CASE("wire: every number reads back, at each edge of its length") {
    for (unsigned bit = 0; bit < 64; ++bit) {
        for (const auto value : {std::uint64_t{1} << bit, (std::uint64_t{1} << bit) - 1}) {
            const auto written = number_bytes(value);
            wire_reader in{written};
            CHECK(in.number() == value);
            CHECK(in.done());
        }
    }
}

TEST_CASE("wire: a number cut short or over 64 bits is refused, not guessed") {
    for (const auto& bad :
         {from({}), from({0x80}), from({0xff, 0xff}), from({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}),
          from({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1})}) {
        wire_reader in{bad};
        CHECK(in.number() == 0);
        CHECK_FALSE(in.ok());
    }
}

TEST_CASE("wire: ordered numbers sort as bytes the way they sort as numbers") {
    bytes before;
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{256},
                                      std::uint64_t{1} << 40U, std::numeric_limits<std::uint64_t>::max()}) {
        wire_writer out;
        out.ordered(value);
        const auto written = std::move(out).take();
        CHECK(written.size() == 8);
        CHECK(before < written);
        wire_reader in{written};
        CHECK(in.ordered() == value);
        CHECK(in.done());
        before = written;
    }
}

TEST_CASE("wire: a row of all forms reads back in order") {
    wire_writer out;
    out.byte(7);
    out.counted("name");
    out.number(1000);
    out.raw("tail");
    CHECK(out.view().size() == 1 + 5 + 2 + 4);

    wire_reader in{out.view()};
    CHECK(in.byte() == 7);
    CHECK(as_text(in.counted()) == "name");
    CHECK(in.number() == 1000);
    CHECK_FALSE(in.done());
    CHECK(as_text(in.rest()) == "tail");
    CHECK(as_text(in.raw(4)) == "tail");
    CHECK(in.done());
}

TEST_CASE("wire: cut anywhere, a row is refused, and reading on is harmless") {
    wire_writer out;
    out.counted("first");
    out.ordered(5);
    out.raw(std::string(16, 'x'));
    const auto whole = std::move(out).take();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        wire_reader in{bytes_view{whole}.subview(0, size)};
        static_cast<void>(in.counted());
        static_cast<void>(in.ordered());
        static_cast<void>(in.array<16>());
        CHECK_FALSE(in.ok());
        CHECK(in.byte() == 0);
        CHECK(in.number() == 0);
        CHECK(in.counted().empty());
        CHECK_FALSE(in.done());
    }
}

TEST_CASE("wire: a length greater than the input is refused, whatever its size") {
    for (const auto length : {std::uint64_t{4}, std::uint64_t{1} << 32U, std::numeric_limits<std::uint64_t>::max()}) {
        wire_writer out;
        out.number(length);
        out.raw("abc");
        wire_reader in{out.view()};
        CHECK(in.counted().empty());
        CHECK_FALSE(in.ok());
    }
}

TEST_CASE("wire: a count is refused unless the input could hold so many") {
    const auto read_count = [](std::uint64_t claimed, std::size_t present) {
        wire_writer out;
        out.number(claimed);
        out.raw(std::string(present, 'x'));
        wire_reader in{out.view()};
        const auto count = in.count(16);
        return std::pair{count, in.ok()};
    };
    CHECK(read_count(0, 0) == std::pair{std::size_t{0}, true});
    CHECK(read_count(2, 32) == std::pair{std::size_t{2}, true});
    CHECK(read_count(2, 31) == std::pair{std::size_t{0}, false});
    CHECK(read_count(std::numeric_limits<std::uint64_t>::max(), 100) == std::pair{std::size_t{0}, false});
}

TEST_CASE("wire: fixed arrays read exactly their bytes") {
    const auto data = from({1, 2, 3, 4, 5});
    wire_reader in{data};
    CHECK(in.array<4>() == std::array{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
    CHECK(in.array<2>() == std::array<std::byte, 2>{});
    CHECK_FALSE(in.ok());
}
