#include "../../http/fake_s3_server.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/s3/s3_storage.hpp>

// The storage over real connections to a server that goes wrong. What its parts do is tested where they are: here, that
// together they keep the promises of docs/concepts/storage.md.

using namespace sealsync;
using namespace std::chrono_literals;
using http_tests::answer;
using http_tests::fault;
using http_tests::request;

namespace {

const object_key key = *object_key::make("users/alice/object");
const std::string content(20'000, 'x');

[[nodiscard]] s3_options impatient() {
    s3_options options;
    options.settings.retry.first = 1ms;
    options.settings.retry.first_contact = options.settings.retry.outage = 100ms;
    options.connection.connect_timeout = 500ms;
    options.connection.stall_time = 1s;
    return options;
}

[[nodiscard]] s3_storage open_at(const std::string& endpoint) {
    const auto place = s3_location::parse("s3://bucket/vaults?endpoint=" + endpoint).value();
    const auto credentials = fixed_s3_credentials({"AKEY", "topsecret"});
    return open_s3_storage(curl_library::make().value(), place, credentials, impatient()).value();
}

struct troubled_bucket {
    http_tests::fake_s3_server server{};
    s3_storage store = open_at(server.endpoint());

    [[nodiscard]] result<get_reply> get(get_op op = {key}) {
        result<get_reply> outcome{failure{errc::cancelled}};
        auto done = store.get({&op, 1}, [&](std::size_t, result<get_reply> reply) { outcome = std::move(reply); }, {});
        return done ? std::move(outcome) : result<get_reply>{done.error()};
    }
    [[nodiscard]] result<put_reply> put(put_op op = {key, content}) {
        result<put_reply> outcome{failure{errc::cancelled}};
        auto done = store.put({&op, 1}, [&](std::size_t, result<put_reply> reply) { outcome = std::move(reply); }, {});
        return done ? std::move(outcome) : result<put_reply>{done.error()};
    }
    [[nodiscard]] result<void> remove() {
        result<void> outcome;
        auto done = store.remove({&key, 1}, [&](std::size_t, result<void> reply) { outcome = std::move(reply); }, {});
        return done ? outcome : done;
    }
    [[nodiscard]] std::optional<std::string> stored() { return server.store().body_of("vaults/" + key.text()); }
    void store_content() { server.store().store("vaults/" + key.text(), content); }

    /// The first `count` answers are spoilt, after what they tell of has happened.
    void spoil(std::function<void(answer&)> how, int count = 1) {
        server.server().forget_requests();
        server.set_after([how = std::move(how), count](const request&, answer& given) mutable {
            if (count-- > 0) how(given);
        });
    }
    /// The first `count` requests have this answer instead of what they ask for.
    void prevent(answer instead, int count = 1) {
        server.server().forget_requests();
        server.set_before([instead = std::move(instead), count](const request&) mutable {
            return count-- > 0 ? std::optional{instead} : std::nullopt;
        });
    }
    [[nodiscard]] std::size_t asked() { return server.server().request_count(); }
};

struct named_fault {
    const char* name;
    std::function<void(answer&)> spoil;
};

[[nodiscard]] const std::vector<named_fault>& lost_answers() {
    static const std::vector<named_fault> all{
        {"reset before the answer", [](answer& a) { a.fault = fault::reset; }},
        {"closed before the answer", [](answer& a) { a.fault = fault::close; }},
        {"not HTTP", [](answer& a) { a.raw = "SSH-2.0-OpenSSH_9.2\r\n"; }},
        {"no end but the connection's", [](answer& a) { a.framing = http_tests::framing::until_close; }},
    };
    return all;
}

[[nodiscard]] const std::vector<named_fault>& broken_bodies() {
    static const std::vector<named_fault> all{
        {"reset midway", [](answer& a) { a.fault = fault::reset_midway, a.sent = 7'000; }},
        {"closed midway", [](answer& a) { a.fault = fault::close_midway, a.sent = 7'000; }},
        {"stops midway", [](answer& a) { a.fault = fault::stall_midway, a.sent = 7'000; }},
        {"trickles", [](answer& a) { a.piece = 1, a.between = 50ms; }},
        {"longer than it is", [](answer& a) { a.announced = 30'000, a.fault = fault::close_unspoken; }},
        {"closed in a chunk",
         [](answer& a) { a.framing = http_tests::framing::chunked, a.fault = fault::close_midway, a.sent = 7'000; }},
    };
    return all;
}

const named_fault never_answered{"never answered", [](answer& a) { a.fault = fault::stall; }};

void check_secrets(const failure& why) {
    CHECK(why.message().find("topsecret") == std::string::npos);
    CHECK(why.message().find("Signature=") == std::string::npos);
}

} // namespace

TEST_CASE("s3_storage: a read that goes wrong on its way is asked again, and comes whole") {
    troubled_bucket bucket;
    bucket.store_content();
    for (const auto* faults : {&lost_answers(), &broken_bodies()}) {
        for (const auto& one : *faults) {
            CAPTURE(one.name);
            bucket.spoil(one.spoil);
            const auto got = bucket.get();
            REQUIRE(got);
            CHECK(bool{as_text(got->body) == content});
            CHECK(bucket.asked() >= 2); // libcurl repeats a read on a connection that was closed meanwhile
        }
    }
}

TEST_CASE("s3_storage: a read that always goes wrong ends, and what it got is not handed on") {
    troubled_bucket bucket;
    bucket.store_content();
    bucket.spoil([](answer& a) { a.fault = fault::close_midway, a.sent = 7'000; }, 1'000);
    const auto got = bucket.get();
    REQUIRE_FALSE(got);
    CHECK(got.error() == errc::connection_lost);
    CHECK(got.error().object() == key.text());
    CHECK(bucket.asked() == retry_settings{}.attempts_max);
    check_secrets(got.error());
}

TEST_CASE("s3_storage: a plain write whose answer is lost is repeated, and stored") {
    troubled_bucket bucket;
    for (const auto& one : lost_answers()) {
        CAPTURE(one.name);
        bucket.server.store().erase("vaults/" + key.text());
        bucket.spoil(one.spoil);
        CHECK(bucket.put());
        CHECK(bucket.asked() == 2);
        CHECK(bucket.stored() == content);
        bucket.spoil(one.spoil);
        CHECK(bucket.remove());
        CHECK_FALSE(bucket.stored());
    }
}

TEST_CASE("s3_storage: a write goes through although the server has closed every connection that is kept") {
    troubled_bucket bucket;
    bucket.store_content();
    constexpr std::size_t kept = 32; // far more than attempts
    bucket.server.set_after([&](const request&, answer& given) { given.after_requests = kept; });
    const std::vector<get_op> ops(kept, get_op{key});
    REQUIRE(bucket.store.get(ops, [](std::size_t, const result<get_reply>& reply) { CHECK(reply); }, {}));
    REQUIRE(bucket.server.server().connection_count() == kept);

    bucket.server.heal();
    bucket.server.set_before([&](const request& asked) {
        return asked.connection < kept ? std::optional{answer{.fault = fault::close}} : std::nullopt;
    });
    CHECK(bucket.put({key, "newer"}));
    CHECK(bucket.stored() == "newer");
}

TEST_CASE("s3_storage: a conditional write whose answer is lost is sent once, unknown, and told by reading back") {
    troubled_bucket bucket;
    for (const auto& one : lost_answers()) {
        CAPTURE(one.name);
        bucket.server.store().erase("vaults/" + key.text());
        bucket.spoil(one.spoil);
        const auto created = bucket.put({key, content, nullptr, write_condition::if_absent});
        REQUIRE_FALSE(created);
        CHECK(created.error() == errc::outcome_unknown);
        CHECK(bucket.asked() == 1);
        const auto there = bucket.get();
        REQUIRE(there);
        CHECK(bool{as_text(there->body) == content});

        bucket.spoil(one.spoil);
        const auto replaced = bucket.put({key, "newer", nullptr, write_condition::if_match, there->etag});
        REQUIRE_FALSE(replaced);
        CHECK(replaced.error() == errc::outcome_unknown);
        CHECK(bucket.asked() == 1);
        CHECK(bucket.stored() == "newer");
    }
}

TEST_CASE("s3_storage: a conditional write that was lost on its way is unknown, too, and did not happen") {
    troubled_bucket bucket;
    for (const auto& one : lost_answers()) {
        CAPTURE(one.name);
        answer lost;
        one.spoil(lost);
        bucket.prevent(lost);
        const auto created = bucket.put({key, content, nullptr, write_condition::if_absent});
        REQUIRE_FALSE(created);
        CHECK(created.error() == errc::outcome_unknown);
        CHECK(bucket.asked() == 1);
        CHECK_FALSE(bucket.stored());
    }
}

TEST_CASE("s3_storage: who never answers is given up: reads and plain writes go on, a conditional write is unknown") {
    troubled_bucket bucket;
    bucket.spoil(never_answered.spoil);
    CHECK(bucket.put({key, "small"})); // the more was sent, the longer libcurl takes to find that nothing moves
    CHECK(bucket.asked() == 2);
    bucket.spoil(never_answered.spoil);
    CHECK(as_text(bucket.get().value().body) == "small");
    CHECK(bucket.asked() == 2);
    bucket.spoil(never_answered.spoil);
    CHECK(bucket.put({key, "newer", nullptr, write_condition::if_absent}).error() == errc::outcome_unknown);
    CHECK(bucket.asked() == 1);
    CHECK(bucket.stored() == "small");
}

TEST_CASE("s3_storage: a storm of 503 is sat out, as long as the server asks to wait") {
    troubled_bucket bucket;
    constexpr int each = 2;
    std::map<std::string, int> refused;
    bucket.server.set_before([&](const request& asked) -> std::optional<answer> {
        if (refused[asked.target]++ >= each) return std::nullopt;
        const bool slow = refused.size() % 4 == 0; // one in four asks for more time than others
        return answer{503, {{"retry-after", slow ? "1" : "0"}}, "<Error><Code>SlowDown</Code></Error>"};
    });
    std::vector<put_op> ops;
    for (int i = 0; i < 40; ++i) ops.push_back({*object_key::make("object " + std::to_string(i)), content});
    std::size_t stored = 0;
    REQUIRE(bucket.store.put(ops, [&](std::size_t, const result<put_reply>& reply) { stored += reply ? 1 : 0; }, {}));
    CHECK(stored == ops.size());
    CHECK(bucket.asked() == ops.size() * (each + 1));
    CHECK(bucket.server.store().keys().size() == ops.size());
}

TEST_CASE("s3_storage: a storm without end is throttled, and nobody waits an hour") {
    troubled_bucket bucket;
    bucket.prevent({503, {{"x-amz-request-id", "R1"}}, "<Error><Code>SlowDown</Code></Error>"}, 1'000);
    const auto got = bucket.get();
    REQUIRE_FALSE(got);
    CHECK(got.error() == errc::throttled);
    CHECK(got.error().message().find("HTTP 503 SlowDown") != std::string::npos);
    CHECK(got.error().message().find("R1") != std::string::npos);
    CHECK(bucket.asked() == retry_settings{}.attempts_max);
    bucket.prevent({503, {{"retry-after", "3600"}}, ""}, 1'000);
    CHECK(bucket.get().error() == errc::unavailable);
    CHECK(bucket.asked() == 1);
}

TEST_CASE("s3_storage: an error counts by its status, whatever its body says or does not say") {
    troubled_bucket bucket;
    for (const auto* body : {"", "<html>Bad gateway</html>", "<Error><Code>", "{\"error\": 1}", "\xff\xfe\x00<"}) {
        CAPTURE(body);
        for (const auto& [status, code] : {std::pair{403, errc::access_denied}, std::pair{404, errc::not_found},
                                           std::pair{500, errc::unavailable}, std::pair{507, errc::no_space}}) {
            bucket.prevent({status, {}, body}, 1'000);
            CHECK(bucket.get().error() == code);
            CHECK(bucket.get({key, get_part::details}).error() == code);
        }
        bucket.prevent({500, {}, body}, 1'000);
        const auto unknown = bucket.put({key, content, nullptr, write_condition::if_absent});
        CHECK(unknown.error() == errc::outcome_unknown);
        CHECK(bucket.asked() == 1);
    }
}

TEST_CASE("s3_storage: a listing that makes no sense is no empty store") {
    troubled_bucket bucket;
    bucket.store_content();
    for (const auto* body : {"", "<html/>", "<ListBucketResult><Contents><Key>a", "not XML", "<a><b></a></b>"}) {
        CAPTURE(body);
        bucket.prevent({200, {{"x-amz-request-id", "R2"}}, body}, 1'000);
        const auto page = bucket.store.list({""}, {});
        REQUIRE_FALSE(page);
        CHECK(page.error().message().find("R2") != std::string::npos);
    }
    bucket.server.heal();
    const auto page = bucket.store.list({""}, {});
    REQUIRE(page);
    CHECK(page->entries.size() == 1);
}

TEST_CASE("s3_storage: a redirect is not followed: the other host sees nothing, and the failure names it") {
    troubled_bucket bucket;
    http_tests::fault_server other{[](const request&) { return answer{}; }};
    for (const int status : {301, 302, 303, 307, 308}) {
        CAPTURE(status);
        bucket.prevent({status, {{"location", other.url("/bucket/key?X-Amz-Signature=deadbeef")}}}, 1'000);
        for (const auto& why : {bucket.get().error(), bucket.put().error(), bucket.remove().error(),
                                bucket.store.list({""}, {}).error()}) {
            CHECK(why == errc::invalid_argument);
            CHECK(why.message().find(other.host()) != std::string::npos);
            CHECK(why.message().find("deadbeef") == std::string::npos);
            check_secrets(why);
        }
        CHECK(bucket.asked() == 4);
    }
    CHECK(other.connection_count() == 0);
}

TEST_CASE("s3_storage: 10,000 reads of a store that is gone end after a few attempts") {
    http_tests::fault_server gone{[](const request&) { return answer{200, {}, {}, fault::reset}; }};
    for (const auto& endpoint : {"http://" + gone.host(), "http://" + http_tests::closed_host()}) {
        auto store = open_at(endpoint);
        const std::vector<get_op> ops(10'000, get_op{key});
        std::size_t told = 0;
        const auto done =
            store.get(ops, [&](std::size_t, const result<get_reply>& reply) { told += reply ? 0 : 1; }, {});
        REQUIRE_FALSE(done);
        CHECK(done.error().kind() == error_kind::retry);
        CHECK(told < 500);
        check_secrets(done.error());
    }
    CHECK(gone.request_count() < 500);
}
