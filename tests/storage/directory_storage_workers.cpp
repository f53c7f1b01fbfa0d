#include "../../examples/sealsync/thread_executor.hpp"
#include "../tries.hpp"
#include "failing_files.hpp"
#include "scratch_folder.hpp"

#include <sealsync/storage/directory_storage.hpp>
#include <sealsync/testing/storage_conformance.hpp>

#include <doctest/doctest.h>

#include <numeric>
#include <set>

namespace ss = sealsync;
using namespace storage_tests;
using ss::testing::key_of;

namespace {

/// One part after the other, but the last first: what relies on an order breaks every time.
class backwards final : public ss::executor {
public:
    [[nodiscard]] std::size_t width() const noexcept override { return 3; }
    void run(std::size_t count, ss::function_ref<void(std::size_t)> f) override {
        while (count > 0) f(--count);
    }
};

std::vector<std::shared_ptr<ss::executor>> executors() {
    return {nullptr, std::make_shared<ss::calling_thread>(), std::make_shared<backwards>(),
            std::make_shared<cli::thread_executor>(2), std::make_shared<cli::thread_executor>(4)};
}

std::string key_text(std::size_t i) { return "c/" + std::to_string(i % 7) + "/" + std::to_string(i); }
std::string content(std::size_t i) { return "content of " + std::to_string(i) + std::string(i % 11, 'x'); }

/// What became of each operation of a batch, and on which threads that was told.
template <class Reply>
struct outcomes {
    explicit outcomes(std::size_t count) : all(count) {}
    void take(std::size_t i, ss::result<Reply> reply) {
        CHECK(std::this_thread::get_id() == caller);
        CHECK_FALSE(all[i].has_value());
        all[i].emplace(std::move(reply));
    }
    [[nodiscard]] std::size_t good() const {
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [](const auto& one) { return one && one->has_value(); }));
    }
    [[nodiscard]] std::size_t told() const {
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [](const auto& one) { return one.has_value(); }));
    }
    std::thread::id caller = std::this_thread::get_id();
    std::vector<std::optional<ss::result<Reply>>> all;
};

template <class Storage>
outcomes<ss::put_reply> put_many(Storage& store, std::size_t count, const ss::call_context& call = {}) {
    std::vector<std::string> contents(count);
    std::vector<ss::put_op> ops;
    for (std::size_t i = 0; i < count; ++i) {
        contents[i] = content(i);
        ops.push_back({.key = key_of(key_text(i)), .body = contents[i]});
    }
    outcomes<ss::put_reply> out{count};
    const auto done = store.put(
        ops, [&](std::size_t i, ss::result<ss::put_reply> reply) { out.take(i, std::move(reply)); }, call);
    CHECK(done.has_value() == !call.stop.stop_requested());
    return out;
}

template <class Storage>
outcomes<ss::get_reply> get_many(Storage& store, std::size_t count, const ss::call_context& call = {}) {
    std::vector<ss::get_op> ops;
    for (std::size_t i = 0; i < count; ++i) {
        ops.push_back({.key = key_of(key_text(i))});
        ops.back().size_max = 1 << 20;
    }
    outcomes<ss::get_reply> out{count};
    const auto done = store.get(
        ops, [&](std::size_t i, ss::result<ss::get_reply> reply) { out.take(i, std::move(reply)); }, call);
    CHECK(done.has_value() == !call.stop.stop_requested());
    return out;
}

std::size_t files_below(const std::filesystem::path& folder) {
    std::size_t count = 0;
    for (const auto& one : std::filesystem::recursive_directory_iterator{folder}) count += one.is_regular_file();
    return count;
}

} // namespace

TEST_CASE("directory_storage with workers: conforms") {
    for (const auto& workers : executors()) {
        const scratch_folder folder;
        ss::directory_storage store{folder.path(), {.workers = workers}};
        const auto report = ss::testing::check_storage(store);
        INFO(report.text());
        CHECK(report.ok());
    }
}

TEST_CASE("directory_storage with workers: every object of a batch is stored and read, told once, on the caller's "
          "thread, and no stage keeps a file") {
    for (const auto& workers : executors()) {
        for (const std::size_t count : {1U, 2U, 16U, 17U, 63U, 64U, 65U, 100U, 500U}) {
            CAPTURE(count);
            scratch_folder folder;
            ss::directory_storage store{folder.path(), {.workers = workers}};
            const auto put = put_many(store, count);
            CHECK(put.good() == count);
            const auto got = get_many(store, count);
            REQUIRE(got.good() == count);
            for (std::size_t i = 0; i < count; ++i) {
                CHECK(ss::as_text((*got.all[i])->body) == content(i));
                CHECK((*got.all[i])->etag == (*put.all[i])->etag);
            }
            for (const auto& stage : std::filesystem::directory_iterator{folder.path() / ".sealsync"}) {
                if (stage.is_directory()) CHECK(files_below(stage) == 1); // its lock
            }
        }
    }
}

TEST_CASE("directory_storage with workers: a missing object is one failed get among the others") {
    for (const auto& workers : executors()) {
        scratch_folder folder;
        ss::directory_storage store{folder.path(), {.workers = workers}};
        CHECK(put_many(store, 100).good() == 100);
        CHECK(ss::testing::storage_driver{store}.remove(key_text(41)).has_value());
        const auto got = get_many(store, 150);
        CHECK(got.told() == 150);
        CHECK(got.good() == 99);
        CHECK(got.all[41]->error() == ss::errc::not_found);
        CHECK(got.all[149]->error() == ss::errc::not_found);
    }
}

TEST_CASE("directory_storage with workers: objects over the bytes held at once are read slice by slice") {
    const auto large = ss::bytes(std::size_t{3} << 20U, std::byte{7});
    for (const auto& workers : executors()) {
        scratch_folder folder;
        ss::directory_storage store{folder.path(), {.workers = workers}};
        CHECK(ss::testing::storage_driver{store}.put("large", large).has_value());
        std::vector<ss::get_op> ops;
        for (std::uint64_t i = 0; i < 12; ++i) {
            ops.push_back({.key = key_of("large"), .range = ss::byte_range{i % 8 << 18U, std::uint64_t{1} << 20U}});
            ops.back().size_max = std::uint64_t{1} << 20U;
        }
        std::vector<std::uint64_t> sizes(ops.size());
        const auto got = [&](std::size_t i, ss::result<ss::get_reply> reply) { sizes[i] = reply.value().body.size(); };
        CHECK(store.get(ops, got, {}).has_value());
        CHECK(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}) == std::uint64_t{12} << 20U);
    }
}

TEST_CASE("directory_storage with workers: a source is read on the caller's thread, and stored whole") {
    struct source final : ss::byte_source {
        explicit source(ss::bytes of) : content{std::move(of)} {}
        [[nodiscard]] std::uint64_t size() const noexcept override { return content.size(); }
        [[nodiscard]] ss::result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
            CHECK(std::this_thread::get_id() == caller);
            if (offset >= fails_at) return ss::failure{ss::errc::source_changed};
            std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
            return {};
        }
        ss::bytes content;
        std::uint64_t fails_at = ~std::uint64_t{0};
        std::thread::id caller = std::this_thread::get_id();
    };
    for (const auto& workers : executors()) {
        for (const std::size_t size : {0U, 1U, 1U << 20U, (1U << 20U) + 1, 5U << 20U}) {
            CAPTURE(size);
            scratch_folder folder;
            ss::directory_storage store{folder.path(), {.workers = workers}};
            source from{ss::bytes(size)};
            for (std::size_t i = 0; i < size; ++i) from.content[i] = static_cast<std::byte>(i * 31 >> 7U);
            CHECK(ss::testing::storage_driver{store}
                      .put(ss::put_op{.key = key_of("large"), .source = &from})
                      .has_value());
            const auto stored = folder.read("large");
            CHECK(ss::bytes_view{std::string_view{stored}} == ss::bytes_view{from.content});
        }
        scratch_folder folder;
        ss::directory_storage store{folder.path(), {.workers = workers}};
        source broken{ss::bytes(std::size_t{5} << 20U)};
        for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{1} << 20U, std::uint64_t{4} << 20U}) {
            broken.fails_at = at;
            const auto put = ss::testing::storage_driver{store}.put({.key = key_of("large"), .source = &broken});
            CHECK(put.error() == ss::errc::source_changed);
            CHECK_FALSE(std::filesystem::exists(folder.path() / "large"));
        }
    }
}

TEST_CASE("directory_storage with workers: a call that is stopped before it begins does nothing") {
    for (const auto& workers : executors()) {
        scratch_folder folder;
        ss::directory_storage store{folder.path(), {.workers = workers}};
        CHECK(put_many(store, 100).good() == 100);
        std::stop_source stop;
        stop.request_stop();
        CHECK(get_many(store, 100, {stop.get_token()}).told() == 0);
        CHECK(put_many(store, 100, {stop.get_token()}).told() == 0);
    }
}

TEST_CASE("directory_storage with workers: whichever file operation fails, what is reported stored is, and nothing "
          "else is seen") {
    for (const auto& workers : executors()) {
        for (std::uint64_t at = 0; at < 700; at += 23 * sealsync_tests::stride) {
            CAPTURE(at);
            scratch_folder folder;
            auto orders = std::make_shared<file_failure>();
            orders->at = at;
            ss::basic_directory_storage<failing_files> store{
                folder.path(), {.workers = workers}, failing_files{orders}};
            std::vector<std::string> contents(100);
            std::vector<ss::put_op> ops;
            for (std::size_t i = 0; i < contents.size(); ++i) {
                contents[i] = content(i);
                ops.push_back({.key = key_of(key_text(i)), .body = contents[i]});
            }
            std::set<std::string> stored;
            const auto take = [&](std::size_t i, ss::result<ss::put_reply> reply) {
                if (reply) stored.insert(key_text(i));
            };
            const auto done = store.put(ops, take, {});
            CHECK((done || stored.empty()));
            for (std::size_t i = 0; i < contents.size(); ++i) {
                const bool there = std::filesystem::exists(folder.path() / key_text(i));
                CHECK((there || !stored.contains(key_text(i))));
                if (there) CHECK(folder.read(key_text(i)) == content(i));
            }
        }
    }
}
