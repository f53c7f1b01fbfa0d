#include "siblings.hpp"

#include <sealsync/conflict/last_write_wins.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using conflict_tests::edit;

resolution resolve(std::vector<sibling> siblings) { return last_write_wins{}.resolve(siblings, {}).value(); }

TEST_CASE("last_write_wins: the latest timestamp is shown wherever it stands, and the others are absorbed") {
    CHECK(resolve({edit(9, 9, 1), edit(1, 1, 3), edit(5, 5, 2)}).shown == 1);
    CHECK(resolve({edit(1, 1, 3), edit(9, 9, 1)}).shown == 0);
    const auto outcome = resolve({edit(9, 9, 1), edit(1, 1, 3)});
    CHECK(outcome.beside.empty());
    CHECK_FALSE(outcome.merged);
}

TEST_CASE("last_write_wins: of equal timestamps the greater dot is shown") {
    CHECK(resolve({edit(1, 5, 7), edit(2, 1, 7)}).shown == 1);
    CHECK(resolve({edit(1, 5, 7), edit(1, 6, 7)}).shown == 1);
}

TEST_CASE("last_write_wins: a single version is shown") { CHECK(resolve({edit(1, 1, 1)}).shown == 0); }

TEST_CASE("last_write_wins: the base changes nothing") {
    const std::array siblings = {edit(1, 1, 1), edit(2, 1, 2)};
    CHECK(last_write_wins{}.resolve(siblings, {merge_base::state::known, "base"})->shown == 1);
}

TEST_CASE("last_write_wins: contents need not be read") {
    static_assert(last_write_wins::reads == policy_reads::order);
}

} // namespace
