#include <sealsync/detail/utf8.hpp>

#include <doctest/doctest.h>

namespace {

using sealsync::detail::is_utf8;

TEST_CASE("is_utf8: the first and the last of every length is well formed") {
    for (const std::string_view good :
         {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
          "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"}) {
        CAPTURE(good);
        CHECK(is_utf8(good));
    }
    CHECK(is_utf8(std::string_view{"\0", 1}));
}

TEST_CASE("is_utf8: overlong forms, surrogates and what is above U+10FFFF are refused") {
    for (const std::string_view bad : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
                                       "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe"}) {
        CHECK_FALSE(is_utf8(bad));
    }
}

TEST_CASE("is_utf8: a sequence cut short or begun in its middle is refused") {
    for (const std::string_view bad : {"\x80", "\xbf", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xe2(\x82",
                                       "\xe2\x82(", "\xf0\x9f\x98(", "a\xc3", "\xc3\xbc\xbc"}) {
        CHECK_FALSE(is_utf8(bad));
    }
}

} // namespace
