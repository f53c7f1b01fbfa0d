#include <sealsync/conflict/conflict_policy.hpp>

#include "../immovable.hpp"

#include <sealsync/testing/archetypes.hpp>

using namespace sealsync;
using namespace sealsync::testing;

namespace near_miss {

struct policy_that_does_not_say_whether_it_reads : conflict_policy_archetype {
    void reads() = delete;
};
struct policy_without_resolve : conflict_policy_archetype {
    void resolve() = delete;
};
struct policy_that_answers_an_index : conflict_policy_archetype {
    std::size_t resolve(std::span<const sibling>, const merge_base&);
};
struct policy_that_cannot_fail : conflict_policy_archetype {
    resolution resolve(std::span<const sibling>, const merge_base&);
};
struct policy_that_ignores_the_base : conflict_policy_archetype {
    result<resolution> resolve(std::span<const sibling>);
};
struct policy_that_changes_the_siblings : conflict_policy_archetype {
    result<resolution> resolve(std::span<sibling>, const merge_base&);
};
struct policy_that_cannot_move : conflict_policy_archetype, immovable {};

} // namespace near_miss

static_assert(conflict_policy<conflict_policy_archetype>);
static_assert(!conflict_policy<near_miss::policy_that_does_not_say_whether_it_reads>);
static_assert(!conflict_policy<near_miss::policy_without_resolve>);
static_assert(!conflict_policy<near_miss::policy_that_answers_an_index>);
static_assert(!conflict_policy<near_miss::policy_that_cannot_fail>);
static_assert(!conflict_policy<near_miss::policy_that_ignores_the_base>);
static_assert(!conflict_policy<near_miss::policy_that_changes_the_siblings>);
static_assert(!conflict_policy<near_miss::policy_that_cannot_move>);
