#include <sealsync/replica/memory_replica.hpp>
#include <sealsync/testing/faulty_replica.hpp>
#include <sealsync/testing/replica_conformance.hpp>

#include "../tries.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

/// The memory replica, spoilt in one way: the suite must notice each.
enum class flaw {
    forgets_erase,
    hides_own_writes,
    commits_on_destruction,
    scans_past_stop,
    skips_first_key,
    mixes_tables
};

template <flaw Flaw>
class spoilt_replica {
    using inner_transaction = memory_replica::transaction;

public:
    class transaction {
    public:
        explicit transaction(inner_transaction inner, memory_replica committed)
            : inner_{std::move(inner)}, committed_{std::move(committed)} {}
        transaction(transaction&& other) noexcept
            : inner_{std::move(other.inner_)}, committed_{other.committed_}, live_{std::exchange(other.live_, false)} {}
        ~transaction() {
            if (Flaw == flaw::commits_on_destruction && live_) (void)inner_.commit();
        }
        result<std::optional<bytes>> load(replica_table table, bytes_view key) {
            if (Flaw != flaw::hides_own_writes) return inner_.load(in(table), key);
            auto before = committed_.snapshot();
            return before.begin()->load(table, key);
        }
        result<void> store(replica_table table, bytes_view key, bytes_view value) {
            return inner_.store(in(table), key, value);
        }
        result<void> erase(replica_table table, bytes_view key) {
            if (Flaw == flaw::forgets_erase) return {};
            return inner_.erase(in(table), key);
        }
        result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
            return inner_.scan(in(table), from, [&](bytes_view key, bytes_view value) {
                if (Flaw == flaw::skips_first_key && key == from) return true;
                return visit(key, value) || Flaw == flaw::scans_past_stop;
            });
        }
        result<void> commit() {
            live_ = false;
            return inner_.commit();
        }

    private:
        static replica_table in(replica_table table) {
            return Flaw == flaw::mixes_tables ? replica_table::header : table;
        }
        inner_transaction inner_;
        memory_replica committed_;
        bool live_ = true;
    };

    result<transaction> begin() { return transaction{*inner_.begin(), inner_}; }

private:
    memory_replica inner_;
};

template <flaw Flaw>
bool is_caught() {
    const auto report = testing::check_replica([] { return spoilt_replica<Flaw>{}; });
    return !report.ok() && !report.failures.empty();
}

struct no_commit {
    struct transaction {
        result<std::optional<bytes>> load(replica_table, bytes_view);
        result<void> store(replica_table, bytes_view, bytes_view);
        result<void> erase(replica_table, bytes_view);
        result<void> scan(replica_table, bytes_view, row_visitor);
    };
    result<transaction> begin();
};
struct begins_without_result {
    memory_replica::transaction begin();
};
static_assert(!replica<no_commit>);
static_assert(!replica<begins_without_result>);
static_assert(!replica<int>);

TEST_CASE("replica conformance: memory_replica conforms, reopened through a copy of the handle") {
    const auto report = testing::check_replica([] { return memory_replica{}; },
                                               [](memory_replica closed) { return memory_replica{closed}; });
    CHECK_MESSAGE(report.ok(), report.text());
    CHECK(report.checks > 80);
}

TEST_CASE("replica conformance: faulty_replica without faults conforms") {
    using faulty = testing::faulty_replica<memory_replica>;
    const auto report = testing::check_replica(
        [] {
            return faulty{memory_replica{}, testing::replica_fault_plan{}};
        },
        [](faulty closed) { return closed; });
    CHECK_MESSAGE(report.ok(), report.text());
}

TEST_CASE("replica conformance: each flaw of a replica is noticed") {
    CHECK(is_caught<flaw::forgets_erase>());
    CHECK(is_caught<flaw::hides_own_writes>());
    CHECK(is_caught<flaw::commits_on_destruction>());
    CHECK(is_caught<flaw::scans_past_stop>());
    CHECK(is_caught<flaw::skips_first_key>());
    CHECK(is_caught<flaw::mixes_tables>());
}

TEST_CASE("replica conformance: a reopening that forgets or resurrects is noticed") {
    const auto make = [] { return memory_replica{}; };
    CHECK_FALSE(testing::check_replica(make, [](memory_replica) { return memory_replica{}; }).ok());
    const auto restored = [kept = std::optional<memory_replica>{}](memory_replica closed) mutable {
        if (!kept) kept = closed.snapshot();
        return kept->snapshot();
    };
    CHECK_FALSE(testing::check_replica(make, restored).ok());
}

TEST_CASE("replica conformance: a failing call is reported wherever it falls, and the suite goes on") {
    using faulty = testing::faulty_replica<memory_replica>;
    testing::replica_fault_plan counting;
    REQUIRE(testing::check_replica([&] { return faulty{memory_replica{}, counting}; }).ok());
    const auto calls = counting.calls();
    CHECK(calls > 100);
    for (std::uint64_t n = 0; n < calls; n += 13 * sealsync_tests::stride) {
        testing::replica_fault_plan plan;
        plan.at(n, errc::io_error);
        const auto report = testing::check_replica([&] { return faulty{memory_replica{}, plan}; });
        REQUIRE_FALSE(report.ok());
        CHECK(report.text().find("injected") != std::string::npos);
    }
}

} // namespace
