#include "random_worlds.hpp"

TEST_CASE("random worlds with last_write_wins converge, lose nothing and resurrect nothing") {
    using namespace random_worlds;
    walk<last_write_wins>({0, 700});
}
