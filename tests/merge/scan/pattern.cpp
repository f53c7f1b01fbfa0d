#include <sealsync/merge/scan/pattern.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;

TEST_CASE("pattern: what was put in stands there, what are holes does not count, and nothing does behind its end") {
    constexpr auto p = pattern<64>{"ab"}.put_hole(3).put("c");
    static_assert(p.size == 6);
    CHECK(std::string_view{p.text.data(), 6} == std::string_view{"ab\0\0\0c", 6});
    for (std::size_t i = 0; i < 64; ++i) CHECK((p.mask[i] != '\0') == (i < 2 || i == 5));
}

TEST_CASE("pattern: a block is compared as a whole, of more only as much as there is") {
    CHECK(pattern<64>{"ab"}.compared() == 64);
    CHECK(pattern<128>{"ab"}.compared() == 2);
    CHECK(pattern<64>{"ab"}.fits(62));
    CHECK_FALSE(pattern<64>{"ab"}.fits(63));
}
