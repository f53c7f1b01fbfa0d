#include "random_worlds.hpp"

TEST_CASE("random worlds with keep_both converge, lose nothing and resurrect nothing") {
    using namespace random_worlds;
    walk<keep_both>({700, 1400});
}
