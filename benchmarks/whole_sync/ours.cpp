// usage: bench_whole_sync_ours RECORDS memory|sqlite FOLDER
//
// Two devices and a store in memory: one makes RECORDS records of 200 bytes and pushes them, the other pulls. Sealed,
// as always. Replicas in memory, or in files of FOLDER. Prints what each of both cost: seconds on the clock, and of the
// processor. run.py samples it to see where they go.

#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/botan/master_key_store.hpp>
#include <sealsync/ext/sqlite/sqlite_replica.hpp>
#include <sealsync/sealsync.hpp>
#include <sealsync/testing/random.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}

struct stopwatch {
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    std::clock_t used = std::clock();

    void print(const char* what) const {
        const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
        const auto processor = static_cast<double>(std::clock() - used) / static_cast<double>(CLOCKS_PER_SEC);
        std::printf("%s %.6f %.6f\n", what, wall.count(), processor);
    }
};

template <class Engine>
void make_records(Engine& engine, std::size_t count) {
    sealsync::testing::random random{1};
    auto records = engine.collection("records");
    constexpr std::size_t at_once = 1'000;
    for (std::size_t i = 0; i < count; i += at_once) {
        records
            .update([&](auto& edits) {
                for (auto n = i; n < (std::min)(i + at_once, count); ++n) {
                    edits.put("record-" + std::to_string(n), random.some_bytes(200));
                }
            })
            .value();
    }
}

// Their names are what the samples are told apart by.
template <class Engine>
[[gnu::noinline, gnu::no_icf]] sealsync::sync_report whole_push(Engine& engine) {
    return engine.sync().value();
}
template <class Engine>
[[gnu::noinline, gnu::no_icf]] sealsync::sync_report whole_pull(Engine& engine) {
    return engine.sync().value();
}

template <class MakeReplica>
void run(std::size_t count, MakeReplica make_replica) {
    sealsync::memory_storage store;
    const auto user = sealsync::user_id::make("alice").value();
    const auto key = sealsync::create_vault_key(store, user, "correct horse battery staple").value().key;
    const auto open = [&](const char* device) {
        return sealsync::open_vault({.user = "alice", .device_name = device}, store, sealsync::botan_cipher{key},
                                    sealsync::system_clock{}, sealsync::keep_both{}, make_replica(device))
            .value();
    };
    auto writer = open("writer"), reader = open("reader");
    make_records(writer, count);

    const stopwatch pushing;
    const auto pushed = whole_push(writer);
    pushing.print("push");
    const stopwatch pulling;
    const auto pulled = whole_pull(reader);
    pulling.print("pull");
    if (pushed.pushed != count || pulled.pulled != count) give_up("not every record went over");
}

} // namespace

int main(int argc, char** argv) {
    const std::string replica = argc == 4 ? argv[2] : "";
    if (replica != "memory" && replica != "sqlite") {
        give_up("usage: bench_whole_sync_ours RECORDS memory|sqlite FOLDER");
    }
    const auto count = static_cast<std::size_t>(std::strtoull(argv[1], nullptr, 10));
    if (replica == "memory") {
        run(count, [](const char*) { return sealsync::memory_replica{}; });
    } else {
        run(count,
            [&](const char* device) { return sealsync::sqlite_replica{std::filesystem::path{argv[3]} / device}; });
    }
}
