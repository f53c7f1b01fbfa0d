#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/sync/metered_storage.hpp>
#include <sealsync/testing/archetypes.hpp>
#include <sealsync/testing/faulty_storage.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using faulty = testing::faulty_storage<memory_storage>;

object_key key(const std::string& text) { return object_key::make(text).value(); }

struct rig {
    testing::fault_plan plan{};
    detail::metered_storage store{detail::any_storage{std::in_place, faulty{memory_storage{}, plan}}};

    void put(const std::string& at, bytes_view body) { REQUIRE(store.put_one({key(at), body}, {})); }
};

TEST_CASE("metered_storage: every request is counted by its kind, with the bytes of the bodies") {
    rig r;
    r.put("a", "12345");
    r.put("b", "12");
    REQUIRE(r.store.get_one({key("a")}, {}));
    get_op details{key("a")};
    details.part = get_part::details;
    REQUIRE(r.store.get_one(details, {}));
    REQUIRE(r.store.list({""}, {}));
    const auto& meter = r.store.read();
    CHECK(meter.requests == request_counts{.get = 1, .head = 1, .put = 2, .list = 1});
    CHECK(meter.requests.total() == 5);
    CHECK(meter.sent == 7);
    CHECK(meter.received == 5);
    r.store.reset();
    CHECK(meter.requests.total() == 0);
    CHECK(meter.sent + meter.received == 0);
}

TEST_CASE("metered_storage: a batch counts each of its operations, and a source counts with its size") {
    struct zeros final : byte_source {
        [[nodiscard]] std::uint64_t size() const noexcept override { return 1'000; }
        [[nodiscard]] result<void> read(std::uint64_t, std::span<std::byte>) override { return {}; }
    } source;
    rig r;
    const std::vector<put_op> ops{{key("a"), "1"}, {key("b"), {}, &source}};
    std::size_t answers = 0;
    REQUIRE(r.store.put(ops, [&](std::size_t, result<put_reply> reply) { answers += reply ? 1U : 0U; }, {}));
    CHECK(answers == 2);
    CHECK(r.store.read().requests.put == 2);
    CHECK(r.store.read().sent == 1'001);
}

TEST_CASE("metered_storage: requests that fail count, too, and their failures are passed on") {
    rig r;
    CHECK(r.store.get_one({key("a")}, {}).error() == errc::not_found);
    r.plan.next(testing::fault::lost_request);
    CHECK(r.store.put_one({key("a"), "x"}, {}).error() == errc::connection_lost);
    CHECK(r.store.read().requests == request_counts{.get = 1, .put = 1});
    CHECK(r.store.read().received == 0);
}

TEST_CASE("metered_storage: a stopped batch of one is cancelled") {
    rig r;
    std::stop_source stop;
    stop.request_stop();
    CHECK(r.store.get_one({key("a")}, {stop.get_token()}).error() == errc::cancelled);
    CHECK(r.store.put_one({key("a"), "x"}, {stop.get_token()}).error() == errc::cancelled);
}

TEST_CASE("metered_storage: a storage that answers nothing is found out") {
    struct silent : testing::storage_archetype {
        silent() : storage_archetype{nullptr} {}
        [[nodiscard]] result<void> get(std::span<const get_op>, get_sink, const call_context&) { return {}; }
        [[nodiscard]] result<void> put(std::span<const put_op>, put_sink, const call_context&) { return {}; }
    };
    detail::metered_storage store{detail::any_storage{std::in_place, silent{}}};
    CHECK(store.get_one({key("a")}, {}).error() == errc::outcome_unknown);
    CHECK(store.put_one({key("a"), "x"}, {}).error() == errc::outcome_unknown);
    CHECK(store.list({""}, {}).error() == errc::unsupported);
    CHECK(store.probe({}).error() == errc::unsupported);
}

TEST_CASE("metered_storage: every key of a prefix is visited, page by page, also if pages are short") {
    rig r;
    for (int i = 0; i < 1'500; ++i) r.put("p/" + std::to_string(10'000 + i), "x");
    r.put("q", "x");
    std::vector<std::string> seen;
    r.store.reset();
    r.plan.next(testing::fault::short_page);
    REQUIRE(r.store.each_key("p/", {}, [&](const list_entry& entry) { seen.push_back(entry.key); }));
    CHECK(seen.size() == 1'500);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    CHECK(r.store.read().requests.list == 3);
}

TEST_CASE("metered_storage: a listing that fails on a later page fails as a whole") {
    rig r;
    for (int i = 0; i < 1'500; ++i) r.put("p/" + std::to_string(10'000 + i), "x");
    r.plan.at(r.plan.operations() + 1, testing::fault::unavailable);
    const auto outcome = r.store.each_key("p/", {}, [](const list_entry&) {});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::unavailable);
}

TEST_CASE("metered_storage: a page that says there is more and has nothing ends the listing") {
    struct teasing : testing::storage_archetype {
        teasing() : storage_archetype{nullptr} {}
        [[nodiscard]] result<list_page> list(const list_query&, const call_context&) { return list_page{{}, true, {}}; }
    };
    detail::metered_storage store{detail::any_storage{std::in_place, teasing{}}};
    CHECK(store.each_key("p/", {}, [](const list_entry&) {}));
    CHECK(store.read().requests.list == 1);
}

TEST_CASE("metered_storage: the requests of a probe are counted where the storage tells them, also if it fails") {
    struct probing : testing::storage_archetype {
        probing() : storage_archetype{nullptr} {}
        [[nodiscard]] result<storage_capabilities> probe(const call_context&) {
            made += {.get = 3, .put = 40, .remove = 2};
            return failure{errc::unavailable};
        }
        [[nodiscard]] request_counts probe_requests() const { return made; }
        request_counts made{.put = 1'000}; // before it was metered
    };
    static_assert(probing_storage<probing>);
    detail::metered_storage store{detail::any_storage{std::in_place, probing{}}};
    CHECK_FALSE(store.probe({}));
    CHECK(store.read().requests == request_counts{.get = 3, .put = 40, .remove = 2});
    CHECK_FALSE(store.probe({}));
    CHECK(store.read().requests.total() == 90);
}

TEST_CASE("metered_storage: what the storage can do is passed on") {
    rig r;
    CHECK(r.store.probe({})->writes == conditional_writes::full);
    r.plan.claim({conditional_writes::none, true});
    CHECK(r.store.probe({})->eventual);
}

} // namespace
