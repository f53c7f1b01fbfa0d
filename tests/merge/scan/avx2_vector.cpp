#include <sealsync/merge/scan/avx2_vector.hpp>

#include "vectors.hpp"

TEST_CASE("avx2_vector: compares and decodes as it must, where the processor has it") {
    if (!sealsync::has_level(sealsync::vector_level::avx2)) return;
#if defined(SEALSYNC_SCAN_X86)
    sealsync_tests::check_vector<sealsync::detail::avx2_vector>();
#endif
}
