#include "sabotages.hpp"

TEST_CASE("sabotage: a device that commits the segment before its blobs is caught") {
    sabotages::must_be_caught("the segment before its blobs", {.blobs_before_segment = false});
}
TEST_CASE("sabotage: a device that saves the cursor before the objects is caught") {
    sabotages::must_be_caught("the cursor before the objects", {.objects_with_cursor = false});
}
