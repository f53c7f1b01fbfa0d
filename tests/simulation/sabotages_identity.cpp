#include "sabotages.hpp"

TEST_CASE("sabotage: a device that keeps its run id on disk is caught") {
    sabotages::must_be_caught("a run id kept on disk", {.fresh_run = false});
}
TEST_CASE("sabotage: devices that announce only what they wrote themselves are caught") {
    sabotages::must_be_caught("only own positions announced", {.heal_everything = false});
}
