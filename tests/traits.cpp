#include <sealsync/traits.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

struct medical : default_traits {
    using layout = family_medical_layout;
};
static_assert(std::is_same_v<medical::codec, canonical_codec>);
static_assert(medical::layout::collection_field == "family_member_id");

TEST_CASE("traits: every rule that convergence rests on is kept unless a simulation turns it off") {
    constexpr auto rules = default_traits::rules;
    CHECK(rules.honour_replaces);
    CHECK(rules.blobs_before_segment);
    CHECK(rules.objects_with_cursor);
    CHECK(rules.causal_wait);
    CHECK(rules.fresh_run);
    CHECK(rules.met_is_known);
    CHECK(rules.heal_everything);
}

} // namespace
