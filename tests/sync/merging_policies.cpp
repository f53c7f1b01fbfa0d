#include "vault_fixture.hpp"

#include <sealsync/conflict/merge_fields.hpp>
#include <sealsync/conflict/merge_text.hpp>
#include <sealsync/testing/random.hpp>

#include <algorithm>
#include <set>

// merge_text and merge_fields on devices that sync.

namespace {

using namespace vault_fixture;

template <class Policy>
struct three_devices {
    world w{};
    basic_device<Policy> a{w}, b{w, "phone"}, c{w, "tablet"};
    std::array<basic_device<Policy>*, 3> all{&a, &b, &c};

    void start_from(std::string_view base) {
        a.put("r", base);
        for (auto* one : all) one->clean_sync();
    }
    /// Whether no device has anything to do any more, nor would have.
    void check_quiet() {
        for (auto* one : all) CHECK(one->clean_sync().idle());
    }
};

/// Calls `each(order)` for every order of three.
template <class Each>
void for_each_order(Each each) {
    std::array<std::size_t, 3> order{0, 1, 2};
    do {
        CAPTURE(order[0]);
        CAPTURE(order[1]);
        each(order);
    } while (std::next_permutation(order.begin(), order.end()));
}

using edits = std::array<const char*, 3>;

/// Three devices edit at once, and each syncs twice: they end with the same.
template <class Policy>
std::string merged_in_every_order(std::string_view base, const edits& made) {
    std::set<std::string> results;
    for_each_order([&](const auto& order) {
        three_devices<Policy> d;
        d.start_from(base);
        for (std::size_t i = 0; i < 3; ++i) d.all[i]->put("r", made[i]);
        for (int round = 0; round < 2; ++round) {
            for (const auto i : order) d.all[i]->clean_sync();
        }
        for (auto* one : d.all) {
            results.insert(one->text("r").value_or("(gone)"));
            CHECK(one->beside("r").empty());
        }
        d.check_quiet();
    });
    REQUIRE(results.size() == 1);
    return *results.begin();
}

/// The same of edits that do not merge: each device shows the latest, and the other two beside it.
template <class Policy>
void check_kept_apart_in_every_order(std::string_view base, const edits& made) {
    for_each_order([&](const auto& order) {
        three_devices<Policy> d;
        d.start_from(base);
        for (std::size_t i = 0; i < 3; ++i) d.all[i]->put("r", made[i]);
        for (int round = 0; round < 2; ++round) {
            for (const auto i : order) d.all[i]->clean_sync();
        }
        for (auto* one : d.all) {
            CHECK(one->text("r") == made[2]);
            CHECK(one->beside("r") == std::vector<std::string>{made[1], made[0]});
        }
        d.check_quiet();
        d.b.put("r", "settled: by a person\n");
        const auto seen = need(d.b.emma().get("r"));
        for (const auto& beside : seen->conflicts) CHECK(d.b.erase(beside.id));
        for (int round = 0; round < 2; ++round) {
            for (const auto i : order) d.all[i]->clean_sync();
        }
        for (auto* one : d.all) {
            CHECK(one->text("r") == "settled: by a person\n");
            CHECK(one->beside("r").empty());
        }
        d.check_quiet();
    });
}

TEST_CASE("merging_policies: three devices that edited different lines at once end with all edits, in whatever order") {
    CHECK(merged_in_every_order<merge_text>("a\nb\nc\nd\ne\n",
                                            {"A\nb\nc\nd\ne\n", "a\nb\nC\nd\ne\n", "a\nb\nc\nd\n"}) == "A\nb\nC\nd\n");
}

TEST_CASE(
    "merging_policies: three devices that edited different fields at once end with all edits, in whatever order") {
    CHECK(merged_in_every_order<merge_fields>("a: 1\nb: 1\n", {"a: 2\nb: 1\n", "a: 1\nb: 1\nc: 1\n", "a: 1\n"}) ==
          "a: 2\nc: 1\n");
}

TEST_CASE("merging_policies: devices that made a record apart from each other end with all fields") {
    for_each_order([](const auto& order) {
        three_devices<merge_fields> d;
        const edits made{"a: 1\nx: 1\n", "b: 1\nx: 1\n", "c: 1\n"};
        for (std::size_t i = 0; i < 3; ++i) d.all[i]->put("r", made[i]);
        for (int round = 0; round < 2; ++round) {
            for (const auto i : order) d.all[i]->clean_sync();
        }
        const auto text = d.a.text("r").value_or("");
        CHECK(text.size() == std::string_view{"a: 1\nb: 1\nc: 1\nx: 1\n"}.size());
        for (auto* one : d.all) {
            CHECK(one->text("r") == text);
            CHECK(one->beside("r").empty());
            for (const auto* field : {"a: 1\n", "b: 1\n", "c: 1\n", "x: 1\n"}) CHECK(text.find(field) != text.npos);
        }
        d.check_quiet();
    });
}

TEST_CASE("merging_policies: edits of one line are kept apart on every device, quietly, until a person settles them") {
    check_kept_apart_in_every_order<merge_text>("a\nb\n", {"a\nX\n", "a\nY\n", "a\nZ\n"});
    check_kept_apart_in_every_order<merge_fields>("a: 1\nb: 1\n", {"a: 2\nb: 1\n", "a: 3\nb: 1\n", "b: 1\n"});
}

TEST_CASE("merging_policies: of three edits two of which conflict no device loses one, and all end with the same") {
    for_each_order([](const auto& order) {
        three_devices<merge_fields> d;
        d.start_from("a: 1\nb: 1\n");
        const edits made{"a: 2\nb: 1\n", "a: 3\nb: 1\n", "a: 1\nb: 2\n"};
        for (std::size_t i = 0; i < 3; ++i) d.all[i]->put("r", made[i]);
        for (int round = 0; round < 2; ++round) {
            for (const auto i : order) d.all[i]->clean_sync();
        }
        const auto shown = d.a.text("r").value_or("");
        const auto beside = d.a.beside("r");
        auto everything = shown;
        for (const auto& one : beside) everything += one;
        for (const auto* field : {"a: 2\n", "a: 3\n", "b: 2\n"}) CHECK(everything.find(field) != everything.npos);
        for (auto* one : d.all) {
            CHECK(one->text("r") == shown);
            CHECK(one->beside("r") == beside);
        }
        d.check_quiet();
    });
}

TEST_CASE(
    "merging_policies: what an edit makes fit is merged by the next sync, also on devices that could not merge it") {
    for (const bool reopened : {false, true}) {
        CAPTURE(reopened);
        world w;
        basic_device<merge_fields> a{w}, b{w, "phone"};
        a.put("r", "a: 1\nb: 1\n");
        a.clean_sync();
        b.clean_sync();
        a.put("r", "a: 2\nb: 1\n");
        b.put("r", "a: 3\nb: 1\n");
        a.clean_sync();
        b.clean_sync();
        REQUIRE(b.beside("r").size() == 1);
        b.put("r", "a: 2\nb: 2\n");
        if (reopened) b.reopen();
        b.clean_sync();
        basic_device<merge_fields> late{w, "tablet"}; // has never seen what the edits were made on
        late.clean_sync();
        for (auto* one : {&b, &late}) {
            CHECK(one->text("r") == "a: 2\nb: 2\n");
            CHECK(one->beside("r").empty());
            CHECK(one->clean_sync().idle());
        }
    }
}

/// Devices edit and sync in any order for a while; each edits what no other does. Whatever merges crossed on the way,
/// in the end everything that each wrote last is there.
template <class Policy, class Written>
void check_nothing_is_lost(std::uint64_t seed, Written written) {
    CAPTURE(seed);
    testing::random rng{seed};
    three_devices<Policy> d;
    std::array<std::string, 3> last{"0", "0", "0"};
    d.start_from(written(last));
    for (int step = 1; step <= 30; ++step) {
        const auto i = static_cast<std::size_t>(rng.below(3));
        if (rng.chance(0.5)) {
            d.all[i]->clean_sync();
            continue;
        }
        auto seen = d.all[i]->text("r").value_or("");
        const auto before = written.mark(i);
        const auto at = seen.find(before);
        REQUIRE(at != seen.npos);
        last[i] = std::to_string(step);
        seen.replace(at + before.size(), seen.find('\n', at + before.size()) - at - before.size(), last[i]);
        d.all[i]->put("r", seen);
    }
    for (int round = 0; round < 2; ++round) {
        for (auto* one : d.all) one->clean_sync();
    }
    for (auto* one : d.all) {
        CHECK(one->text("r") == written(last));
        CHECK(one->beside("r").empty());
    }
    d.check_quiet();
}

struct lines_apart {
    std::string mark(std::size_t i) const { return "section " + std::to_string(i) + "\n"; }
    std::string operator()(const std::array<std::string, 3>& last) const {
        std::string text;
        for (std::size_t i = 0; i < 3; ++i) text += mark(i) + last[i] + '\n';
        return text;
    }
};
struct fields_apart {
    std::string mark(std::size_t i) const { return "field " + std::to_string(i) + ": "; }
    std::string operator()(const std::array<std::string, 3>& last) const {
        std::string text;
        for (std::size_t i = 0; i < 3; ++i) text += mark(i) + last[i] + '\n';
        return text;
    }
};

TEST_CASE("merging_policies: whatever merges cross, what each device wrote last is there in the end") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        check_nothing_is_lost<merge_text>(seed, lines_apart{});
        check_nothing_is_lost<merge_fields>(seed, fields_apart{});
    }
}

/// Devices edit anything, erase, and settle what stands beside, and sync in any order. Once edits stop they end with
/// the same, after three syncs each: a device that has not what two versions were made on leaves them to one that has.
template <class Policy>
void check_all_end_equal(std::uint64_t seed) {
    CAPTURE(seed);
    testing::random rng{seed};
    three_devices<Policy> d;
    const auto content = [&] {
        std::string text;
        for (const char field : {'a', 'b', 'c', 'd'}) {
            if (rng.chance(0.9)) text += std::string{field} + ": " + std::to_string(rng.below(4) / 3) + '\n';
        }
        return text;
    };
    for (int step = 0; step < 40; ++step) {
        auto& one = *d.all[static_cast<std::size_t>(rng.below(3))];
        if (rng.chance(0.6)) {
            one.clean_sync();
            continue;
        }
        const auto seen = need(one.emma().get("r"));
        const bool beside = seen && !seen->conflicts.empty() && rng.chance(0.3);
        const std::string id = beside ? seen->conflicts.front().id : "r";
        if (rng.chance(0.2)) {
            (void)one.erase(id);
        } else {
            one.put(id, content());
        }
    }
    for (int round = 0; round < 3; ++round) {
        for (auto* one : d.all) one->clean_sync();
    }
    for (auto* one : d.all) {
        CHECK(one->text("r") == d.a.text("r"));
        CHECK(one->beside("r") == d.a.beside("r"));
    }
    d.check_quiet();
}

TEST_CASE("merging_policies: whatever is edited at once, all devices end with the same, and quietly") {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        check_all_end_equal<merge_text>(seed);
        check_all_end_equal<merge_fields>(seed);
    }
}

} // namespace
