#include <sealsync/manifest/dot_set.hpp>

#include <doctest/doctest.h>

#include <random>
#include <set>

namespace {

using sealsync::dot;
using sealsync::dot_set;

sealsync::run_id run(std::uint8_t number) {
    sealsync::run_id id;
    id.value[15] = std::byte{number};
    return id;
}

TEST_CASE("dot_set: the same number of two runs is two edits") {
    dot_set met;
    met.insert({run(1), 5});
    CHECK(met.contains({run(1), 5}));
    CHECK_FALSE(met.contains({run(2), 5}));
    CHECK_FALSE(met.contains({run(1), 4}));
    CHECK(met.of(run(2)) == nullptr);
}

TEST_CASE("dot_set: it holds what a std::set of dots holds") {
    std::mt19937_64 random{3};
    dot_set met;
    std::set<dot> model;
    for (int i = 0; i < 5'000; ++i) {
        const dot edit{run(static_cast<std::uint8_t>(random() % 8)), 1 + random() % 1'000};
        met.insert(edit);
        model.insert(edit);
    }
    for (std::uint8_t r = 0; r < 9; ++r) {
        for (std::uint64_t n = 0; n <= 1'001; ++n) REQUIRE(met.contains({run(r), n}) == (model.count({run(r), n}) > 0));
    }
    CHECK(met.runs().size() == 8);
}

TEST_CASE("dot_set: run by run it is stored and put back") {
    dot_set met;
    for (std::uint64_t n = 1; n < 10; ++n) met.insert({run(static_cast<std::uint8_t>(n % 3)), n});
    dot_set restored;
    for (const auto& [id, numbers] : met.runs()) {
        auto decoded = sealsync::interval_set::decode(numbers.encode());
        REQUIRE(decoded);
        restored.assign(id, *std::move(decoded));
    }
    CHECK(restored == met);
    REQUIRE(restored.of(run(1)) != nullptr);
    CHECK(*restored.of(run(1)) == *met.of(run(1)));
}

TEST_CASE("dot_set: a run without edits is not kept") {
    dot_set met;
    met.assign(run(1), {});
    CHECK(met.empty());
    met.insert({run(1), 1});
    met.assign(run(1), {});
    CHECK(met.empty());
    CHECK(met == dot_set{});
}

} // namespace
