#include "sabotages.hpp"

namespace {

struct run_kept_on_disk : sealsync::default_traits {
    static constexpr sealsync::protocol_rules rules{.fresh_run = false};
};
struct own_positions_announced_only : sealsync::default_traits {
    static constexpr sealsync::protocol_rules rules{.heal_everything = false};
};

} // namespace

TEST_CASE("sabotage: a device that keeps its run id on disk is caught") {
    sabotages::must_be_caught<run_kept_on_disk>("a run id kept on disk");
}
TEST_CASE("sabotage: devices that announce only what they wrote themselves are caught") {
    sabotages::must_be_caught<own_positions_announced_only>("only own positions announced");
}
