#include "sabotages.hpp"

namespace {

struct segment_before_blobs : sealsync::default_traits {
    static constexpr sealsync::protocol_rules rules{.blobs_before_segment = false};
};
struct cursor_before_objects : sealsync::default_traits {
    static constexpr sealsync::protocol_rules rules{.objects_with_cursor = false};
};

} // namespace

TEST_CASE("sabotage: a device that commits the segment before its blobs is caught") {
    sabotages::must_be_caught<segment_before_blobs>("the segment before its blobs");
}
TEST_CASE("sabotage: a device that saves the cursor before the objects is caught") {
    sabotages::must_be_caught<cursor_before_objects>("the cursor before the objects");
}
