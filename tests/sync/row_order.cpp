#include "vault_fixture.hpp"

namespace {

using namespace vault_fixture;

/// The keys of objects that were loaded and stored, in the order of the calls.
struct object_calls {
    std::vector<bytes> loads, stores;
};

class watched_replica {
public:
    explicit watched_replica(object_calls& calls) : calls_{&calls} {}

    class transaction {
    public:
        transaction(memory_replica::transaction of, object_calls& calls) : of_{std::move(of)}, calls_{&calls} {}

        [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) {
            if (table == replica_table::object) calls_->loads.push_back(to_bytes(key));
            return of_.load(table, key);
        }
        [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
            if (table == replica_table::object) calls_->stores.push_back(to_bytes(key));
            return of_.store(table, key, value);
        }
        [[nodiscard]] result<void> erase(replica_table table, bytes_view key) { return of_.erase(table, key); }
        [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
            return of_.scan(table, from, visit);
        }
        [[nodiscard]] result<void> commit() { return of_.commit(); }

    private:
        memory_replica::transaction of_;
        object_calls* calls_;
    };
    [[nodiscard]] result<transaction> begin() { return transaction{need(rows_.begin()), *calls_}; }

private:
    memory_replica rows_;
    object_calls* calls_;
};

struct watched_device {
    using engine_type = basic_sync_engine<memory_storage, plaintext_cipher, manual_clock, keep_both, watched_replica>;

    watched_device(world& w, std::string name)
        : engine{need(engine_type::open({"alice", std::move(name)}, memory_storage{w.store}, w.cipher, w.clock,
                                        keep_both{}, watched_replica{calls}))} {}
    /// What a sync asks of the rows of objects.
    object_calls sync() {
        calls = {};
        static_cast<void>(need(engine.sync()));
        return std::exchange(calls, {});
    }

    object_calls calls;
    engine_type engine;
};

/// By collection and id: keys of collections with ids of different lengths stand otherwise, each collection's together.
[[nodiscard]] bool ascend(const std::vector<bytes>& keys) {
    std::vector<detail::object_ref> objects;
    for (const auto& key : keys) objects.push_back(detail::object_ref::parse(key).value());
    return std::is_sorted(objects.begin(), objects.end());
}

TEST_CASE("rows: a push and a pull go through the objects in their order, not in that of the edits") {
    constexpr std::size_t records = 50;
    world w;
    watched_device a{w, "a"}, b{w, "b"};
    auto emma = a.engine.collection("emma"), zo = a.engine.collection("zo");
    for (std::size_t i = 0; i < records; ++i) {
        auto& family = i % 3 == 0 ? zo : emma;
        static_cast<void>(need(family.put("record " + std::to_string(i), "text")));
    }
    CHECK_FALSE(ascend(a.calls.stores));

    const auto pushed = a.sync();
    REQUIRE(pushed.loads.size() == 2 * records); // to be sealed, and when the segment is committed
    CHECK(ascend({pushed.loads.begin(), pushed.loads.begin() + records}));
    CHECK(ascend({pushed.loads.begin() + records, pushed.loads.end()}));
    CHECK(pushed.stores.size() == records);
    CHECK(ascend(pushed.stores));

    const auto pulled = b.sync();
    CHECK(pulled.loads.size() == records);
    CHECK(ascend(pulled.loads));
    CHECK(pulled.stores.size() == records);
    CHECK(ascend(pulled.stores));
}

} // namespace
