#include "../../http/fake_s3_server.hpp"

#include <doctest/doctest.h>
#include <sealsync/attachment.hpp>
#include <sealsync/ext/s3/s3_storage.hpp>
#include <sealsync/testing/random.hpp>

// Large objects of a device that has no credentials: every request of a multipart upload is made with a URL that
// somebody else has signed, and may refuse to.

using namespace sealsync;
using namespace std::chrono_literals;

namespace {

const object_key key = *object_key::make("large");

struct presigned_bucket {
    http_tests::fake_s3_server server{};
    s3_signing_authority<botan_s3_crypto, system_clock> service{
        s3_location::parse("s3://bucket/vaults?endpoint=" + server.endpoint()).value(),
        fixed_s3_credentials({"AKEY", "topsecret"})};
    std::vector<presign_query> asked{};
    std::function<bool(const presign_query&)> refuses = [](const presign_query&) { return false; };
    presigned_storage store = open();
    bytes content = testing::random{1}.some_bytes((std::size_t{20} << 20U) + 1);

    [[nodiscard]] presigned_storage open(bool hashes = false) {
        s3_options options;
        options.presigned_hashes = hashes;
        const auto presigner = [this](const presign_query& wanted) {
            asked.push_back(wanted);
            if (refuses(wanted)) return result<presigned_request>{failure{errc::access_denied, wanted.key, "not you"}};
            return service.presign(wanted, 5min);
        };
        return open_presigned_storage(curl_library::make().value(), presigner, options);
    }
    [[nodiscard]] result<put_reply> upload() {
        memory_source source{content};
        const put_op op{.key = key, .source = &source};
        result<put_reply> stored{failure{errc::cancelled}};
        auto done = store.put({&op, 1}, [&](std::size_t, result<put_reply> reply) { stored = std::move(reply); }, {});
        return done ? std::move(stored) : result<put_reply>{done.error()};
    }
    [[nodiscard]] bool is_stored() {
        const auto body = server.store().body_of("large");
        return body && bytes_view{*body} == bytes_view{content};
    }
};

/// "POST ?uploads", without its values.
[[nodiscard]] std::string step(const presign_query& asked) {
    std::string text{name_of(asked.method)};
    for (const auto& one : asked.query) text += (text.find('?') == std::string::npos ? " ?" : "&") + one.name;
    return text;
}

} // namespace

TEST_CASE("presigned_storage: each step of a large upload has a URL of its own, and nothing else proves it") {
    presigned_bucket bucket;
    const auto stored = bucket.upload();
    REQUIRE_MESSAGE(stored, stored.error().message());
    CHECK(bucket.is_stored());
    std::map<std::string, int> steps;
    for (const auto& one : bucket.asked) ++steps[step(one)];
    CHECK(steps == std::map<std::string, int>{{"GET ?uploads&prefix", 1},
                                              {"POST ?uploads", 1},
                                              {"PUT ?partNumber&uploadId", 3},
                                              {"POST ?uploadId", 1}});
    for (const auto& sent : bucket.server.server().requests()) {
        CHECK(sent.target.find("X-Amz-Signature=") != std::string::npos);
        CHECK_FALSE(sent.has("authorization"));
    }
}

TEST_CASE("presigned_storage: where hashes are wanted the URL of a part is signed for the bytes of that part") {
    presigned_bucket bucket;
    bucket.store = bucket.open(true);
    REQUIRE(bucket.upload());
    std::size_t parts = 0;
    for (const auto& sent : bucket.server.server().requests()) {
        if (sent.body.empty()) continue;
        ++parts;
        CHECK(sent.header("x-amz-content-sha256") == botan_s3_crypto{}.sha256(sent.body).hex());
        CHECK(sent.target.find("x-amz-content-sha256") != std::string::npos); // among the signed headers
    }
    CHECK(parts == 4); // three, and the document that completes the upload
    CHECK(bucket.is_stored());
}

TEST_CASE("presigned_storage: a service that shows nobody's uploads is enough for one, from its beginning") {
    presigned_bucket bucket;
    bucket.refuses = [](const presign_query& wanted) { return step(wanted) == "GET ?uploads&prefix"; };
    REQUIRE(bucket.upload());
    CHECK(bucket.is_stored());
}

TEST_CASE("presigned_storage: a service that lets no part be sent is told as such, and the upload is aborted") {
    presigned_bucket bucket;
    bucket.refuses = [](const presign_query& wanted) { return wanted.method == http_method::put; };
    const auto refused = bucket.upload();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::access_denied);
    CHECK(refused.error().message().find("not you") != std::string::npos);
    CHECK(step(bucket.asked.back()) == "DELETE ?uploadId");
    CHECK(bucket.server.store().unfinished_uploads() == 0);
    CHECK_FALSE(bucket.is_stored());
}

TEST_CASE("presigned_storage: an upload that was cut short goes on where it was") {
    presigned_bucket bucket;
    bool down = false;
    bucket.server.set_before([&](const http_tests::request& asked) -> std::optional<http_tests::answer> {
        down = down || asked.target.find("partNumber=2") != std::string::npos;
        return down ? std::optional{http_tests::answer{503, {{"retry-after", "3600"}}}} : std::nullopt;
    });
    CHECK(bucket.upload().error() == errc::unavailable);
    CHECK(bucket.server.store().unfinished_uploads() == 1);
    bucket.server.heal();
    bucket.asked.clear();
    REQUIRE(bucket.upload());
    CHECK(bucket.is_stored());
    CHECK(std::none_of(bucket.asked.begin(), bucket.asked.end(),
                       [](const presign_query& one) { return step(one) == "POST ?uploads"; }));
}
