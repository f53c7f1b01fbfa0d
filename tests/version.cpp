#include <sealsync/version.hpp>

#include <doctest/doctest.h>

#if SEALSYNC_VERSION_MAJOR == 0 && SEALSYNC_VERSION_MINOR == 0
#error "a version must be usable by the preprocessor, and 0.0 is none"
#endif

TEST_CASE("version: is three numbers that fit a comparison") {
    constexpr int combined =
        SEALSYNC_VERSION_MAJOR * 1'000'000 + SEALSYNC_VERSION_MINOR * 1'000 + SEALSYNC_VERSION_PATCH;
    CHECK(combined >= 1'000);
    CHECK(SEALSYNC_VERSION_MINOR < 1'000);
    CHECK(SEALSYNC_VERSION_PATCH < 1'000);
}
