#include <sealsync/detail/vector_level.hpp>

#include <doctest/doctest.h>

namespace ss = sealsync;

TEST_CASE("vector_level: plain C++ is everywhere, and the best level is one that is there") {
    CHECK(ss::has_level(ss::vector_level::portable));
    CHECK(ss::has_level(ss::best_level()));
}

TEST_CASE("vector_level: no processor has the vectors of two kinds") {
    CHECK_FALSE((ss::has_level(ss::vector_level::neon) && ss::has_level(ss::vector_level::avx2)));
    if (ss::has_level(ss::vector_level::avx512)) CHECK(ss::has_level(ss::vector_level::avx2));
}
