#include "engine_suite.hpp"

using namespace servers;

namespace {

void run(const std::string& server) {
    const bucket in{server};
    engine_suite{[in] { return open_store(in); }}.run();
}

} // namespace

TEST_CASE("engine: on Ceph" * servers::need("CEPH")) { run("CEPH"); }
TEST_CASE("engine: on Ceph, by TLS" * servers::need("CEPH_TLS")) { run("CEPH_TLS"); }
TEST_CASE("engine: on Ceph, by virtual hosts" * servers::need("CEPH_VIRTUAL_HOST")) { run("CEPH_VIRTUAL_HOST"); }
TEST_CASE("engine: on Swift, which refuses conditional writes" * servers::need("SWIFT")) { run("SWIFT"); }
TEST_CASE("engine: on s3rver, which ignores conditions" * servers::need("S3RVER")) { run("S3RVER"); }
