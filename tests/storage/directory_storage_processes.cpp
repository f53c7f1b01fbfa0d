#include "scratch_folder.hpp"

#include <sealsync/storage/directory_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>

using namespace sealsync;
using storage_tests::scratch_folder;
using testing::key_of;

namespace {

using driver = testing::storage_driver<directory_storage>;

/// Runs `work(n)` in as many processes, which all begin at once; the sum of what they return (0 to 100 each).
template <class F>
int in_processes(int count, F work) {
    int gate[2];
    REQUIRE(::pipe(gate) == 0);
    std::vector<::pid_t> children;
    for (int n = 0; n < count; ++n) {
        const auto child = ::fork();
        REQUIRE(child >= 0);
        if (child != 0) {
            children.push_back(child);
            continue;
        }
        char start = 0;
        ::close(gate[1]);
        while (::read(gate[0], &start, 1) < 0) {
        }
        ::_exit(work(n)); // past doctest, and past what belongs to the parent
    }
    ::close(gate[0]);
    ::close(gate[1]);
    int sum = 0;
    for (const auto child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        sum += WEXITSTATUS(status);
    }
    return sum;
}

int number_in(const get_reply& reply) { return std::stoi(std::string{as_text(reply.body)}); }

} // namespace

TEST_CASE("directory_storage: of eight processes that create one object exactly one wins") {
    const scratch_folder folder;
    for (int round = 0; round < 10; ++round) {
        const auto key = "slot/" + std::to_string(round);
        const int winners = in_processes(8, [&](int me) {
            directory_storage store{folder.path()};
            const auto created = driver{store}.put_if_absent(key, std::to_string(me));
            if (created) return 1;
            return created.error() == errc::precondition_failed ? 0 : 100;
        });
        CHECK(winners == 1);
    }
}

TEST_CASE("directory_storage: no increment of eight processes that count with if_match is lost") {
    constexpr int processes = 8, increments = 10;
    const scratch_folder folder;
    directory_storage store{folder.path()};
    REQUIRE(driver{store}.put("counter", "0"));
    const int failures = in_processes(processes, [&](int) {
        directory_storage own{folder.path()};
        for (int done = 0; done < increments;) {
            const auto now = driver{own}.get("counter");
            if (!now) return 1;
            const auto put = driver{own}.put_if_match("counter", std::to_string(number_in(*now) + 1), now->etag);
            if (!put && put.error() != errc::precondition_failed) return 1;
            done += put ? 1 : 0;
        }
        return 0;
    });
    CHECK(failures == 0);
    CHECK(number_in(driver{store}.get("counter").value()) == processes * increments);
}

TEST_CASE("directory_storage: a conditional write never wins over an unconditional one that it did not see") {
    // One process writes odd numbers unconditionally, in order; the others replace n by n + 1 under if_match. An odd
    // number once reported would be lost if a check and its rename let it pass between them.
    constexpr int last = 41;
    const scratch_folder folder;
    directory_storage store{folder.path()};
    REQUIRE(driver{store}.put("n", "1"));
    const int failures = in_processes(4, [&](int me) {
        directory_storage own{folder.path()};
        for (int n = 3; me == 0 && n <= last; n += 2) {
            if (!driver{own}.put("n", std::to_string(n))) return 1;
            const auto now = driver{own}.get("n");
            if (!now || number_in(*now) < n) return 1;
        }
        for (int tries = 0; me != 0 && tries < 100'000; ++tries) {
            const auto now = driver{own}.get("n");
            if (!now) return 1;
            const auto seen = number_in(*now);
            if (seen >= last) break;
            if (seen % 2 == 1) (void)driver{own}.put_if_match("n", std::to_string(seen + 1), now->etag);
        }
        return 0;
    });
    CHECK(failures == 0);
    CHECK(number_in(driver{store}.get("n").value()) >= last);
}

TEST_CASE("directory_storage: readers see whole objects while others write and remove them") {
    constexpr std::size_t size = 50'000;
    const scratch_folder folder;
    const int failures = in_processes(4, [&](int me) {
        directory_storage own{folder.path()};
        const bytes mine(size, static_cast<std::byte>('a' + me));
        for (int round = 0; round < 20; ++round) {
            if (me < 2 && !driver{own}.put("deep/down/object", mine)) return 1;
            if (me == 2 && !driver{own}.remove("deep/down/object")) return 1;
            const auto found = driver{own}.read("deep/down/object");
            if (!found && found.error() != errc::not_found) return 1;
            const auto differs = [&](std::byte one) { return one != found->front(); };
            if (found && (found->size() != size || std::any_of(found->begin(), found->end(), differs))) return 1;
        }
        return 0;
    });
    CHECK(failures == 0);
}

TEST_CASE("directory_storage: a process that is killed while it writes leaves no name, and its space is taken back") {
    const scratch_folder folder;
    const auto killed = ::fork();
    REQUIRE(killed >= 0);
    if (killed == 0) {
        /// Dies when a third of it has been written, and another read.
        struct deadly final : byte_source {
            std::uint64_t size() const noexcept override { return 3U << 20U; }
            result<void> read(std::uint64_t offset, std::span<std::byte>) override {
                if (offset > 1U << 20U) ::kill(::getpid(), SIGKILL);
                return {};
            }
        } deadly;
        directory_storage own{folder.path()};
        const put_op op{.key = key_of("large"), .source = &deadly};
        (void)own.put({&op, 1}, [](std::size_t, result<put_reply>) {}, {});
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(killed, &status, 0) == killed);
    REQUIRE(WIFSIGNALED(status));
    CHECK(std::filesystem::file_size(folder.path() / ".sealsync/stage-0/0") == 1U << 20U);

    directory_storage store{folder.path()};
    CHECK(driver{store}.keys("").value().empty());
    CHECK(driver{store}.put("small", "1"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / ".sealsync/stage-0/0"));
}
