// usage: bench_replica_apply_sqlite FOLDER sorted|arrival OBJECTS
//
// Puts OBJECTS rows of objects, each with its key and value as the engine writes them, into a new SQLite replica in
// FOLDER, in one durable transaction: in the order of their keys, as the engine does it, or in the order in which they
// came. Either way they lie in memory in that order. Prints the seconds that sorting took, then those up to the end of
// the commit: on the clock, and of the processor.

#include <sealsync/ext/sqlite/sqlite_replica.hpp>
#include <sealsync/sync/rows.hpp>
#include <sealsync/testing/random.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}

struct row {
    sealsync::bytes key, value;
};

template <class Id>
[[nodiscard]] Id random_id(sealsync::testing::random& random) {
    return Id::make(sealsync::to_hex(random.some_bytes(16))).value();
}

/// Records of four collections, edited once or twice.
[[nodiscard]] std::vector<row> some_rows(std::size_t count) {
    sealsync::testing::random random{1};
    std::array<sealsync::collection_id, 4> collections;
    for (auto& each : collections) each = random_id<sealsync::collection_id>(random);
    const auto device = random_id<sealsync::device_id>(random);
    sealsync::dot dot;
    random.fill(edit.run.value);

    std::vector<row> rows(count);
    for (auto& each : rows) {
        const sealsync::detail::object_ref ref{sealsync::change_type::record, collections[random.below(4)],
                                               random_id<sealsync::object_id>(random)};
        sealsync::sibling_version version;
        auto& c = version.what;
        c.version = 1 + random.below(2);
        c.timestamp.nanoseconds = 1'700'000'000'000'000'000 + static_cast<std::int64_t>(random.below(1ULL << 50U));
        c.device = device;
        if (c.version > 1) c.replaces.push_back(edit);
        ++edit.n;
        c.dot = edit;
        c.size = 100 + random.below(99'901);
        random.fill(c.stored.emplace().value);
        version.fetched = true;
        sealsync::detail::object_row object;
        object.name = sealsync::to_hex(random.some_bytes(8));
        object.siblings = sealsync::sibling_set{{version}};
        each = {ref.key(), sealsync::detail::encode(object)};
    }
    return rows;
}

void check(const sealsync::result<void>& done) {
    if (!done) give_up(done.error().message());
}

[[nodiscard]] std::vector<row> sorted(const std::vector<row>& rows) {
    std::vector<const row*> order;
    order.reserve(rows.size());
    for (const auto& each : rows) order.push_back(&each);
    std::sort(order.begin(), order.end(),
              [](const row* left, const row* right) { return sealsync::bytes_less{}(left->key, right->key); });
    std::vector<row> in_order;
    in_order.reserve(rows.size());
    for (const auto* each : order) in_order.push_back(*each);
    return in_order;
}

void apply_all(sealsync::sqlite_replica& replica, const std::vector<row>& rows) {
    auto transaction = replica.begin().value();
    for (const auto& each : rows) check(transaction.store(sealsync::replica_table::object, each.key, each.value));
    check(transaction.commit());
}

/// Seconds on the clock, and of the processor.
class stopwatch {
public:
    [[nodiscard]] double wall() const { return std::chrono::duration<double>(clock::now() - began_).count(); }
    [[nodiscard]] double processor() const {
        return static_cast<double>(std::clock() - used_) / static_cast<double>(CLOCKS_PER_SEC);
    }

private:
    using clock = std::chrono::steady_clock;
    clock::time_point began_ = clock::now();
    std::clock_t used_ = std::clock();
};

void check_all(sealsync::sqlite_replica& replica, const std::vector<row>& rows) {
    auto transaction = replica.begin().value();
    for (const auto& each : rows) {
        if (transaction.load(sealsync::replica_table::object, each.key).value() != each.value) give_up("a row differs");
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::string order = argc == 4 ? argv[2] : "";
    if (order != "sorted" && order != "arrival") {
        give_up("usage: bench_replica_apply_sqlite FOLDER sorted|arrival OBJECTS");
    }
    auto rows = some_rows(std::strtoull(argv[3], nullptr, 10));
    const stopwatch sorting;
    if (order == "sorted") rows = sorted(rows);
    const auto sort_seconds = sorting.wall();

    sealsync::sqlite_replica replica{std::filesystem::path{argv[1]} / "replica"};
    const stopwatch applying;
    apply_all(replica, rows);
    const auto wall = applying.wall(), processor = applying.processor();
    check_all(replica, rows);
    std::printf("%.6f %.6f %.6f\n", sort_seconds, wall, processor);
}
