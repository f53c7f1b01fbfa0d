#ifndef SEALSYNC_TESTING_REPLICA_CONFORMANCE_HPP
#define SEALSYNC_TESTING_REPLICA_CONFORMANCE_HPP

#include "../replica/replica.hpp"
#include "conformance.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

template <class Replica>
class replica_suite {
    using transaction = typename decltype(std::declval<Replica&>().begin())::value_type;
    using rows = std::vector<std::pair<bytes, bytes>>;

public:
    replica_suite(std::function<Replica()> make, std::function<Replica(Replica)> reopen)
        : make_{std::move(make)}, reopen_{std::move(reopen)} {}

    [[nodiscard]] testing::conformance_report run() && {
        check_rows();
        check_own_writes();
        check_rollback();
        check_moves();
        check_scans();
        check_scan_of_pending();
        check_keys();
        check_values();
        check_tables();
        if (reopen_) check_reopening();
        return std::move(report_);
    }

private:
    static constexpr auto table = replica_table::object;

    /// A step that must succeed for the rest to mean anything.
    template <class T>
    [[nodiscard]] bool ok(const result<T>& outcome, const char* step) {
        return outcome ? true : report_.check_ok(outcome, step);
    }
    /// One transaction that commits, if all of it succeeds.
    bool commit(Replica& replica, const std::function<bool(transaction&)>& work) {
        auto begun = replica.begin();
        return ok(begun, "begin") && work(*begun) && ok(begun->commit(), "commit");
    }
    bool store(transaction& in, bytes_view key, bytes_view value, replica_table where = table) {
        return ok(in.store(where, key, value), "store");
    }
    bool erase(transaction& in, bytes_view key) { return ok(in.erase(table, key), "erase"); }
    void check_load(transaction& in, bytes_view key, std::optional<bytes_view> expected, const std::string& statement,
                    replica_table where = table) {
        const auto found = in.load(where, key);
        if (!report_.check_ok(found, statement)) return;
        const bool same = found->has_value() == expected.has_value() && (!expected || bytes_view{**found} == *expected);
        report_.check(same, statement);
    }
    [[nodiscard]] rows all(transaction& in, bytes_view from = {}, std::size_t rows_max = 1000) {
        rows seen;
        const auto done = in.scan(table, from, [&](bytes_view key, bytes_view value) {
            seen.emplace_back(to_bytes(key), to_bytes(value));
            return seen.size() < rows_max;
        });
        report_.check_ok(done, "scan");
        return seen;
    }
    [[nodiscard]] static rows expect(std::initializer_list<std::pair<const char*, const char*>> list) {
        rows made;
        for (const auto& [key, value] : list) made.emplace_back(to_bytes(key), to_bytes(value));
        return made;
    }

    void check_rows() {
        auto replica = make_();
        commit(replica, [&](transaction& in) {
            check_load(in, "a", std::nullopt, "a fresh replica is empty");
            return store(in, "a", "one") && store(in, "b", "two");
        });
        commit(replica, [&](transaction& in) {
            check_load(in, "a", "one", "a stored row is loaded after the commit");
            check_load(in, "ab", std::nullopt, "a key that was not stored is not found");
            return store(in, "a", "another") && erase(in, "b") && erase(in, "never stored");
        });
        commit(replica, [&](transaction& in) {
            check_load(in, "a", "another", "storing again replaces the value");
            check_load(in, "b", std::nullopt, "an erased row is gone after the commit");
            return true;
        });
    }

    void check_own_writes() {
        auto replica = make_();
        commit(replica, [&](transaction& in) { return store(in, "old", "1"); });
        commit(replica, [&](transaction& in) {
            if (!store(in, "new", "2") || !store(in, "old", "3")) return false;
            check_load(in, "new", "2", "a transaction loads what it stored");
            check_load(in, "old", "3", "a transaction loads what it replaced");
            if (!erase(in, "old") || !erase(in, "new")) return false;
            check_load(in, "old", std::nullopt, "a transaction does not load what it erased");
            check_load(in, "new", std::nullopt, "a transaction does not load what it stored and erased");
            if (!store(in, "old", "4")) return false;
            check_load(in, "old", "4", "a transaction loads what it erased and stored again");
            return true;
        });
        commit(replica, [&](transaction& in) {
            report_.check(all(in) == expect({{"old", "4"}}), "the last write of a transaction is the one that counts");
            return true;
        });
    }

    void check_rollback() {
        auto replica = make_();
        commit(replica, [&](transaction& in) { return store(in, "kept", "1") && store(in, "also", "2"); });
        {
            auto dropped = replica.begin();
            if (!ok(dropped, "begin") || !store(*dropped, "kept", "changed") || !store(*dropped, "new", "3")) return;
            if (!erase(*dropped, "also")) return;
        }
        commit(replica, [&](transaction& in) {
            report_.check(all(in) == expect({{"also", "2"}, {"kept", "1"}}),
                          "a transaction destroyed without a commit leaves nothing");
            return true;
        });
    }

    void check_moves() {
        auto replica = make_();
        {
            auto begun = replica.begin();
            if (!ok(begun, "begin") || !store(*begun, "a", "1")) return;
            transaction moved{*std::move(begun)};
            if (!store(moved, "b", "2") || !ok(moved.commit(), "commit")) return;
        }
        Replica moved{std::move(replica)};
        commit(moved, [&](transaction& in) {
            report_.check(all(in) == expect({{"a", "1"}, {"b", "2"}}),
                          "a moved transaction and replica keep their rows");
            return true;
        });
    }

    void check_scans() {
        auto replica = make_();
        commit(replica, [&](transaction& in) {
            report_.check(all(in).empty(), "a scan of an empty table visits nothing");
            return store(in, "c", "3") && store(in, "a", "1") && store(in, "b", "2") && store(in, "bb", "2b");
        });
        commit(replica, [&](transaction& in) {
            const auto every = expect({{"a", "1"}, {"b", "2"}, {"bb", "2b"}, {"c", "3"}});
            report_.check(all(in) == every, "a scan from the empty key visits all rows, ascending");
            report_.check(all(in, "b") == rows(every.begin() + 1, every.end()), "a scan begins at the key itself");
            report_.check(all(in, "ba") == rows(every.begin() + 2, every.end()), "a scan begins at the next key");
            report_.check(all(in, "d").empty(), "a scan from beyond the last key visits nothing");
            report_.check(all(in, "", 2) == rows(every.begin(), every.begin() + 2),
                          "a scan ends when the visitor says so");
            return check_visitor_loads(in) && store(in, "written after a scan", "4") && erase(in, "a");
        });
        commit(replica, [&](transaction& in) {
            report_.check(all(in).size() == 4, "a transaction can write after its scans");
            return true;
        });
    }

    bool check_visitor_loads(transaction& in) {
        std::size_t same = 0;
        const auto done = in.scan(table, {}, [&](bytes_view key, bytes_view value) {
            const auto loaded = in.load(table, key);
            if (!report_.check_ok(loaded, "a visitor can load")) return false;
            same += *loaded && bytes_view{**loaded} == value ? 1 : 0;
            return true;
        });
        report_.check(report_.check_ok(done, "a scan whose visitor loads") && same == 4,
                      "what a visitor loads is what it is shown");
        return done.has_value();
    }

    void check_scan_of_pending() {
        auto replica = make_();
        commit(replica, [&](transaction& in) {
            return store(in, "b", "old") && store(in, "d", "old") && store(in, "f", "old");
        });
        commit(replica, [&](transaction& in) {
            if (!store(in, "a", "new") || !store(in, "d", "new") || !store(in, "g", "new") || !erase(in, "f"))
                return false;
            report_.check(all(in) == expect({{"a", "new"}, {"b", "old"}, {"d", "new"}, {"g", "new"}}),
                          "a scan shows committed rows and the transaction's own writes in one order");
            report_.check(all(in, "c") == expect({{"d", "new"}, {"g", "new"}}),
                          "a scan from a key shows the transaction's own writes");
            return true;
        });
    }

    [[nodiscard]] static std::vector<bytes> odd_keys() {
        using namespace std::string_view_literals;
        std::vector<bytes> keys;
        for (const auto key :
             {""sv, "\0"sv, "\0\0"sv, "\0\xff"sv, "\x01"sv, "a"sv, "a\0"sv, "a\0b"sv, "aa"sv, "a\x7f"sv, "a\x80"sv,
              "a\xff"sv, "b"sv, "\x7f"sv, "\x80"sv, "\xff"sv, "\xff\0"sv, "\xff\xff"sv}) {
            keys.push_back(to_bytes(key));
        }
        keys.push_back(bytes(2000, std::byte{'k'}));
        return keys;
    }

    void check_keys() {
        auto replica = make_();
        auto keys = odd_keys();
        commit(replica, [&](transaction& in) {
            for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
                if (!store(in, *key, *key)) return false;
            }
            return true;
        });
        std::sort(keys.begin(), keys.end(), [](const bytes& l, const bytes& r) { return as_text(l) < as_text(r); });
        commit(replica, [&](transaction& in) {
            rows expected;
            for (const auto& key : keys) {
                expected.emplace_back(key, key);
                check_load(in, key, key,
                           "any bytes are a key: " +
                               to_hex(bytes_view{key}.first(std::min<std::size_t>(key.size(), 8))));
            }
            report_.check(all(in) == expected, "keys are ordered byte by byte, as unsigned numbers, prefixes first");
            report_.check(all(in, keys[5]) == rows(expected.begin() + 5, expected.end()),
                          "a scan begins at an odd key");
            return true;
        });
    }

    void check_values() {
        auto replica = make_();
        bytes large(std::size_t{8} << 20U);
        for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::byte>(i * 2654435761U >> 13U);
        const auto zeros = bytes(3);
        for (const auto where : {replica_table::object, replica_table::content}) {
            commit(replica, [&](transaction& in) {
                return store(in, "empty", "", where) && store(in, "large", large, where) &&
                       store(in, "zeros", zeros, where);
            });
            commit(replica, [&](transaction& in) {
                check_load(in, "empty", bytes_view{}, "an empty value is a value", where);
                check_load(in, "zeros", zeros, "a value of zero bytes is kept", where);
                check_load(in, "large", large, "a value of 8 MiB is kept", where);
                return store(in, "large", "small now", where) && store(in, "empty", "full now", where);
            });
            commit(replica, [&](transaction& in) {
                check_load(in, "large", "small now", "a large value is replaced by a small one", where);
                check_load(in, "empty", "full now", "an empty value is replaced", where);
                return true;
            });
        }
    }

    void check_tables() {
        auto replica = make_();
        const auto each = [](auto&& visit) {
            for (std::uint8_t i = 1; i <= replica_table_count; ++i)
                visit(static_cast<replica_table>(i), std::to_string(i));
        };
        commit(replica, [&](transaction& in) {
            bool stored = true;
            each([&](replica_table where, const std::string& name) {
                stored = stored && store(in, "key", name, where) && store(in, "only in " + name, "", where);
            });
            return stored;
        });
        commit(replica, [&](transaction& in) {
            each([&](replica_table where, const std::string& name) {
                check_load(in, "key", name, "tables are independent: " + name, where);
                std::size_t count = 0;
                const auto done = in.scan(where, {}, [&](bytes_view, bytes_view) {
                    ++count;
                    return true;
                });
                report_.check(done && count == 2, "a scan visits one table only: " + name);
            });
            return ok(in.erase(replica_table::met, "key"), "erase");
        });
        commit(replica, [&](transaction& in) {
            each([&](replica_table where, const std::string& name) {
                const auto expected = where == replica_table::met ? std::nullopt : std::optional<bytes_view>{name};
                check_load(in, "key", expected, "erasing concerns one table only: " + name, where);
            });
            return true;
        });
    }

    void check_reopening() {
        auto replica = make_();
        commit(replica, [&](transaction& in) { return store(in, "a", "1") && store(in, "b", "2"); });
        {
            auto dropped = replica.begin();
            if (!ok(dropped, "begin") || !store(*dropped, "c", "3")) return;
        }
        auto reopened = reopen_(std::move(replica));
        commit(reopened, [&](transaction& in) {
            report_.check(all(in) == expect({{"a", "1"}, {"b", "2"}}),
                          "reopening shows what was committed, and only that");
            return erase(in, "a") && store(in, "b", "3");
        });
        auto again = reopen_(std::move(reopened));
        commit(again, [&](transaction& in) {
            report_.check(all(in) == expect({{"b", "3"}}), "reopening shows later commits");
            return true;
        });
    }

    std::function<Replica()> make_;
    std::function<Replica(Replica)> reopen_;
    testing::conformance_report report_;
};

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Runs the conformance suite of docs/concepts/replica.md. `make()` gives a fresh, empty replica each time;
/// `reopen(replica)` closes it and opens what it left, as after a restart of the process.
template <class Make, class Reopen>
[[nodiscard]] conformance_report check_replica(Make make, Reopen reopen) {
    using replica_type = std::invoke_result_t<Make&>;
    static_assert(replica<replica_type>, "not a replica: docs/concepts/replica.md");
    return sealsync::detail::replica_suite<replica_type>{std::move(make), std::move(reopen)}.run();
}

/// The same for a replica that does not outlive its process.
template <class Make>
[[nodiscard]] conformance_report check_replica(Make make) {
    return check_replica(std::move(make), std::function<std::invoke_result_t<Make&>(std::invoke_result_t<Make&>)>{});
}

}}} // namespace sealsync::testing

#endif
