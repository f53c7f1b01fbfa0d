#include <sealsync/bytes.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("bytes_view: sees text, bytes and spans as the same bytes") {
    const std::string text = "abc";
    const bytes owned = to_bytes(text);
    const std::array<unsigned char, 3> raw{'a', 'b', 'c'};
    CHECK(bytes_view{text} == bytes_view{owned});
    CHECK(bytes_view{"abc"} == bytes_view{std::span{raw}});
    CHECK(bytes_view{std::string_view{text}} == bytes_view{std::span<const std::byte>{owned}});
    CHECK(bytes_view{text}.data() == reinterpret_cast<const std::byte*>(text.data()));
}

TEST_CASE("bytes_view: equality compares every byte, and NUL is a byte like any other") {
    using namespace std::string_view_literals;
    CHECK(bytes_view{} == bytes_view{""});
    CHECK(bytes_view{"a\0b"sv} != bytes_view{"a\0c"sv});
    CHECK(bytes_view{"a"} != bytes_view{"ab"});
    CHECK(bytes_view{"a\0"sv} != bytes_view{"a"sv});
}

TEST_CASE("bytes_view: subview cuts without copying") {
    const bytes_view all{"abcdef"};
    CHECK(all.subview(2) == bytes_view{"cdef"});
    CHECK(all.subview(2, 3) == bytes_view{"cde"});
    CHECK(all.subview(6).empty());
    CHECK(all.subview(1).data() == all.data() + 1);
}

TEST_CASE("as_text and to_bytes: are each other's reverse") {
    const std::string all = [] {
        std::string every;
        for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
        return every;
    }();
    CHECK(as_text(to_bytes(all)) == all);
    CHECK(as_text({}).empty());
}

TEST_CASE("append: adds at the end") {
    bytes out = to_bytes("ab");
    append(out, "");
    append(out, "cd");
    CHECK(as_text(out) == "abcd");
}

TEST_CASE("to_hex: writes two lower-case digits a byte") {
    using namespace std::string_view_literals;
    CHECK(to_hex({}) == "");
    CHECK(to_hex("\x00\x01\x7f\x80\xab\xff"sv) == "00017f80abff");
}

TEST_CASE("from_hex: reads back what to_hex wrote, for every byte") {
    for (int value = 0; value < 256; ++value) {
        const std::array<std::byte, 1> one{static_cast<std::byte>(value)};
        std::array<std::byte, 1> back{};
        REQUIRE(from_hex(to_hex(one), back));
        REQUIRE(back == one);
    }
}

TEST_CASE("from_hex: refuses upper case, other characters and any other length") {
    std::array<std::byte, 2> out{};
    CHECK(from_hex("09af", out));
    for (const char* bad : {"", "09a", "09af0", "09AF", "09ag", "09a ", "0x9a", "09a\xff", "-9af"}) {
        CAPTURE(bad);
        CHECK_FALSE(from_hex(bad, out));
    }
    CHECK(from_hex("", {}));
}

TEST_CASE("digest256: parses exactly 64 hex digits") {
    const std::string hex(64, 'c');
    const auto digest = digest256::parse(hex);
    REQUIRE(digest);
    CHECK(digest->hex() == hex);
    CHECK_FALSE(digest256::parse(hex + "c"));
    CHECK_FALSE(digest256::parse(hex.substr(1)));
    CHECK_FALSE(digest256::parse(std::string(64, 'C')));
}

TEST_CASE("digest256: orders as its hex does") {
    auto small = *digest256::parse("0f" + std::string(62, 'f'));
    auto great = *digest256::parse("80" + std::string(62, '0'));
    CHECK(small < great);
    CHECK(small != great);
    CHECK(digest256{} < small);
}
