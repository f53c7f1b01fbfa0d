#include <sealsync/s3/s3_settings.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

TEST_CASE("s3_settings: what is documented is what is set, and a store holds 64 MiB of bodies at most") {
    const s3_settings settings;
    CHECK(settings.connections == 32);
    CHECK(settings.held_bytes_max == 33'554'432);
    CHECK(settings.part_bytes * settings.parts_at_once <= settings.held_bytes_max);
    CHECK(settings.part_bytes >= 5'242'880); // what S3 takes as a part
    CHECK(settings.multipart_above >= settings.part_bytes);
    CHECK(settings.multipart_above <= settings.held_bytes_max);
    CHECK(settings.resume_uploads);
}

TEST_CASE("s3_settings: a request is sent six times at most, and a hundred retries are free") {
    const retry_settings settings;
    CHECK(settings.attempts_max == 6);
    CHECK(settings.budget == 500);
    CHECK(settings.first.count() == 100);
    CHECK(settings.longest.count() == 20'000);
    CHECK(settings.outage.count() == 30'000);
    CHECK(settings.first_contact.count() == 2'000);
    CHECK(settings.scout_longest.count() == 2'000);
}

} // namespace
