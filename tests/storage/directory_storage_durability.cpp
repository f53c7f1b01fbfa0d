#include "../../examples/sealsync/thread_executor.hpp"
#include "../tries.hpp"
#include "crash_replay.hpp"
#include "scratch_folder.hpp"

#include <sealsync/storage/directory_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

#include <set>

namespace ss = sealsync;
using namespace storage_tests;
using ss::testing::key_of;

namespace {

using recorded_storage = ss::basic_directory_storage<recording_files>;

/// A store whose every change of the disk is recorded, beside what it was asked and what it promised.
struct recorded {
    explicit recorded(sabotage broken = sabotage::none, std::shared_ptr<ss::executor> workers = {})
        : store{folder.path(), {.workers = std::move(workers)}, recording_files{recording}} {
        recording->broken = broken;
    }

    void note(file_event::what kind, const std::string& key, std::optional<std::string> content) const {
        recording->events.push_back({.kind = kind, .key = key, .data = std::move(content)});
    }

    void put(const std::vector<std::pair<std::string, std::string>>& objects,
             ss::write_condition condition = ss::write_condition::unconditional) {
        std::vector<ss::put_op> ops;
        for (const auto& [key, content] : objects) {
            note(file_event::what::asked, key, content);
            ops.push_back({.key = key_of(key), .body = content, .condition = condition});
            if (condition == ss::write_condition::if_match) ops.back().etag = etag(key);
        }
        const auto stored = [&](std::size_t i, ss::result<ss::put_reply> reply) {
            REQUIRE(reply.has_value());
            note(file_event::what::promised, objects[i].first, objects[i].second);
        };
        REQUIRE(store.put(ops, stored, {}).has_value());
    }

    void remove(const std::vector<std::string>& names) {
        std::vector<ss::object_key> keys;
        for (const auto& name : names) {
            note(file_event::what::asked, name, std::nullopt);
            keys.push_back(key_of(name));
        }
        const auto removed = [&](std::size_t i, ss::result<void> done) {
            REQUIRE(done.has_value());
            note(file_event::what::promised, names[i], std::nullopt);
        };
        REQUIRE(store.remove(keys, removed, {}).has_value());
    }

    std::string etag(const std::string& key) { return ss::testing::storage_driver{store}.get(key).value().etag; }

    scratch_folder folder;
    std::shared_ptr<file_recording> recording = std::make_shared<file_recording>();
    recorded_storage store;
};

/// What a key may hold after a crash: what was promised last, or anything asked for since.
class promises {
public:
    void apply(const file_event& event) {
        if (event.kind == file_event::what::asked) {
            if (allowed_[event.key].empty()) allowed_[event.key].insert(std::nullopt);
            allowed_[event.key].insert(event.data);
        }
        if (event.kind == file_event::what::promised) allowed_[event.key] = {event.data};
    }

    /// The path of what should not be so; empty if all is well.
    [[nodiscard]] std::string broken_by(const crash_replay::files_by_path& disk) const {
        for (const auto& [key, contents] : allowed_) {
            const auto at = disk.find(key);
            if (contents.count(at == disk.end() ? std::nullopt : std::optional{at->second}) == 0) return key;
        }
        for (const auto& [path, content] : disk) {
            if (!path.starts_with(".sealsync/") && allowed_.count(path) == 0) return path;
        }
        return {};
    }

private:
    std::map<std::string, std::set<std::optional<std::string>>> allowed_;
};

struct replay_report {
    std::size_t states = 0, broken = 0;
    std::string first;
};

/// The power is cut after every single event, with several outcomes each.
replay_report replay(const std::vector<file_event>& events, std::uint64_t seed) {
    constexpr int outcomes = sealsync_tests::sanitized ? 1 : 3;
    ss::testing::random rng{seed};
    crash_replay disk;
    promises kept;
    replay_report report;
    const auto check = [&](const crash_replay::files_by_path& left) {
        ++report.states;
        const auto broken = kept.broken_by(left);
        if (broken.empty()) return;
        if (++report.broken == 1) report.first = broken;
    };
    for (const auto& event : events) {
        disk.apply(event);
        kept.apply(event);
        check(disk.least());
        for (int i = 0; i < outcomes; ++i) check(disk.some(rng));
    }
    return report;
}

std::vector<std::pair<std::string, std::string>> many(const std::string& prefix, int count, const std::string& what) {
    std::vector<std::pair<std::string, std::string>> objects;
    for (int i = 0; i < count; ++i) {
        const auto number = std::to_string(i);
        objects.emplace_back(prefix + std::to_string(i % 20) + "/" + number, what + " " + number);
    }
    return objects;
}

void a_life(recorded& world) {
    world.put({{"users/alice/devices/d/manifest/l/1", "segment 1"}, {"users/alice/head", "head 1"}, {"top", "x"}});
    world.put(many("users/alice/c/", 30, "first"));
    world.put({{"users/alice/head", "head 2"}, {"users/alice/c/3/3", "second 3"}});
    world.put(many("users/alice/c/", 30, "third"));
    world.put({{"users/alice/devices/d/manifest/l/2", "segment 2"}}, ss::write_condition::if_absent);
    world.put({{"users/alice/head", "head 3"}}, ss::write_condition::if_match);
    world.remove({"users/alice/c/3/3", "users/alice/c/3/23", "top", "never/there"});
    world.put({{"users/alice/c/3/3", "fourth 3"}});
    std::vector<std::string> all;
    for (const auto& [key, content] : many("users/alice/c/", 30, "")) all.push_back(key);
    world.remove(all);
}

} // namespace

TEST_CASE(
    "directory_storage: dropping unsynced writes loses nothing that was acknowledged, and shows no part of a file") {
    recorded world;
    a_life(world);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const auto report = replay(world.recording->events, seed);
        INFO(report.first);
        CHECK(report.states > sealsync_tests::tries(std::size_t{2'000}));
        CHECK(report.broken == 0);
    }
}

TEST_CASE("directory_storage: leaving out any barrier is caught by the replay") {
    for (const auto broken : {sabotage::bytes, sabotage::names, sabotage::root_folder}) {
        CAPTURE(static_cast<int>(broken));
        recorded world{broken};
        a_life(world);
        CHECK(replay(world.recording->events, 1).broken > 0);
    }
}

TEST_CASE("directory_storage: leaving out a barrier is caught in small and in large batches alone") {
    for (const int count : {1, 16, 17, 60}) {
        for (const auto broken : {sabotage::none, sabotage::bytes, sabotage::names}) {
            CAPTURE(count);
            CAPTURE(static_cast<int>(broken));
            recorded world{broken};
            world.put(many("a/", count, "content"));
            CHECK((replay(world.recording->events, 2).broken > 0) == (broken != sabotage::none));
        }
    }
}

TEST_CASE("directory_storage: what several threads write is as durable, and leaving out a barrier is caught") {
    for (const auto broken : {sabotage::none, sabotage::bytes, sabotage::names}) {
        CAPTURE(static_cast<int>(broken));
        recorded world{broken, std::make_shared<cli::thread_executor>(3)};
        world.put(many("a/", 100, "first"));
        world.put(many("a/", 100, "second"));
        CHECK((replay(world.recording->events, 4).broken > 0) == (broken != sabotage::none));
    }
}

TEST_CASE("directory_storage: a large batch costs two barriers, whatever its size and however many threads write") {
    const auto barriers = [](int count, std::shared_ptr<ss::executor> workers = {}) {
        recorded world{sabotage::none, std::move(workers)};
        world.put(many("a/", count, "content"));
        std::size_t found = 0;
        for (const auto& event : world.recording->events) found += event.kind == file_event::what::sync_all ? 1 : 0;
        return found;
    };
    CHECK(barriers(100) == 2);
    CHECK(barriers(300) == 2);
    CHECK(barriers(300, std::make_shared<cli::thread_executor>(3)) == 2);
}

TEST_CASE(
    "directory_storage: a folder that another process made and never synced is synced with the first object in it") {
    recorded world;
    std::filesystem::create_directories(world.folder.path() / "made");
    // Known to the recording as named, but not as durable.
    world.recording->set_name({0, "made"}, ++world.recording->last_node);
    world.put({{"made/object", "content"}});
    CHECK(replay(world.recording->events, 3).broken == 0);
}

TEST_CASE("directory_storage: a file has its name only when its bytes are durable") {
    recorded world;
    a_life(world);
    std::set<node_id> unsynced, staged;
    std::size_t published = 0;
    for (const auto& event : world.recording->events) {
        if (event.kind == file_event::what::write) unsynced.insert(event.node);
        if (event.kind == file_event::what::sync_file) unsynced.erase(event.node);
        if (event.kind == file_event::what::sync_all) unsynced.clear();
        if (event.kind != file_event::what::name || staged.insert(event.node).second) continue;
        ++published; // its second name: the first is in the stage
        CHECK(unsynced.count(event.node) == 0);
    }
    CHECK(published == 3 + 30 + 2 + 30 + 1 + 1 + 1);
}
