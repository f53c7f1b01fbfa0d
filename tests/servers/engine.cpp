#include "engine_suite.hpp"

using namespace servers;

namespace {

auto suite(const std::string& server) {
    return engine_suite{[in = bucket{server}] { return open_store(in); }};
}

} // namespace

TEST_CASE("engine: on Ceph" * servers::need("CEPH")) { suite("CEPH").run(); }
TEST_CASE("engine: on Ceph, by TLS" * servers::need("CEPH_TLS")) { suite("CEPH_TLS").run_briefly(); }
TEST_CASE("engine: on Ceph, by virtual hosts" * servers::need("CEPH_VIRTUAL_HOST")) {
    suite("CEPH_VIRTUAL_HOST").run_briefly();
}
TEST_CASE("engine: on Swift, which refuses conditional writes" * servers::need("SWIFT")) { suite("SWIFT").run(); }
TEST_CASE("engine: on s3rver, which ignores conditions" * servers::need("S3RVER")) { suite("S3RVER").run(); }
