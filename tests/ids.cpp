#include <sealsync/ids.hpp>

#include <doctest/doctest.h>

#include <unordered_set>

using namespace sealsync;

TEST_CASE("basic_id: takes 1 to 128 characters that are safe in keys, paths and URLs") {
    for (const char* good : {"a", "rec-123", "EMMA", "a.b", "a_b~c", "0", "-x", "a."}) {
        CAPTURE(good);
        const auto id = object_id::make(good);
        REQUIRE(id);
        CHECK(id->text() == good);
        CHECK_FALSE(id->empty());
    }
    CHECK(user_id::make(std::string(128, 'a')));
}

TEST_CASE("basic_id: refuses what could leave its place in a key or mean two things") {
    using namespace std::string_view_literals;
    for (const auto bad : {""sv, "."sv, ".."sv, ".hidden"sv, "a/b"sv, "a b"sv, "a\0b"sv, "a\nb"sv, "caf\xc3\xa9"sv,
                           "a\\b"sv, "a:b"sv, "a%2fb"sv, "a*"sv}) {
        CAPTURE(bad);
        CHECK_FALSE(device_id::valid(bad));
        const auto id = device_id::make(bad);
        REQUIRE_FALSE(id);
        CHECK(id.error() == errc::invalid_id);
        CHECK(id.error().object() == bad);
    }
}

TEST_CASE("basic_id: an id that is too long is refused without repeating all of it") {
    const auto id = collection_id::make(std::string(129, 'a'));
    REQUIRE_FALSE(id);
    CHECK(id.error().object().size() == collection_id::size_max);
}

TEST_CASE("basic_id: becomes the id of a valid text, and keeps its own otherwise") {
    device_id id;
    CHECK(id.assign("phone"));
    CHECK(id.text() == "phone");
    CHECK_FALSE(id.assign("../phone"));
    CHECK_FALSE(id.assign(""));
    CHECK(id.text() == "phone");
}

TEST_CASE("basic_id: ids of different things do not mix") {
    static_assert(!std::is_convertible_v<user_id, device_id>);
    static_assert(!std::is_constructible_v<object_id, std::string>, "only make() makes one");
    CHECK(object_id{}.empty());
    CHECK_FALSE(object_id::valid(object_id{}.text()));
    CHECK(*object_id::make("a") < *object_id::make("b"));
}

TEST_CASE("basic_id128: is 32 lower-case hex digits, in and out") {
    const std::string hex = "00112233445566778899aabbccddeeff";
    const auto id = vault_id::parse(hex);
    REQUIRE(id);
    CHECK(id->hex() == hex);
    CHECK_FALSE(vault_id::parse(hex.substr(1)));
    CHECK_FALSE(vault_id::parse(hex + "0"));
    CHECK_FALSE(vault_id::parse("00112233445566778899AABBCCDDEEFF"));
    CHECK(vault_id{} < *id);
}

TEST_CASE("basic_id128: equal ids hash alike and others spread") {
    std::unordered_set<run_id> runs;
    for (int i = 0; i < 256; ++i) {
        run_id run;
        run.value[0] = static_cast<std::byte>(i);
        runs.insert(run);
        runs.insert(run);
    }
    CHECK(runs.size() == 256);
    CHECK(std::hash<run_id>{}(run_id{}) == std::hash<run_id>{}(run_id{}));
}

TEST_CASE("dot: its text is the run, a colon and the number, and reads back") {
    const dot edit{*run_id::parse("000102030405060708090a0b0c0d0e0f"), 42};
    CHECK(edit.text() == "000102030405060708090a0b0c0d0e0f:42");
    const auto back = dot::parse(edit.text());
    REQUIRE(back);
    CHECK(*back == edit);
}

TEST_CASE("dot: refuses every text but the canonical one") {
    const std::string run = "000102030405060708090a0b0c0d0e0f";
    for (const auto& bad :
         {std::string{}, run, run + ":", std::string{":1"}, run + ":0", run + ":01", run + ":+1", run + ":1 ",
          run + "-1", run + ":9007199254740992", run + ":99999999999999999999", run.substr(1) + ":12", run + "0:1"}) {
        CAPTURE(bad);
        CHECK_FALSE(dot::parse(bad));
    }
    CHECK(dot::parse(run + ":9007199254740991"));
}

TEST_CASE("dot: orders by run, then by number") {
    const auto low = *run_id::parse("00000000000000000000000000000001");
    const auto high = *run_id::parse("00000000000000000000000000000002");
    CHECK(dot{low, 9} < dot{low, 10});
    CHECK(dot{low, 10} < dot{high, 1});
}

TEST_CASE("parse_number: takes canonical decimals up to what every JSON reader keeps exactly") {
    CHECK(detail::parse_number("0") == 0U);
    CHECK(detail::parse_number("9007199254740991") == detail::number_max);
    for (const char* bad : {"", "00", "01", "-1", "+1", "1.0", "1e3", " 1", "9007199254740992", "12345678901234567"}) {
        CAPTURE(bad);
        CHECK_FALSE(detail::parse_number(bad));
    }
}
