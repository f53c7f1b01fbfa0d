#include "scripted_bucket.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>

using namespace s3_tests;
using http_tests::fake_s3_settings;
using http_tests::if_match_form;
using http_tests::put_conditions;
using ss::conditional_writes;
using ss::errc;

namespace {

struct probed : scripted_bucket {
    using scripted_bucket::scripted_bucket;

    [[nodiscard]] ss::storage_capabilities found() {
        auto report = store.probe_anew({});
        REQUIRE(report);
        steps = report->steps;
        CHECK(fake->keys().empty());
        return report->found;
    }
    [[nodiscard]] bool is_racing(const ss::testing::scripted_request& asked) const {
        return ss::as_text(asked.body).starts_with("racer");
    }
    [[nodiscard]] bool is_replacing(const ss::testing::scripted_request& asked) const {
        return sent(asked.number, "if-match") != "-";
    }
    [[nodiscard]] static std::optional<ss::testing::scripted_answer> answer(int status, std::string_view code = {}) {
        const auto body = code.empty() ? std::string{} : "<Error><Code>" + std::string{code} + "</Code></Error>";
        return ss::testing::scripted_answer{ss::http_response{status, {}, ss::to_bytes(body)}};
    }
    std::vector<ss::probe_step> steps;
};

constexpr ss::storage_capabilities quoted{conditional_writes::full, false, false};
constexpr ss::storage_capabilities unquoted{conditional_writes::full, false, true};
constexpr ss::storage_capabilities create_only{conditional_writes::create_only, false, false};
constexpr ss::storage_capabilities none{conditional_writes::none, false, false};
constexpr ss::storage_capabilities untrusted{conditional_writes::untrusted, false, false};

} // namespace

TEST_CASE("capability_probe: a store that holds both conditions, in 45 requests") {
    for (const bool missing_is_412 : {false, true}) {
        probed bucket{fake_s3_settings{.missing_is_412 = missing_is_412}};
        CHECK(bucket.found() == quoted);
        CHECK(bucket.client.asked() == 45);
        CHECK(bucket.store.probe_requests() == ss::request_counts{.get = 4, .put = 38, .remove = 3});
        for (const auto& step : bucket.steps) {
            if (step.tried != "replace an object that is not there") CHECK(step.as_hoped);
        }
    }
}

TEST_CASE("capability_probe: a store that wants etags without quotes, in 46 requests") {
    for (const bool missing_is_412 : {false, true}) {
        probed bucket{fake_s3_settings{.if_match = if_match_form::unquoted, .missing_is_412 = missing_is_412}};
        CHECK(bucket.found() == unquoted);
        CHECK(bucket.client.asked() == 46);
        CHECK(bucket.store.probe_requests().total() == 46);
    }
}

TEST_CASE("capability_probe: a store that takes both forms of an etag is asked in the one that it gave") {
    probed bucket{fake_s3_settings{.if_match = if_match_form::either}};
    CHECK(bucket.found() == quoted);
}

TEST_CASE("capability_probe: a store that creates once, but does not replace, in 23 requests") {
    probed bucket{fake_s3_settings{.conditions = put_conditions::create_only}};
    CHECK(bucket.found() == create_only);
    CHECK(bucket.client.asked() == 23);
}

TEST_CASE("capability_probe: a store that refuses conditions, in 4 requests") {
    probed bucket{fake_s3_settings{.conditions = put_conditions::refused}};
    CHECK(bucket.found() == none);
    CHECK(bucket.client.asked() == 4);
    REQUIRE(bucket.steps.size() == 2);
    CHECK(bucket.steps[1].tried == "write it without a condition");
    CHECK(bucket.steps[1].as_hoped);
    CHECK(bucket.steps[0].tried == "create an object that is not there");
    CHECK(bucket.steps[0].answered.find("HTTP 501 NotImplemented") != std::string::npos);
    CHECK_FALSE(bucket.steps[0].as_hoped);
}

TEST_CASE("capability_probe: a store that refuses conditions before it looks at credentials or bucket") {
    for (const auto& [status, code, as] : {std::tuple{403, "SignatureDoesNotMatch", errc::access_denied},
                                           std::tuple{404, "NoSuchBucket", errc::invalid_argument}}) {
        probed bucket;
        bucket.intercept = [&, status = status, code = code](const auto& asked) {
            return bucket.sent(asked.number, "if-none-match") != "-" ? probed::answer(501, "NotImplemented")
                                                                     : probed::answer(status, code);
        };
        const auto failed = bucket.store.probe_anew({});
        REQUIRE_FALSE(failed);
        CHECK(failed.error() == as);
        CHECK(failed.error().message().find(code) != std::string::npos);
    }
}

TEST_CASE("capability_probe: a store that refuses conditions with 400 is told from one that takes nothing") {
    probed bucket;
    bucket.intercept = [&](const auto& asked) {
        return bucket.sent(asked.number, "if-none-match") != "-" ? probed::answer(400, "InvalidArgument")
                                                                 : std::nullopt;
    };
    CHECK(bucket.found() == none);
    CHECK(bucket.client.asked() == 4);

    probed missing{fake_s3_settings{.bucket = "other"}};
    const auto failed = missing.store.probe_anew({});
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == errc::invalid_argument);
    CHECK(failed.error().message().find("NoSuchBucket") != std::string::npos);
}

TEST_CASE("capability_probe: a store that ignores conditions is not trusted, in 4 requests") {
    probed bucket{fake_s3_settings{.conditions = put_conditions::ignored}};
    CHECK(bucket.found() == untrusted);
    CHECK(bucket.client.asked() == 4);
    CHECK(bucket.steps.back().answered == "done");
}

TEST_CASE("capability_probe: a store that does not even create what is not there is not trusted") {
    probed bucket;
    bucket.fail_next(412);
    CHECK(bucket.found() == untrusted);
}

TEST_CASE("capability_probe: a store that ignores If-Match alone creates once") {
    probed bucket;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) {
        return bucket.is_replacing(asked) ? probed::answer(200) : std::nullopt;
    };
    CHECK(bucket.found() == create_only);
}

TEST_CASE("capability_probe: a store that ignores If-Match only where the etag has no quotes creates once") {
    probed bucket;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (!bucket.is_replacing(asked)) return std::nullopt;
        return probed::answer(bucket.sent(asked.number, "if-match").front() == '"' ? 412 : 200);
    };
    CHECK(bucket.found() == create_only);
}

TEST_CASE("capability_probe: a store without etags, or with weak ones, creates once") {
    for (const char* etag : {"", "W/\"1\""}) {
        probed bucket;
        bucket.intercept =
            [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
            if (asked.request.method != ss::http_method::get || asked.request.url.ends_with("raced"))
                return std::nullopt;
            ss::http_response weak{200, {}, ss::to_bytes("first")};
            if (*etag != 0) weak.headers.push_back({"etag", etag});
            return ss::testing::scripted_answer{weak};
        };
        CHECK(bucket.found() == create_only);
        CHECK(bucket.steps.back().tried == "read its etag");
    }
}

TEST_CASE("capability_probe: a race to create that two have won is not trusted") {
    probed bucket;
    std::size_t racing = 0;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) {
        return bucket.is_racing(asked) && ++racing == 2 ? probed::answer(200) : std::nullopt;
    };
    CHECK(bucket.found() == untrusted);
    CHECK(bucket.steps.back().answered == "2 were told that they had");
}

TEST_CASE("capability_probe: a race to replace that two have won leaves creating") {
    probed bucket;
    std::size_t replacing = 0;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) {
        return bucket.is_racing(asked) && bucket.is_replacing(asked) && ++replacing == 9 ? probed::answer(200)
                                                                                         : std::nullopt;
    };
    CHECK(bucket.found() == create_only);
}

TEST_CASE("capability_probe: one winner whose bytes are not what is stored has not won") {
    probed bucket;
    std::size_t racing = 0;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (!bucket.is_racing(asked)) return std::nullopt;
        return ++racing == 1 ? probed::answer(200) : probed::answer(412);
    };
    CHECK(bucket.found() == untrusted);
}

TEST_CASE("capability_probe: who loses a race may be told 500, as by Ceph, or to be slower, as by R2") {
    for (const auto& [status, code] : {std::pair{500, "UnknownError"}, {429, ""}, {503, "SlowDown"}}) {
        probed bucket{{}, {.retry = {.attempts_max = 1}}};
        bucket.intercept = [&, status = status, code = code](const ss::testing::scripted_request& asked) {
            const bool first = ss::as_text(asked.body) == "racer 0";
            return bucket.is_racing(asked) && !first ? probed::answer(status, code) : std::nullopt;
        };
        CHECK(bucket.found() == quoted);
    }
}

TEST_CASE("capability_probe: a race that all have lost harms nobody") {
    probed bucket;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) {
        return bucket.is_racing(asked) ? probed::answer(500, "UnknownError") : std::nullopt;
    };
    CHECK(bucket.found() == quoted);
}

TEST_CASE("capability_probe: a race whose winner has not heard of it harms nobody") {
    probed bucket;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (ss::as_text(asked.body) == "racer 0") bucket.fail_next(errc::connection_lost, true);
        return std::nullopt;
    };
    CHECK(bucket.found() == quoted);
}

TEST_CASE("capability_probe: whatever request fails, nothing is found out or kept, and the next probe does") {
    // 45 requests are a run without faults; the last two remove what it made.
    for (std::size_t at = 0; at < 45; ++at) {
        CAPTURE(at);
        probed bucket{{}, {.retry = {.attempts_max = 1}}};
        bucket.intercept = [&](const ss::testing::scripted_request& asked) {
            return asked.number == at ? probed::answer(403, "AccessDenied") : std::nullopt;
        };
        const auto failed = bucket.store.probe({});
        CHECK(bucket.store.probe_requests().total() == bucket.client.asked());
        if (at < 43) {
            REQUIRE_FALSE(failed);
            CHECK(failed.error() == errc::access_denied);
            CHECK(failed.error().attempted() == "probe the store's conditional writes");
            CHECK(bucket.fake->keys().empty());
        }
        bucket.intercept = nullptr;
        CHECK(bucket.store.probe({}).value() == quoted);
    }
}

TEST_CASE("capability_probe: a conditional write that nobody knows about, but in a race, is no verdict") {
    for (const auto code : {errc::connection_lost, errc::timed_out}) {
        probed bucket{{}, {.retry = {.attempts_max = 1}}};
        bucket.fail_next(code);
        const auto failed = bucket.store.probe({});
        REQUIRE_FALSE(failed);
        CHECK(failed.error().kind() == ss::error_kind::retry);
        CHECK(bucket.store.probe({}).value() == quoted);
    }
    probed bucket;
    bucket.fail_next(500);
    CHECK(bucket.store.probe({}).error() == errc::outcome_unknown);
    bucket.fail_next(errc::unavailable); // nothing was sent: it can be sent again
    CHECK(bucket.store.probe({}).value() == quoted);
}

TEST_CASE("capability_probe: a stop is told, and what was found until then not kept") {
    probed bucket;
    std::stop_source stop;
    bucket.intercept = [&](const ss::testing::scripted_request& asked) {
        if (asked.number == 10) stop.request_stop();
        return std::optional<ss::testing::scripted_answer>{};
    };
    CHECK(bucket.store.probe({.stop = stop.get_token()}).error() == errc::cancelled);
    bucket.intercept = nullptr;
    CHECK(bucket.client.asked() <= 20);
    for (const auto& left : bucket.fake->keys()) bucket.fake->erase(left); // the next in this test has the same names
    CHECK(bucket.store.probe({}).value() == quoted);
}

TEST_CASE("capability_probe: its objects have names that nobody else has, under the store's prefix") {
    probed bucket;
    CHECK(bucket.found() == quoted);
    CHECK(bucket.line(0).find("PUT /bucket/vaults/sealsync-probe-") == 0);
    CHECK(bucket.line(0).size() == std::string_view{"PUT /bucket/vaults/sealsync-probe-0123456789abcdef"}.size());
}
