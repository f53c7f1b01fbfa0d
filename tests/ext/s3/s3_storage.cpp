#include "../../http/fake_s3_server.hpp"

#include <doctest/doctest.h>
#include <sealsync/attachment.hpp>
#include <sealsync/ext/s3/s3_storage.hpp>
#include <sealsync/testing/storage_conformance.hpp>

using namespace sealsync;

namespace {

[[nodiscard]] curl_library library() { return curl_library::make().value(); }

[[nodiscard]] s3_location place_at(const http_tests::fake_s3_server& server) {
    return s3_location::parse("s3://bucket/some/vaults?endpoint=" + server.endpoint()).value();
}

} // namespace

TEST_CASE("s3_storage: conforms") {
    http_tests::fake_s3_server server;
    auto store = open_s3_storage(library(), place_at(server), fixed_s3_credentials({"key", "secret"})).value();
    const auto report = testing::check_storage(store);
    INFO(report.text());
    CHECK(report.ok());
}

TEST_CASE("presigned_storage: conforms, by the URLs of somebody who has credentials") {
    http_tests::fake_s3_server server;
    s3_signing_authority<botan_s3_crypto, system_clock> service{place_at(server),
                                                                fixed_s3_credentials({"key", "secret"})};
    auto store = open_presigned_storage(
        library(), [&](const presign_query& wanted) { return service.presign(wanted, std::chrono::minutes{5}); });
    const auto report = testing::check_storage(store);
    INFO(report.text());
    CHECK(report.ok());
}

TEST_CASE("presigned_storage: a large object goes up in parts, and comes down in ranges") {
    http_tests::fake_s3_server server;
    s3_signing_authority<botan_s3_crypto, system_clock> service{place_at(server),
                                                                fixed_s3_credentials({"key", "secret"})};
    auto store = open_presigned_storage(
        library(), [&](const presign_query& wanted) { return service.presign(wanted, std::chrono::minutes{5}); });
    const auto body = testing::random{1}.some_bytes((std::size_t{20} << 20U) + 1);
    memory_source source{body};
    const put_op op{object_key::make("large").value(), {}, &source};
    result<put_reply> stored{failure{errc::outcome_unknown}};
    REQUIRE(store.put({&op, 1}, [&](std::size_t, result<put_reply> reply) { stored = std::move(reply); }, {}));
    REQUIRE_MESSAGE(stored, stored.error().message());
    bytes back;
    REQUIRE(store.download(op.key, [&](bytes_view part) { return append(back, part), result<void>{}; }));
    CHECK(back == body);
}

TEST_CASE("open_s3_storage: a location that is none is refused before anything is asked") {
    const auto refused = open_s3_storage(library(), s3_location{"No Bucket"}, fixed_s3_credentials({"key", "secret"}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::invalid_argument);
    CHECK(open_s3_storage(library(), "ftp://bucket").error() == errc::invalid_argument);
}
