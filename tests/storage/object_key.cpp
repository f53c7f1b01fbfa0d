#include <sealsync/storage/object_key.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("object_key: takes any bytes but those that mean something to a file system") {
    for (const char* good :
         {"a", "users/alice/vault.json", "a/b/c", "...", "a/.hidden", "caf\xc3\xa9", "a b", "x:y*?"}) {
        CAPTURE(good);
        const auto key = object_key::make(good);
        REQUIRE(key);
        CHECK(key->text() == good);
    }
}

TEST_CASE("object_key: refuses what could leave the folder or mean two things, and says why") {
    struct refusal {
        std::string text;
        const char* why;
    };
    using namespace std::string_literals;
    for (const auto& refused : {
             refusal{"", "empty"},
             refusal{"/a", "empty part"},
             refusal{"a/", "empty part"},
             refusal{"a//b", "empty part"},
             refusal{".", "relative part"},
             refusal{"a/../b", "relative part"},
             refusal{"a/.", "relative part"},
             refusal{"a\\b", "control character or backslash"},
             refusal{"a\nb", "control character or backslash"},
             refusal{"a\0b"s, "control character or backslash"},
             refusal{"a\x7f", "control character or backslash"},
             refusal{std::string(256, 'x'), "part over 255 bytes"},
             refusal{"a/" + std::string(256, 'x') + "/b", "part over 255 bytes"},
             refusal{std::string(1025, 'x'), "over 1024 bytes"},
         }) {
        CAPTURE(refused.text);
        const auto key = object_key::make(refused.text);
        REQUIRE_FALSE(key);
        CHECK(key.error() == errc::invalid_key);
        CHECK(key.error().object() == refused.text);
        CHECK(key.error().detail() == refused.why);
    }
}

TEST_CASE("object_key: the limits themselves are allowed") {
    const std::string part(object_key::part_size_max, 'x');
    CHECK(object_key::make(part));
    const auto longest = part + "/" + part + "/" + part + "/" + part + "/";
    CHECK(object_key::make(longest.substr(0, object_key::size_max - 1)));
    CHECK(object_key::make(longest.substr(0, 1023)).value().text().size() == 1023);
}

TEST_CASE("object_key: orders byte by byte, as a listing does") {
    const auto key = [](const char* text) { return *object_key::make(text); };
    CHECK(key("a") < key("a/b"));
    CHECK(key("a-b") < key("a/b"));
    CHECK(key("z") < key("\xc3\xa9"));
    CHECK(key("a") == key("a"));
    CHECK(object_key{}.empty());
}

static_assert(!std::is_constructible_v<object_key, std::string>, "only make() makes one");
