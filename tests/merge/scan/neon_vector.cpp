#include <sealsync/merge/scan/neon_vector.hpp>

#include "vectors.hpp"

TEST_CASE("neon_vector: compares and decodes as it must, where the processor has it") {
    if (!sealsync::has_level(sealsync::vector_level::neon)) return;
#if defined(SEALSYNC_SCAN_NEON)
    sealsync_tests::check_vector<sealsync::detail::neon_vector>();
#endif
}
