#include "scripted_bucket.hpp"

#include <doctest/doctest.h>
#include <sealsync/testing/storage_conformance.hpp>

using namespace s3_tests;

TEST_CASE("basic_s3_storage: conforms") {
    scripted_bucket bucket;
    const auto report = ss::testing::check_storage(bucket.store);
    INFO(report.text());
    CHECK(report.ok());
}
