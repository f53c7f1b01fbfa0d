#include "siblings.hpp"

#include <sealsync/conflict/merge_with.hpp>

#include <doctest/doctest.h>

#include <memory>

namespace {

using namespace sealsync;
using conflict_tests::edit;

/// Shows what the function was called with: "base|first,second,".
bytes described(std::optional<bytes_view> base, std::span<const bytes_view> contents) {
    std::string text = base ? std::string{as_text(*base)} : "none";
    text += '|';
    for (const auto content : contents) text += std::string{as_text(content)} + ',';
    return to_bytes(text);
}

std::string merged_text(const result<resolution>& outcome) {
    return outcome && outcome->merged ? std::string{as_text(*outcome->merged)} : "(nothing merged)";
}

TEST_CASE("merge_with: the function gets the distinct contents, earliest first") {
    merge_with policy{described};
    const std::array all = {edit(1, 1, 3, "c"), edit(2, 1, 1, "a"), edit(3, 1, 2, "b"), edit(4, 1, 0, "c")};
    const auto outcome = policy.resolve(all, {});
    CHECK(merged_text(outcome) == "none|a,b,c,");
    CHECK(outcome->shown == 0);
    CHECK(outcome->beside.empty());
}

TEST_CASE("merge_with: the function gets the base if it is known, even an empty one") {
    merge_with policy{described};
    const std::array all = {edit(1, 1, 1, "a"), edit(2, 1, 2, "b")};
    CHECK(merged_text(policy.resolve(all, {merge_base::state::known, "old"})) == "old|a,b,");
    CHECK(merged_text(policy.resolve(all, {merge_base::state::known, ""})) == "|a,b,");
}

TEST_CASE("merge_with: where the base is unknown the function is not called, and every content is kept apart") {
    merge_with policy{described};
    const std::array all = {edit(1, 1, 1, "a"), edit(2, 1, 2, "b"), edit(3, 1, 3, "a")};
    const auto outcome = policy.resolve(all, {merge_base::state::unknown});
    REQUIRE(outcome);
    CHECK_FALSE(outcome->merged);
    CHECK(outcome->shown == 2);
    CHECK(outcome->beside == std::vector<std::size_t>{1});
}

TEST_CASE("merge_with: equal contents are not merged, and the latest is shown") {
    int calls = 0;
    merge_with policy{[&](std::optional<bytes_view>, std::span<const bytes_view>) { return ++calls, bytes{}; }};
    const std::array equal = {edit(1, 1, 1, "a"), edit(2, 1, 2, "a")};
    const auto outcome = policy.resolve(equal, {});
    CHECK(outcome->shown == 1);
    CHECK_FALSE(outcome->merged);
    CHECK_FALSE(policy.resolve(std::array{edit(1, 1, 1, "a")}, {})->merged);
    CHECK(calls == 0);
}

TEST_CASE("merge_with: a merge that equals one sibling is still a merge, so that it replaces the others") {
    merge_with newest{[](std::optional<bytes_view>, std::span<const bytes_view> all) { return to_bytes(all.back()); }};
    CHECK(merged_text(newest.resolve(std::array{edit(1, 1, 1, "a"), edit(2, 1, 2, "b")}, {})) == "b");
}

TEST_CASE("merge_with: an empty merge is a merge") {
    merge_with empty{[](std::optional<bytes_view>, std::span<const bytes_view>) { return bytes{}; }};
    const auto outcome = empty.resolve(std::array{edit(1, 1, 1, "a"), edit(2, 1, 2, "b")}, {});
    REQUIRE(outcome->merged);
    CHECK(outcome->merged->empty());
}

TEST_CASE("merge_with: what the function refuses is refused, and says where") {
    merge_with strict{[](std::optional<bytes_view>, std::span<const bytes_view>) -> result<bytes> {
        return failure{errc::malformed, "rec-1", "not JSON"};
    }};
    const auto outcome = strict.resolve(std::array{edit(1, 1, 1, "a"), edit(2, 1, 2, "b")}, {});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::malformed);
    CHECK(outcome.error().message().find("merge_with: rec-1") == 0);
}

TEST_CASE("merge_with: what the function throws passes through") {
    merge_with throwing{[](std::optional<bytes_view>, std::span<const bytes_view>) -> bytes { throw 7; }};
    CHECK_THROWS_AS((void)throwing.resolve(std::array{edit(1, 1, 1, "a"), edit(2, 1, 2, "b")}, {}), int);
}

TEST_CASE("merge_with: a function that keeps something, and cannot be copied, will do") {
    merge_with policy{[prefix = std::make_unique<std::string>("> ")](std::optional<bytes_view>,
                                                                     std::span<const bytes_view> contents) {
        return to_bytes(*prefix + std::string{as_text(contents[0])});
    }};
    static_assert(conflict_policy<decltype(policy)>);
    auto moved = std::move(policy);
    CHECK(merged_text(moved.resolve(std::array{edit(1, 1, 1, "a"), edit(2, 1, 2, "b")}, {})) == "> a");
}

TEST_CASE("merge_with: a function without state takes no room") {
    const auto stateless = [](std::optional<bytes_view>, std::span<const bytes_view>) { return bytes{}; };
    static_assert(std::is_empty_v<merge_with<decltype(stateless)>>);
}

} // namespace
