#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/conflict/last_write_wins.hpp>
#include <sealsync/conflict/merge_with.hpp>
#include <sealsync/sync/any_conflict_policy.hpp>
#include <sealsync/testing/archetypes.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::any_conflict_policy;

template <class Policy>
[[nodiscard]] any_conflict_policy any(Policy policy) {
    return any_conflict_policy{std::in_place, std::move(policy)};
}

TEST_CASE("any_conflict_policy: it reads what the policy says") {
    const auto joined = any(merge_with{[](std::optional<bytes_view>, std::span<const bytes_view>) { return bytes{}; }});
    CHECK(joined.reads_content());
    CHECK(joined.reads_base());
    CHECK(any(keep_both{}).reads_content());
    CHECK_FALSE(any(keep_both{}).reads_base());
    const auto archetype = any(testing::conflict_policy_archetype{nullptr});
    CHECK_FALSE(archetype.reads_content());
    CHECK_FALSE(archetype.reads_base());
}

TEST_CASE("any_conflict_policy: it resolves as the policy does, with the siblings and the base that it is given") {
    const std::vector<sibling> siblings{{{{}, 1}, stamp{1}, 2, "laptop", "one"},
                                        {{{}, 2}, stamp{2}, 2, "phone", "two"}};
    const merge_base base{merge_base::state::known, "base"};
    auto join = any(merge_with{[](std::optional<bytes_view> from, std::span<const bytes_view> contents) {
        bytes all = to_bytes(from.value_or("none"));
        for (const auto& one : contents) append(all, one);
        return all;
    }});
    CHECK(as_text(join.resolve(siblings, base).value().merged.value()) == "baseonetwo");
    CHECK(as_text(join.resolve(siblings, {}).value().merged.value()) == "noneonetwo");
    const auto both = any(keep_both{}).resolve(siblings, {}).value();
    CHECK(both.shown == 1);
    CHECK(both.beside == std::vector<std::size_t>{0});
    const auto last = any(last_write_wins{}).resolve(siblings, {}).value();
    CHECK(last.shown == 1);
    CHECK(last.beside.empty());
}

TEST_CASE("any_conflict_policy: the policy keeps its state from one call to the next") {
    struct counting : testing::conflict_policy_archetype {
        using conflict_policy_archetype::conflict_policy_archetype;
        [[nodiscard]] result<resolution> resolve(std::span<const sibling>, const merge_base&) {
            return resolution{calls++};
        }
        std::size_t calls = 0;
    };
    auto policy = any(counting{nullptr});
    CHECK(policy.resolve({}, {}).value().shown == 0);
    auto moved = std::move(policy);
    CHECK(moved.resolve({}, {}).value().shown == 1);
}

TEST_CASE("any_conflict_policy: what the policy refuses or throws passes through") {
    CHECK(any(testing::conflict_policy_archetype{nullptr}).resolve({}, {}).error() == errc::unsupported);
    struct throwing : testing::conflict_policy_archetype {
        using conflict_policy_archetype::conflict_policy_archetype;
        [[nodiscard]] result<resolution> resolve(std::span<const sibling>, const merge_base&) { throw 7; }
    };
    auto policy = any(throwing{nullptr});
    CHECK_THROWS_AS((void)policy.resolve({}, {}), int);
}

} // namespace
