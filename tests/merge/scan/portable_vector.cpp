#include <sealsync/merge/scan/portable_vector.hpp>

#include "vectors.hpp"

TEST_CASE("portable_vector: compares and decodes as it must") {
    sealsync_tests::check_vector<sealsync::detail::portable_vector>();
}
