#include "engine_suite.hpp"

using namespace servers;

TEST_CASE("engine: on Ceph, by presigned URLs" * servers::need("CEPH")) {
    const bucket in{"CEPH"};
    engine_suite{[in] { return open_presigned_store(in); }}.run();
}
