#include "random_worlds.hpp"

TEST_CASE("random worlds with merge_with converge, lose nothing and resurrect nothing") {
    using namespace random_worlds;
    walk<merge_of_lines>({1400, 2000});
}
