#include <sealsync/merge/replaced_dots.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace sealsync::detail;

TEST_CASE("replaced_dots: a dot of one object is none of another, nor of another run or number") {
    const seeded_hash hash{1};
    replaced_dots dots{hash};
    dots.insert(5, 1, 9);
    dots.insert(5, 1, 9);
    CHECK(dots.size() == 1);
    CHECK(dots.contains(5, 1, 9));
    CHECK_FALSE(dots.contains(6, 1, 9));
    CHECK_FALSE(dots.contains(5, 2, 9));
    CHECK_FALSE(dots.contains(5, 1, 8));
}

TEST_CASE("replaced_dots: numbers that somebody makes up cost what others do") {
    const seeded_hash hash{1};
    replaced_dots dense{hash}, sparse{hash};
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
        dense.insert(1, 1, i);
        sparse.insert(1, 1, i * 400'000'000'000);
    }
    CHECK(sparse.bytes_held() < dense.bytes_held() * 3 / 2);
    for (std::uint64_t i = 1; i <= 20'000; ++i) REQUIRE(sparse.contains(1, 1, i * 400'000'000'000));
    std::size_t count = 0;
    sparse.for_each(
        [&](std::uint32_t run, std::uint64_t n) { count += n % 400'000'000'000 == 0 && run == 1 ? 1U : 0U; });
    CHECK(count == 20'000);
}
