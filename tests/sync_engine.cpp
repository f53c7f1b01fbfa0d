#include "sync/vault_fixture.hpp"

#include <thread>

namespace {

using namespace vault_fixture;

TEST_CASE("sync_engine: two devices become equal") {
    world w;
    device a{w}, b{w};
    a.put("x", "1");
    b.put("y", "2");
    CHECK(a.clean_sync().pushed == 1);
    const auto report = b.clean_sync();
    CHECK(report.pulled == 1);
    CHECK(report.pushed == 1);
    CHECK_FALSE(report.idle());
    CHECK(a.clean_sync().pulled == 1);
    CHECK(a.clean_sync().idle());
    for (auto* one : {&a, &b}) {
        CHECK(one->text("x") == "1");
        CHECK(one->text("y") == "2");
    }
}

TEST_CASE("sync_engine: a second sync at once is busy, not a wait, and so are verify, log and reading the store") {
    world w;
    device a{w};
    const auto id = need(a.emma().attach(attachment_source::from_bytes("x"), {}));
    a.clean_sync();
    a.put("r", "1");
    std::vector<errc> codes;
    sync_options options;
    options.observer = [&](const sync_progress&) {
        if (!codes.empty()) return;
        codes.push_back(a->sync().error().code());
        codes.push_back(a->verify().error().code());
        codes.push_back(a->log([](const segment&) { return true; }).error().code());
        codes.push_back(a.emma().read_attachment(id, [](bytes_view) { return result<void>{}; }).error().code());
    };
    a.clean_sync(options);
    CHECK(codes == std::vector(4, errc::busy));
    CHECK(a.clean_sync().idle());
    CHECK(need(a->verify()).ok());
}

/// A storage that asks a stop flag for a stop when it has been called so often.
struct stopping {
    store_type inner;
    std::stop_source stop;
    std::uint64_t calls_left = 0;

    void count() {
        if (calls_left-- == 0) stop.request_stop();
    }
    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) {
        return count(), inner.get(ops, sink, call);
    }
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) {
        return count(), inner.put(ops, sink, call);
    }
    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink sink, const call_context& call) {
        return count(), inner.remove(keys, sink, call);
    }
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        return count(), inner.list(query, call);
    }
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) { return inner.probe(call); }
};

TEST_CASE("sync_engine: stopped at any call it says so, nothing is lost, and the next sync goes on") {
    for (std::uint64_t n = 0;; ++n) {
        world w;
        device other{w};
        other.put("theirs", "1");
        other.clean_sync();
        memory_replica rows;
        const auto open = [&](std::stop_source stop, std::uint64_t calls) {
            return need(open_vault({"alice", "phone", true, {}},
                                   stopping{store_type{w.store, testing::fault_plan{}}, std::move(stop), calls},
                                   w.cipher, w.clock, keep_both{}, rows));
        };
        auto mine = open({}, 1'000);
        (void)need(mine.collection("emma").put("mine", "1"));
        const auto id = need(mine.collection("emma").attach(attachment_source::from_bytes("scan"), {"s", ""}));
        (void)need(mine.collection("emma").put("lists", "x", {{}, {id}}));

        std::stop_source stop;
        bool stopped = false;
        {
            auto ends = open(stop, n);
            sync_options options;
            options.stop = stop.get_token();
            stopped = need(ends.sync(options)).stopped;
        }
        auto again = open({}, 1'000);
        CHECK_FALSE(need(again.sync()).stopped);
        CHECK(need(again.pending()) == 0);
        CHECK(need(again.collection("emma").list()).size() == 3);
        other.clean_sync();
        CHECK(other.text("lists") == "x");
        CHECK(need(other->verify()).ok());
        if (!stopped) {
            CHECK(n > 6);
            break;
        }
    }
}

TEST_CASE("sync_engine: a stop asked for before the sync stops it before any request") {
    world w;
    device a{w};
    a.put("r", "1");
    std::stop_source stop;
    stop.request_stop();
    a.faults.reset_traffic();
    sync_options options;
    options.stop = stop.get_token();
    CHECK(a.sync(options).stopped);
    CHECK(a.faults.traffic().requests() == 0);
}

TEST_CASE("sync_engine: it may be moved, and its collections stay valid") {
    world w;
    auto first = need(device{w}.open());
    auto emma = first.collection("emma");
    auto second = std::move(first);
    (void)need(emma.put("r", "1"));
    CHECK(need(second.sync()).pushed == 1);
    auto copy = emma;
    CHECK(need(copy.get("r"))->version.committed);
}

TEST_CASE("sync_engine: edits and reads from other threads go on during syncs, and none is lost") {
    world w;
    device a{w}, b{w};
    constexpr int count = 60;
    {
        std::vector<std::jthread> writers;
        for (int t = 0; t < 3; ++t) {
            writers.emplace_back([&, t] {
                auto emma = a.emma();
                for (int i = 0; i < count; ++i) {
                    const auto id = std::to_string(t) + "-" + std::to_string(i);
                    if (!emma.put(id, id) || !emma.get(id) || !emma.list()) std::terminate();
                }
            });
        }
        std::jthread syncer{[&] {
            for (int i = 0; i < 20; ++i) {
                if (const auto report = a->sync(); !report) std::terminate();
            }
        }};
    }
    a.clean_sync();
    b.clean_sync();
    CHECK(need(a->pending()) == 0);
    CHECK(need(b.emma().list()).size() == 3 * count);
    CHECK(need(b->verify()).ok());
}

TEST_CASE("sync_engine: the revision changes with edits and with pulls") {
    world w;
    device a{w}, b{w};
    auto before = a->revision();
    a.put("r", "1");
    CHECK(a->revision() != before);
    a.clean_sync();
    before = b->revision();
    b.clean_sync();
    CHECK(b->revision() != before);
    before = b->revision();
    (void)b.text("r");
    CHECK(b->revision() == before);
}

TEST_CASE("sync_engine: the log visits every segment, until the visitor has enough") {
    world w;
    device a{w};
    for (int i = 0; i < 3; ++i) {
        a.put("r", std::to_string(i));
        a.clean_sync();
    }
    int seen = 0;
    need(a->log([&](const segment& s) {
        CHECK(s.changes.size() == 1);
        return ++seen < 2;
    }));
    CHECK(seen == 2);
    a.faults.next(fault::unavailable);
    CHECK(a->log([](const segment&) { return true; }).error() == errc::unavailable);
}

TEST_CASE("sync_engine: vault, device and names are known") {
    world w;
    device a{w, "the laptop"};
    CHECK(a->vault() == vault_of(w));
    CHECK(need(a->device_name(a->device())) == "the laptop");
    CHECK(need(a->device_name(*device_id::make("stranger"))).empty());
    CHECK(need(a->collections()).empty());
    CHECK(need(a->random()) != need(a->random()));
}

TEST_CASE("sync_engine: a store that calls itself eventual is not supported, and told so") {
    world w;
    device a{w};
    a.faults.claim({conditional_writes::full, true});
    const auto outcome = a->sync();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::unsupported);
    CHECK(outcome.error().message().find("sync: ") == 0);
}

TEST_CASE("sync_engine: another vault under the prefix is refused, and nothing is changed on either side") {
    world w, elsewhere;
    elsewhere.cipher = plaintext_cipher{43};
    device a{w};
    a.put("r", "1");
    a.clean_sync();
    device stranger{elsewhere};
    stranger.put("r", "of another vault");
    stranger.clean_sync();
    // The other vault's objects appear under our prefix.
    for (const auto& key : keys_with(w, "")) remove_at(w, key);
    for (const auto& key : keys_with(elsewhere, "")) store_at(w, key, stored_at(elsewhere, key));
    a.put("s", "pending");
    const auto before = keys_with(w, "");
    const auto outcome = a->sync();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::other_vault);
    CHECK(keys_with(w, "") == before);
    CHECK(a.text("r") == "1");
    CHECK(need(a->pending()) == 1);
}

TEST_CASE("sync_engine: the layout's names are in keys and manifests") {
    struct medical : default_traits {
        using layout = family_medical_layout;
    };
    world w;
    basic_device<keep_both, medical> a{w}, b{w};
    a.put("r", "1");
    a.clean_sync();
    b.clean_sync();
    CHECK(b.text("r") == "1");
    CHECK(keys_with(w, "users/alice/family-members/emma/records/r.v1.").size() == 1);
    const auto segment = stored_at(w, keys_with(w, "/manifest/").at(0));
    CHECK(as_text(segment).find("\"family_member_id\":\"emma\"") != std::string_view::npos);
}

TEST_CASE("engine: the revision grows with edits and news, and not with an idle sync") {
    world w;
    device a{w}, b{w};
    a.clean_sync();
    const auto start = a->revision();
    a.clean_sync();
    CHECK(a->revision() == start);
    a.put("r", "x");
    const auto edited = a->revision();
    CHECK(edited > start);
    a.clean_sync();
    b.put("s", "x");
    b.clean_sync();
    a.clean_sync();
    CHECK(a->revision() > edited);
}

} // namespace
