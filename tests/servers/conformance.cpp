#include "stores.hpp"

#include <sealsync/testing/storage_conformance.hpp>

using namespace servers;

namespace {

template <class Store>
void check(Store store) {
    const auto report = ss::testing::check_storage(store);
    INFO(report.text());
    CHECK(report.ok());
}

[[nodiscard]] ss::probe_report probe(const std::string& name) {
    const bucket in{name};
    auto store = open_store(in);
    auto report = store.probe_anew({});
    if (!report) FAIL(report.error().message());
    for (const auto& step : report->steps) MESSAGE(name << ": " << step.tried << ": " << step.answered);
    auto left = store.list({}, {});
    CHECK((left && left->entries.empty()));
    return *report;
}

} // namespace

TEST_CASE("s3_storage conforms on Ceph: http, https, virtual hosts" * servers::need("CEPH")) {
    for (const auto* name : {"CEPH", "CEPH_TLS", "CEPH_VIRTUAL_HOST"}) {
        CAPTURE(name);
        check(open_store(bucket{name}));
    }
}

TEST_CASE("s3_storage conforms on Swift" * servers::need("SWIFT")) { check(open_store(bucket{"SWIFT"})); }

// Not on s3rver: it keeps objects as files with longer names, and dies of a key with a part of 255 bytes.

TEST_CASE("presigned_storage conforms on Ceph: http, https, virtual hosts" * servers::need("CEPH")) {
    for (const auto* name : {"CEPH", "CEPH_TLS", "CEPH_VIRTUAL_HOST"}) {
        CAPTURE(name);
        check(open_presigned_store(bucket{name}));
    }
}

TEST_CASE("presigned_storage conforms on Swift" * servers::need("SWIFT")) {
    check(open_presigned_store(bucket{"SWIFT"}));
}

TEST_CASE("the probe finds that Ceph does conditional writes, if the etag has no quotes" * servers::need("CEPH")) {
    const auto found = probe("CEPH").found;
    CHECK(found.writes == ss::conditional_writes::full);
    CHECK(found.unquoted_etags);
}

TEST_CASE("the probe finds that Swift refuses conditional writes" * servers::need("SWIFT")) {
    CHECK(probe("SWIFT").found.writes == ss::conditional_writes::none);
}

TEST_CASE("the probe finds that s3rver only seems to do conditional writes" * servers::need("S3RVER")) {
    CHECK(probe("S3RVER").found.writes == ss::conditional_writes::untrusted);
}
