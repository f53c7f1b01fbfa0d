#include "sabotages.hpp"

namespace {

struct replaces_ignored : sealsync::default_traits {
    static constexpr sealsync::protocol_rules rules{.honour_replaces = false};
};
struct no_causal_wait : sealsync::default_traits {
    static constexpr sealsync::protocol_rules rules{.causal_wait = false};
};
struct met_edits_forgotten : sealsync::default_traits {
    static constexpr sealsync::protocol_rules rules{.met_is_known = false};
};

} // namespace

TEST_CASE("sabotage: a device that ignores what replaces what is caught") {
    sabotages::must_be_caught<replaces_ignored>("`replaces` ignored");
}
TEST_CASE("sabotage: a device that does not wait for what an author had seen is caught") {
    sabotages::must_be_caught<no_causal_wait>("no causal wait");
}
TEST_CASE("sabotage: a device that takes an edit met before for a new one is caught") {
    sabotages::must_be_caught<met_edits_forgotten>("edits met before forgotten");
}
