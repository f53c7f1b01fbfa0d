#include "../../http/fake_s3_server.hpp"
#include "../../tries.hpp"

#include <doctest/doctest.h>
#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/s3/s3_storage.hpp>
#include <sealsync/sync_engine.hpp>

// A server that goes away in the middle of the work and comes back, over real connections. Both happen when a request
// is about to be made: the client's own attempts are the clock.

using namespace sealsync;
using namespace std::chrono_literals;

namespace {

/// Calls `before` with the number of every request that it is about to make.
class watched_client {
public:
    using watcher = std::function<void(std::size_t)>;
    watched_client(curl_http_client inner, std::shared_ptr<watcher> before)
        : inner_{std::move(inner)}, before_{std::move(before)} {}

    [[nodiscard]] result<void> start(std::uint64_t id, const http_request& request) {
        (*before_)(started_++);
        return inner_.start(id, request);
    }
    [[nodiscard]] result<void> wait(std::chrono::milliseconds time, http_sink done) { return inner_.wait(time, done); }
    void drop() { inner_.drop(); }
    [[nodiscard]] std::chrono::milliseconds monotonic() const { return inner_.monotonic(); }

private:
    curl_http_client inner_;
    std::shared_ptr<watcher> before_;
    std::size_t started_ = 0;
};

using signing = s3_signing_authority<botan_s3_crypto, system_clock>;
using watched_storage = basic_s3_storage<watched_client, signing, pugixml_s3_xml, botan_s3_crypto>;
using engine_type = basic_sync_engine<watched_storage, botan_cipher, system_clock, keep_both, memory_replica>;

struct mortal_bucket {
    http_tests::fake_s3_server server{};
    std::shared_ptr<watched_client::watcher> watcher = std::make_shared<watched_client::watcher>([](std::size_t) {});

    [[nodiscard]] watched_storage open() {
        const auto place = s3_location::parse("s3://bucket/vaults?endpoint=" + server.endpoint()).value();
        s3_settings settings;
        settings.retry.first = 1ms;
        settings.connections = 8;
        const auto connect = [library = curl_library::make().value(), watched = watcher]() -> result<watched_client> {
            auto inner = curl_http_client::make(library);
            if (!inner) return std::move(inner).error();
            return watched_client{*std::move(inner), watched};
        };
        return {connect, signing{place, fixed_s3_credentials({"key", "secret"})}, place.prefix, settings};
    }

    /// The server is gone for the requests from number `from` to `to`, and for what was under way then.
    void leave(std::size_t from, std::size_t to) {
        *watcher = [this, from, to](std::size_t number) {
            if (number == from) server.leave();
            if (number == to) server.come_back();
        };
    }
};

} // namespace

TEST_CASE("s3_storage: a batch goes on when a server that has gone away comes back, and nothing of it is missing") {
    mortal_bucket bucket;
    bucket.leave(200, 206);
    auto store = bucket.open();
    const std::string content(3'000, 'x');
    std::vector<put_op> ops;
    for (int i = 0; i < 500; ++i) ops.push_back({*object_key::make("object " + std::to_string(i)), content});
    std::size_t stored = 0;
    REQUIRE(store.put(ops, [&](std::size_t, const result<put_reply>& reply) { stored += reply ? 1 : 0; }, {}));
    CHECK(stored == ops.size());
    CHECK(bucket.server.store().keys().size() == ops.size());

    bucket.leave(700, 706);
    std::vector<get_op> gets;
    for (const auto& op : ops) gets.push_back({op.key});
    std::size_t whole = 0;
    const auto got = [&](std::size_t, const result<get_reply>& reply) {
        whole += reply && as_text(reply->body) == content ? 1 : 0;
    };
    REQUIRE(store.get(gets, got, {}));
    CHECK(whole == ops.size());
}

namespace {

constexpr std::size_t never = ~std::size_t{0};
constexpr std::size_t away = 3; ///< requests that find nobody

/// Pushes six records with attachments to a server that leaves before request `from`. How many requests it took.
std::size_t push(std::size_t from) {
    const master_key key = *master_key::make(vault_id{}, bytes(master_key::size, std::byte{7}));
    mortal_bucket bucket;
    auto engine = engine_type::open({"alice", "laptop", true, {}}, bucket.open(), botan_cipher{key}, system_clock{},
                                    keep_both{}, memory_replica{});
    REQUIRE(engine);
    auto records = engine->collection("emma");
    for (int i = 0; i < 6; ++i) {
        const auto file = attachment_source::from_bytes(std::string(9'000, 'a') + std::to_string(i));
        const auto attached = records.attach(file, {"scan.pdf", ""});
        REQUIRE(attached);
        REQUIRE(records.put("record " + std::to_string(i), "text", {{}, {*attached}}));
    }
    std::size_t made = 0;
    *bucket.watcher = [&](std::size_t number) {
        made = number + 1;
        if (number == from) bucket.server.leave();
        if (from != never && number == from + away) bucket.server.come_back();
    };
    REQUIRE(engine->sync());
    CHECK(engine->pending().value() == 0);
    const auto verified = engine->verify();
    REQUIRE(verified);
    CHECK(verified->problems.empty());
    return made;
}

} // namespace

TEST_CASE("s3_storage: one push survives the server's restart, whichever of its requests meets that") {
    const auto requests = push(never);
    CHECK(requests > 60); // a probe, and the push itself
    for (std::size_t from = 0; from < requests; from += sealsync_tests::stride) {
        CAPTURE(from);
        CHECK(push(from) > from);
    }
}
