#include "sabotages.hpp"

TEST_CASE("sabotage: a device that ignores what replaces what is caught") {
    sabotages::must_be_caught("`replaces` ignored", {.honour_replaces = false});
}
TEST_CASE("sabotage: a device that does not wait for what an author had seen is caught") {
    sabotages::must_be_caught("no causal wait", {.causal_wait = false});
}
TEST_CASE("sabotage: a device that takes an edit met before for a new one is caught") {
    sabotages::must_be_caught("edits met before forgotten", {.met_is_known = false});
}
