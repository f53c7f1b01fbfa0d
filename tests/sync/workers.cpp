#include "../../examples/sealsync/thread_executor.hpp"
#include "vault_fixture.hpp"

// What a sync does on other threads, if it is given some.

namespace {

using namespace vault_fixture;

/// One part after the other, but the last first: what relies on an order breaks every time.
class backwards final : public executor {
public:
    [[nodiscard]] std::size_t width() const noexcept override { return 3; }
    void run(std::size_t count, function_ref<void(std::size_t)> f) override {
        while (count > 0) f(--count);
    }
};

std::vector<std::shared_ptr<executor>> executors() {
    return {std::make_shared<backwards>(), std::make_shared<calling_thread>(),
            std::make_shared<cli::thread_executor>(2), std::make_shared<cli::thread_executor>(4)};
}

constexpr int records = 60;

/// So small that every push and pull is many batches, and every pull is staged.
sync_settings small() {
    sync_settings settings;
    settings.batch_bytes_max = 200;
    settings.batch_objects_max = 7;
    return settings;
}
std::string id(int i) { return "r" + std::to_string(i); }
std::string content(int i) { return "content of " + std::to_string(i) + std::string(static_cast<std::size_t>(i), '.'); }

void put_many(device& on) {
    for (int i = 0; i < records; ++i) on.put(id(i), content(i));
}
void check_many(device& on) {
    for (int i = 0; i < records; ++i) CHECK(on.text(id(i)) == content(i));
    CHECK(need(on->pending()) == 0);
}

TEST_CASE("workers: a push and a pull of many batches bring over all, with the requests that one thread makes") {
    std::vector<request_counts> alone;
    auto all = executors();
    all.insert(all.begin(), nullptr);
    for (const auto& workers : all) {
        world w;
        w.workers = workers;
        device a{w, "laptop", small()}, b{w, "phone", small()};
        put_many(a);
        const std::vector<request_counts> made{a.clean_sync().requests, b.clean_sync().requests};
        check_many(a);
        check_many(b);
        CHECK(need(b->verify()).problems.empty());
        if (workers == nullptr) alone = made;
        CHECK(made == alone);
    }
}

TEST_CASE("workers: the store and the observer stay on the calling thread") {
    world w;
    w.workers = std::make_shared<cli::thread_executor>(4);
    device a{w, "laptop", small()}, b{w, "phone", small()};
    put_many(a);
    const auto caller = std::this_thread::get_id();
    std::uint64_t seen = 0;
    const auto observe = [&](const sync_progress&) {
        CHECK(std::this_thread::get_id() == caller);
        ++seen;
    };
    sync_options options;
    options.observer = observe;
    a.clean_sync(options);
    b.clean_sync(options);
    CHECK(seen > 20);
}

TEST_CASE("workers: a request that fails while others work is the sync's failure, and the next sync goes on") {
    for (const auto& workers : executors()) {
        for (std::uint64_t at = 0; at < records; at += 9) {
            world w;
            w.workers = workers;
            device a{w, "laptop", small()}, b{w, "phone", small()};
            put_many(a);
            a.faults.at(a.faults.operations() + at + 2, fault::unavailable);
            const auto pushed = a->sync();
            REQUIRE_FALSE(pushed);
            CHECK(pushed.error() == errc::unavailable);
            a.clean_sync();
            b.faults.at(b.faults.operations() + at + 2, fault::unavailable);
            const auto pulled = b->sync();
            REQUIRE_FALSE(pulled);
            CHECK(pulled.error() == errc::unavailable);
            b.clean_sync();
            check_many(a);
            check_many(b);
        }
    }
}

/// Breaks every call of the replica in turn, until a sync has none that is broken.
template <class Break>
void break_replica_calls(const std::shared_ptr<executor>& workers, Break&& broken) {
    std::uint64_t n = 0, failed = 1;
    for (; failed > 0; n += 23) {
        failed = 0;
        world w;
        w.workers = workers;
        device a{w, "laptop", small()}, b{w, "phone", small()};
        put_many(a);
        for (auto* on : {&a, &b}) {
            broken(on->row_faults, on->row_faults.calls() + n);
            try {
                if (!(*on)->sync()) ++failed;
            } catch (const testing::simulated_crash&) {
                ++failed;
            }
            on->row_faults.calm();
            on->reopen();
            on->clean_sync();
            check_many(*on);
        }
    }
    CHECK(n > 100); // the devices did call
}

TEST_CASE("workers: a replica that is full on any thread fails the sync, and the next one goes on") {
    for (const auto& workers : executors()) {
        break_replica_calls(workers, [](auto& plan, std::uint64_t n) { plan.at(n, errc::no_space); });
    }
}

TEST_CASE("workers: a process that ends on any thread has lost nothing") {
    for (const auto& workers : executors()) {
        break_replica_calls(workers, [](auto& plan, std::uint64_t n) { plan.crash_at(n, crash_point::before); });
    }
}

TEST_CASE("workers: edits go on during a sync, and are pushed by it or by the next") {
    world w;
    w.workers = std::make_shared<cli::thread_executor>(3);
    device a{w, "laptop", small()}, b{w, "phone", small()};
    put_many(a);
    std::thread editor{[&] {
        for (int i = 0; i < 50; ++i) (void)need(a.emma().put("late" + std::to_string(i), content(i)));
    }};
    a.clean_sync();
    editor.join();
    a.clean_sync();
    b.clean_sync();
    check_many(b);
    for (int i = 0; i < 50; ++i) CHECK(b.text("late" + std::to_string(i)) == content(i));
}

TEST_CASE("workers: a lost and a damaged content are told, and hold back nothing else") {
    for (const auto& workers : executors()) {
        world w;
        w.workers = workers;
        device a{w, "laptop", small()}, b{w, "phone", small()};
        put_many(a);
        a.clean_sync();
        const auto keys = keys_with(w, "/records/");
        remove_at(w, keys.at(3));
        store_at(w, keys.at(40), "damaged");
        CHECK(b.sync().refusals.size() == 2);
        int whole = 0;
        for (int i = 0; i < records; ++i) {
            const auto got = b.emma().get(id(i));
            whole += got && *got ? 1 : 0;
        }
        CHECK(whole == records - 2);
    }
}

} // namespace
