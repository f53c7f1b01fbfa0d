#include "vault_fixture.hpp"

// A push that was interrupted goes on where it stopped.

namespace {

using namespace vault_fixture;

std::string id_of(int i) { return "r" + std::to_string(100 + i); }

void put_many(device& on, int count, const std::string& text) {
    need(on.emma().update([&](auto& batch) {
        for (int i = 0; i < count; ++i) batch.put(id_of(i), text + std::to_string(i));
    }));
}

[[nodiscard]] sync_settings slices_of(std::size_t objects) {
    sync_settings settings;
    settings.batch_objects_max = objects;
    return settings;
}

constexpr int count = 20;
constexpr std::uint64_t head_and_segment = 2; // puts

TEST_CASE("sent_contents: whatever put fails, the next push sends only what the store did not take") {
    for (const std::size_t slice : {3U, 1'000U}) {
        for (std::uint64_t n = 1; n <= count; ++n) {
            for (const bool reopened : {false, true}) {
                CAPTURE(slice);
                CAPTURE(n);
                world w;
                device a{w, "laptop", slices_of(slice)}, b{w, "phone"};
                a.sync();
                put_many(a, count, "text ");
                const auto puts = [&] { return a.faults.traffic().puts; };
                a.faults.at(a.faults.operations() + n, fault::no_space);
                const auto before = puts();
                CHECK(a->sync().error() == errc::no_space);
                const auto there = keys_with(w, "/records/").size();
                CHECK(there > 0);
                CHECK(puts() - before >= there);
                if (reopened) a.reopen();
                const auto again = puts();
                CHECK(a.clean_sync().pushed == count);
                CHECK(puts() - again == count - there + head_and_segment);
                CHECK(keys_with(w, "/records/").size() == count);
                b.clean_sync();
                for (int i = 0; i < count; ++i) CHECK(b.text(id_of(i)) == "text " + std::to_string(i));
            }
        }
    }
}

TEST_CASE("sent_contents: a push that is killed goes on from the last slice that it had noted") {
    world w;
    device a{w, "laptop", slices_of(5)};
    a.sync();
    put_many(a, count, "text ");
    a.faults.crash_at(a.faults.operations() + 13, crash_point::after);
    CHECK_THROWS_AS((void)a->sync(), testing::simulated_crash);
    a.faults.calm();
    a.reopen();
    const auto puts = a.faults.traffic().puts;
    a.clean_sync();
    CHECK(a.faults.traffic().puts - puts == count - 10 + head_and_segment);
}

TEST_CASE("sent_contents: what was edited again meanwhile is sent anew, and what was erased not at all") {
    world w;
    device a{w}, b{w, "phone"};
    a.sync();
    put_many(a, 3, "first ");
    a.faults.at(a.faults.operations() + 3, fault::no_space); // the head, two of three
    CHECK(a->sync().error() == errc::no_space);
    a.put(id_of(0), "second");
    a.erase(id_of(1));
    a.clean_sync();
    b.clean_sync();
    CHECK(b.text(id_of(0)) == "second");
    CHECK_FALSE(b.text(id_of(1)));
    CHECK(b.text(id_of(2)) == "first 2");
    CHECK(need(b->verify()).ok());
}

TEST_CASE("sent_contents: after half a day the store is not trusted to have it still") {
    world w;
    device a{w};
    a.sync();
    put_many(a, count, "text ");
    a.faults.at(a.faults.operations() + 10, fault::no_space);
    CHECK(a->sync().error() == errc::no_space);
    for (const auto& key : keys_with(w, "/records/")) remove_at(w, key); // cleared away
    w.clock.advance(std::chrono::hours{13});
    a.reopen();
    a.clean_sync();
    CHECK(keys_with(w, "/records/").size() == count);
    CHECK(need(a->verify()).ok());
}

TEST_CASE("sent_contents: nothing of it is kept when all is committed") {
    world w;
    device a{w, "laptop", slices_of(2)};
    a.sync();
    put_many(a, count, "text ");
    a.faults.at(a.faults.operations() + 9, fault::no_space);
    CHECK(a->sync().error() == errc::no_space);
    a.clean_sync();
    auto copy = a.rows;
    auto rows = need(copy.begin());
    need(rows.scan(replica_table::header, detail::facts::sent.prefix, [](bytes_view key, bytes_view) {
        CHECK_FALSE(as_text(key).starts_with(detail::facts::sent.prefix));
        return false;
    }));
}

} // namespace
