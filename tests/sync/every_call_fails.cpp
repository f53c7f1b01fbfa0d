#include "scenario.hpp"

namespace {

using namespace vault_fixture;

void fail_every_request(fault what, testing::condition_mode conditions = testing::condition_mode::as_is) {
    std::uint64_t suffered = 0;
    std::uint64_t begun = 0;
    fail_every_call(
        [&](device& on, std::uint64_t n) {
            on.faults.conditions(conditions);
            begun = on.faults.operations();
            on.faults.at(begun + n, what);
        },
        [&](device& on, std::uint64_t n) {
            suffered += on.faults.happened(what);
            return on.faults.operations() > begun + n;
        });
    CHECK(suffered > 0);
}

TEST_CASE("every request lost before it arrives: nothing acknowledged is lost") {
    fail_every_request(fault::lost_request);
}

TEST_CASE("every answer lost after its request was applied: nothing acknowledged is lost") {
    fail_every_request(fault::lost_answer);
}

TEST_CASE("every request answered 500 after it was applied: nothing acknowledged is lost") {
    fail_every_request(fault::unknown_outcome);
}

TEST_CASE("every request answered 503, 409 or 429: nothing acknowledged is lost") {
    fail_every_request(fault::unavailable);
    fail_every_request(fault::conflict_answer);
    fail_every_request(fault::throttled);
}

TEST_CASE("every write refused for a full or read-only store: nothing acknowledged is lost") {
    fail_every_request(fault::no_space);
    fail_every_request(fault::read_only);
}

TEST_CASE("every put delivered twice: one edit is one edit") { fail_every_request(fault::duplicate_put); }

TEST_CASE("every object hidden once, as by an eventual store: nothing acknowledged is lost") {
    fail_every_request(fault::hidden);
}

TEST_CASE("every answer truncated, or another object's: it is refused, and merged when it is whole") {
    fail_every_request(fault::truncated_body);
    fail_every_request(fault::swapped_body);
}

TEST_CASE("every head answered as it was before: staleness is no alarm") { fail_every_request(fault::stale_read); }

TEST_CASE("every process ended before or after any request: nothing acknowledged is lost") {
    for (const auto when : {crash_point::before, crash_point::after}) {
        std::uint64_t begun = 0;
        fail_every_call(
            [&](device& on, std::uint64_t n) {
                begun = on.faults.operations();
                on.faults.crash_at(begun + n, when);
            },
            [&](device& on, std::uint64_t n) { return on.faults.operations() > begun + n; });
    }
}

TEST_CASE("every answer lost by a store without conditional writes, or with weak ones: nothing acknowledged is lost") {
    using mode = testing::condition_mode;
    for (const auto weak : {mode::off, mode::create_only, mode::ignored, mode::racy}) {
        fail_every_request(fault::lost_answer, weak);
        fail_every_request(fault::unknown_outcome, weak);
    }
}

} // namespace
