#include <sealsync/config.hpp>

#include <sealsync/bytes.hpp>

#include <doctest/doctest.h>

#include <string_view>
#include <typeinfo>

#define TEXT_OF_IMPL(token) #token
#define TEXT_OF(token) TEXT_OF_IMPL(token)

TEST_CASE("config: every name is in an inline namespace with the ABI's tag, and is found without it") {
    static_assert(std::is_same_v<sealsync::digest256, sealsync::SEALSYNC_ABI::digest256>);
    CHECK(std::string_view{typeid(sealsync::digest256).name()}.find(TEXT_OF(SEALSYNC_ABI)) != std::string_view::npos);
}

TEST_CASE("config: SEALSYNC_ASSERT lets what holds pass, and is an expression") {
    int checked = 0;
    const int value = (SEALSYNC_ASSERT(checked == 0), ++checked);
    CHECK(value == 1);
}
