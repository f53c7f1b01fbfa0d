#include "scripted_bucket.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>
#include <sealsync/testing/storage_conformance.hpp>

using namespace s3_tests;
using namespace std::chrono_literals;
using http_tests::fake_s3_settings;
using http_tests::if_match_form;
using http_tests::put_conditions;
using ss::errc;
using ss::testing::key_of;

static_assert(ss::storage<storage_type>);

namespace {

void conforms(fake_s3_settings settings, ss::s3_settings with = {}) {
    scripted_bucket bucket{std::move(settings), with};
    const auto report = ss::testing::check_storage(bucket.store);
    INFO(report.text());
    CHECK(report.ok());
}

} // namespace

TEST_CASE("basic_s3_storage: conforms over every kind of store") {
    conforms({});
    conforms({.if_match = if_match_form::unquoted, .missing_is_412 = true});
    conforms({.conditions = put_conditions::create_only});
    conforms({.conditions = put_conditions::refused});
    conforms({.conditions = put_conditions::ignored});
    conforms({.page_max = 2});
}

TEST_CASE("basic_s3_storage: conforms with one connection, little memory and small parts") {
    conforms({}, {.connections = 1, .held_bytes_max = 1, .parts_at_once = 1});
    conforms({.part_bytes_min = 0}, {.multipart_above = 50'000, .resume_uploads = false});
}

TEST_CASE("basic_s3_storage: conforms though every eighth request fails for a moment") {
    scripted_bucket bucket;
    bucket.intercept = [](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.number % 8 != 1) return std::nullopt;
        return ss::testing::scripted_answer{
            ss::http_response{503, {}, ss::to_bytes("<Error><Code>SlowDown</Code></Error>")}};
    };
    const auto report = ss::testing::check_storage(bucket.store);
    INFO(report.text());
    CHECK(report.ok());
}

TEST_CASE("basic_s3_storage: a probe is asked once, by any copy, and not at all where its outcome is known") {
    scripted_bucket bucket;
    auto copy = bucket.store;
    CHECK(bucket.store.probe({})->writes == ss::conditional_writes::full);
    const auto asked = bucket.client.asked();
    CHECK(copy.probe({})->writes == ss::conditional_writes::full);
    CHECK(bucket.client.asked() == asked);

    scripted_bucket told;
    told.store.assume({ss::conditional_writes::create_only, false, true});
    CHECK(told.store.probe({}).value() == ss::storage_capabilities{ss::conditional_writes::create_only, false, true});
    CHECK(told.client.asked() == 0);
    CHECK(told.store.probe_anew({})->found.writes == ss::conditional_writes::full);
    CHECK(told.store.probe({})->writes == ss::conditional_writes::full);
}

TEST_CASE("basic_s3_storage: its identity is the bucket's and the prefix, and says nothing secret") {
    CHECK(scripted_bucket{}.store.identity() == "s3://bucket/vaults/");
}

TEST_CASE("basic_s3_storage: callers one after another use one client, a caller within a call has its own") {
    scripted_bucket bucket;
    std::size_t made = 0;
    storage_type store{[&] { return ++made, ss::result<ss::testing::scripted_http_client>{bucket.client}; },
                       bucket.authority};
    ss::testing::storage_driver<storage_type> drive{store};
    CHECK(drive.put("a", "1"));
    CHECK(drive.read("a"));
    CHECK(made == 1);
    const std::vector<ss::get_op> ops{{.key = key_of("a")}};
    ss::testing::scripted_http_client other{[](const auto&) {
        return ss::testing::scripted_answer{ss::http_response{200, {}, {}}};
    }};
    storage_type nested{[&] { return ++made, ss::result<ss::testing::scripted_http_client>{other}; }, bucket.authority};
    made = 0;
    CHECK(nested.get(ops,
                     [&](std::size_t, ss::result<ss::get_reply>) {
                         CHECK(nested.list({.prefix = ""}, {}).error() == errc::unavailable);
                     },
                     {}));
    CHECK(made == 2);
}

TEST_CASE("basic_s3_storage: a client that cannot be made is the failure of every call") {
    storage_type store{
        [] {
            return ss::result<ss::testing::scripted_http_client>{ss::failure{errc::io_error, {}, "no more files"}};
        },
        open_authority{}};
    ss::testing::storage_driver<storage_type> drive{store};
    CHECK(drive.get("a").error() == errc::io_error);
    CHECK(drive.put("a", "1").error() == errc::io_error);
    CHECK(drive.remove("a").error() == errc::io_error);
    CHECK(store.list({.prefix = ""}, {}).error() == errc::io_error);
    CHECK(store.probe({}).error() == errc::io_error);
    CHECK(store.download(key_of("a"), [](ss::bytes_view) { return ss::result<void>{}; }).error() == errc::io_error);
}

TEST_CASE("basic_s3_storage: every failure has the object and the request's id, and none has what was signed") {
    const std::pair<int, errc> table[] = {
        {400, errc::invalid_argument}, {403, errc::access_denied},   {404, errc::not_found},
        {405, errc::unsupported},      {409, errc::unavailable},     {412, errc::precondition_failed},
        {429, errc::throttled},        {500, errc::unavailable},     {501, errc::unsupported},
        {507, errc::no_space},         {301, errc::invalid_argument}};
    for (const auto& row : table) {
        const auto status = row.first;
        const auto code = row.second;
        CAPTURE(status);
        scripted_bucket bucket;
        bucket.intercept = [status](const auto&) -> std::optional<ss::testing::scripted_answer> {
            return ss::testing::scripted_answer{ss::http_response{
                status, {{"x-amz-request-id", "R1"}, {"location", "https://x.test/?X-Amz-Signature=secret"}}, {}}};
        };
        ss::testing::storage_driver<storage_type> drive{bucket.store};
        std::vector<ss::failure> failures{drive.get("a").error(), drive.put("a", "1").error(),
                                          bucket.store.list({.prefix = "a"}, {}).error()};
        if (status != 404) failures.push_back(drive.remove("a").error());
        for (const auto& told : failures) {
            CHECK(told == code);
            CHECK(told.object() == "a");
            CHECK(told.detail().find("HTTP " + std::to_string(status)) == 0);
            CHECK(told.detail().find("(request id R1)") != std::string::npos);
            CHECK(told.message().find("secret") == std::string::npos);
        }
    }
}

TEST_CASE("basic_s3_storage: a conditional write that may have landed is unknown, and reading back tells") {
    scripted_bucket bucket;
    ss::testing::storage_driver<storage_type> drive{bucket.store};
    bucket.fail_next(errc::connection_lost, true);
    CHECK(drive.put_if_absent("a", "mine").error() == errc::outcome_unknown);
    CHECK(bucket.client.asked() == 1);
    CHECK(ss::as_text(*drive.read("a")) == "mine");
    bucket.fail_next(errc::connection_lost, true);
    CHECK(drive.put("a", "other"));
    CHECK(bucket.client.asked() == 4);
}

TEST_CASE("basic_s3_storage: one operation's failure is not the others', and each is told once") {
    scripted_bucket bucket;
    bucket.fake->store("vaults/1", "one");
    std::vector<ss::get_op> ops;
    for (int i = 0; i < 100; ++i) ops.push_back({.key = key_of(std::to_string(i))});
    std::vector<int> told(100);
    std::size_t found = 0;
    CHECK(bucket.store.get(ops,
                           [&](std::size_t i, ss::result<ss::get_reply> reply) {
                               ++told[i];
                               found += reply ? 1 : 0;
                           },
                           {}));
    CHECK(told == std::vector<int>(100, 1));
    CHECK(found == 1);
}

TEST_CASE("basic_s3_storage: one time limit is for a whole get, with what it asks afterwards") {
    scripted_bucket bucket;
    bucket.intercept = [](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
        if (asked.request.method == ss::http_method::head) return ss::testing::scripted_answer::never();
        return ss::testing::scripted_answer{ss::http_response{416, {}, {}}, 800ms};
    };
    ss::testing::storage_driver<storage_type> drive{bucket.store};
    const auto late = drive.get({.key = key_of("a"), .range = ss::byte_range{5, 1}}, {.timeout = 1s});
    REQUIRE_FALSE(late);
    CHECK(late.error() == errc::timed_out);
    CHECK(bucket.client.monotonic() == 1s);
}

TEST_CASE("basic_s3_storage: a stopped call reports what has ended, and leaves nothing under way") {
    scripted_bucket bucket;
    std::stop_source stop;
    std::vector<ss::get_op> ops;
    for (int i = 0; i < 100; ++i) ops.push_back({.key = key_of(std::to_string(i))});
    std::size_t told = 0;
    const auto done = bucket.store.get(ops,
                                       [&](std::size_t, ss::result<ss::get_reply>) {
                                           if (++told == 5) stop.request_stop();
                                       },
                                       {.stop = stop.get_token()});
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::cancelled);
    CHECK(told < 100);
    CHECK(bucket.client.under_way() == 0);
    CHECK(bucket.store.list({.prefix = ""}, {}));
}
