#include "vault_fixture.hpp"

#include <sealsync/testing/simulated_cipher.hpp>

// What a sealed head has said was so once: while the store does not have it, every sync says so.

namespace {

using namespace vault_fixture;

/// A device of a sealed vault.
class sealed_device {
public:
    using engine_type = basic_sync_engine<store_type, testing::simulated_cipher, manual_clock, keep_both, replica_type>;

    sealed_device(world& of, std::uint64_t number) : of_{of}, number_{number} { reopen(); }
    void reopen() {
        engine_.reset();
        number_ += 100; // a randomness of its own
        engine_.emplace(need(engine_type::open({"alice", "device " + std::to_string(number_), true, {}, {}},
                                               store_type{of_.store, faults}, testing::simulated_cipher{7, number_},
                                               of_.clock, keep_both{}, replica_type{rows, row_faults})));
    }
    void put(std::string_view id, std::string_view text) { (void)need(engine_->collection("emma").put(id, text)); }
    [[nodiscard]] bool has(std::string_view id) { return need(engine_->collection("emma").get(id)).has_value(); }
    sync_report sync() { return need(engine_->sync()); }
    engine_type* operator->() { return &*engine_; }

    memory_replica rows{};
    testing::fault_plan faults{1};
    testing::replica_fault_plan row_faults{1};

private:
    world& of_;
    std::uint64_t number_;
    std::optional<engine_type> engine_;
};

/// Takes away what is stored under the keys that contain `part`, and can put it back.
class taken_away {
public:
    taken_away(world& of, std::string_view part) : of_{of} {
        for (const auto& key : keys_with(of, part)) {
            kept_.emplace_back(key, stored_at(of, key));
            remove_at(of, key);
        }
        REQUIRE_FALSE(kept_.empty());
    }
    void put_back() {
        for (const auto& [key, body] : kept_) store_at(of_, key, body);
    }
    [[nodiscard]] const std::string& key() const { return kept_.back().first; }

private:
    world& of_;
    std::vector<std::pair<std::string, bytes>> kept_;
};

void check_missing(const sync_report& report, const std::string& key) {
    REQUIRE(report.refusals.size() == 1);
    CHECK(report.refusals[0] == errc::missing_object);
    CHECK(report.refusals[0].object() == key);
}

TEST_CASE("promises: a lost push is reported by every sync of every device, and merged when it is back") {
    world w;
    sealed_device a{w, 1}, b{w, 2};
    a.put("r", "1");
    a.sync();
    taken_away push{w, "/manifest/"};
    for (int again = 0; again < 3; ++again) {
        check_missing(b.sync(), push.key());
        if (again == 1) b.reopen();
    }
    CHECK_FALSE(need(b->verify()).ok());
    sealed_device newcomer{w, 3};
    check_missing(newcomer.sync(), push.key());
    b.put("s", "2"); // what is lost holds up nothing else
    CHECK(b.sync().pushed == 1);

    push.put_back();
    for (auto* one : {&b, &newcomer}) {
        CHECK(one->sync().refusals.empty());
        CHECK(one->has("r"));
    }
    CHECK(b.sync().idle());
    CHECK(need(b->verify()).ok());
}

TEST_CASE("promises: also if every head that named it is lost with it") {
    world w;
    sealed_device a{w, 1}, b{w, 2};
    b.sync();
    taken_away old_head{w, "sync-manifest"};
    old_head.put_back();
    a.put("r", "1");
    a.sync();
    taken_away push{w, "/manifest/"};
    check_missing(b.sync(), push.key());
    taken_away head{w, "sync-manifest"};
    for (int again = 0; again < 3; ++again) {
        check_missing(b.sync(), push.key());
        b.reopen();
    }
    old_head.put_back(); // a store that goes back to what it was before
    check_missing(b.sync(), push.key());
    push.put_back();
    CHECK(b.sync().refusals.empty());
    CHECK(b.has("r"));
    CHECK(b.sync().idle());
}

} // namespace
