#include "server.hpp"

// What the other tests of this folder take for granted about the servers. Each stands for a kind of store.

namespace {

int conditional_put(const servers::bucket& to, const std::string& condition) {
    return servers::curl(to.at(), to.url("key"), {"--request", "PUT", "--data-binary", "text", "--header", condition});
}

} // namespace

TEST_CASE("Ceph does conditional writes" * servers::need("CEPH")) {
    for (const auto* name : {"CEPH", "CEPH_TLS", "CEPH_VIRTUAL_HOST"}) {
        CAPTURE(name);
        const servers::bucket bucket{name};
        CHECK(conditional_put(bucket, "if-none-match: *") == 200);
        CHECK(conditional_put(bucket, "if-none-match: *") == 412);
        CHECK(conditional_put(bucket, "if-match: 00000000000000000000000000000000") == 412);
    }
}

TEST_CASE("Swift refuses conditional writes" * servers::need("SWIFT")) {
    const servers::bucket bucket{"SWIFT"};
    CHECK(conditional_put(bucket, "if-none-match: *") == 501);
    CHECK(servers::curl(bucket.at(), bucket.url("key")) == 404);
}

TEST_CASE("s3rver ignores the conditions of writes" * servers::need("S3RVER")) {
    const servers::bucket bucket{"S3RVER"};
    CHECK(conditional_put(bucket, "if-none-match: *") == 200);
    CHECK(conditional_put(bucket, "if-none-match: *") == 200);
}

TEST_CASE("Ceph refuses who has the wrong key" * servers::need("CEPH")) {
    const servers::bucket bucket{"CEPH"};
    auto stranger = bucket.at();
    stranger.secret_key += "x";
    CHECK(servers::curl(stranger, bucket.url()) == 403);
}

TEST_CASE("a certificate of the tests' own authority is refused by who does not know it" * servers::need("CEPH_TLS")) {
    const servers::bucket bucket{"CEPH_TLS"};
    auto ignorant = bucket.at();
    ignorant.ca_file.clear();
    CHECK(servers::curl(bucket.at(), bucket.url()) == 200);
    CHECK(servers::curl(ignorant, bucket.url()) == 0);
}

TEST_CASE("Ceph's access log has every request to a bucket, and none to another" * servers::need("CEPH")) {
    const servers::bucket one{"CEPH"}, other{"CEPH"};
    servers::access_log log{one}, log_of_other{other};
    CHECK(servers::curl(one.at(), one.url("key"), {"--request", "PUT", "--data-binary", "text"}) == 200);
    CHECK(servers::curl(one.at(), other.url("key")) == 404);
    CHECK(servers::curl(one.at(), one.url() + "?list-type=2") == 200);
    CHECK(log.requests() ==
          std::vector<std::string>{"PUT /" + one.name() + "/key", "GET /" + one.name() + "?list-type=2"});
    CHECK(log.requests().empty());
    CHECK(log_of_other.requests() == std::vector<std::string>{"GET /" + other.name() + "/key"});
}
