#include <sealsync/merge/scan/avx512_vector.hpp>

#include "vectors.hpp"

TEST_CASE("avx512_vector: compares and decodes as it must, where the processor has it") {
    if (!sealsync::has_level(sealsync::vector_level::avx512)) return;
#if defined(SEALSYNC_SCAN_X86)
    sealsync_tests::check_vector<sealsync::detail::avx512_vector>();
#endif
}
