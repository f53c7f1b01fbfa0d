#include "vault_fixture.hpp"

#include <sealsync/conflict/merge_with.hpp>

#include <algorithm>

// What a merging policy is given as the base.

namespace {

using namespace vault_fixture;

/// Tells what it merged: "base(one,other)"; "-" without a base. A merge of merges is told as it is.
struct told {
    bytes operator()(std::optional<bytes_view> base, std::span<const bytes_view> contents) const {
        std::vector<std::string> all;
        for (const auto content : contents) all.emplace_back(as_text(content));
        std::sort(all.begin(), all.end());
        std::string text = base ? std::string{as_text(*base)} : "-";
        for (std::size_t i = 0; i < all.size(); ++i) text += (i == 0 ? "(" : ",") + all[i];
        return to_bytes(text + ")");
    }
};
struct telling : merge_with<told> {
    telling() : merge_with{told{}} {}
};
using merger = basic_device<telling>;

[[nodiscard]] sync_settings remembering(std::size_t versions) {
    sync_settings settings;
    settings.history_max = versions;
    return settings;
}

TEST_CASE("merge_bases: the base is found however often one side has synced, and however little is remembered") {
    for (const std::size_t remembered : {0U, 1U, 2U, 16U}) {
        for (const int edits : {1, 2, 3, 20}) {
            CAPTURE(remembered);
            CAPTURE(edits);
            world w;
            merger a{w, "laptop", remembering(remembered)}, b{w, "phone", remembering(remembered)};
            a.put("r", "base");
            a.clean_sync();
            b.clean_sync();
            b.put("r", "b");
            for (int i = 1; i <= edits; ++i) {
                a.put("r", "a" + std::to_string(i));
                a.clean_sync();
            }
            const auto merged = "base(a" + std::to_string(edits) + ",b)";
            b.clean_sync();
            CHECK(b.text("r") == merged);
            a.clean_sync();
            CHECK(a.text("r") == merged);
            for (auto* one : {&a, &b}) CHECK(one->beside("r").empty());
        }
    }
}

TEST_CASE("merge_bases: it is the version that the first of many unsent edits was made on") {
    world w;
    merger a{w}, b{w, "phone"};
    a.put("r", "base");
    a.clean_sync();
    b.clean_sync();
    for (int i = 0; i < 10; ++i) b.put("r", "b" + std::to_string(i));
    a.put("r", "a");
    a.clean_sync();
    b.clean_sync();
    CHECK(b.text("r") == "base(a,b9)");
}

TEST_CASE("merge_bases: records that were made apart have none") {
    world w;
    merger a{w}, b{w, "phone"};
    a.put("r", "a");
    b.put("r", "b");
    a.clean_sync();
    b.clean_sync();
    CHECK(b.text("r") == "-(a,b)");
    a.clean_sync();
    CHECK(a.text("r") == "-(a,b)");
}

TEST_CASE("merge_bases: what was made anew after a deletion has none") {
    world w;
    merger a{w}, b{w, "phone"};
    a.put("r", "base");
    a.erase("r");
    a.clean_sync();
    b.clean_sync();
    a.put("r", "a");
    b.put("r", "b");
    a.clean_sync();
    b.clean_sync();
    CHECK(b.text("r") == "-(a,b)");
}

TEST_CASE("merge_bases: a merge is the base of what is made on it") {
    world w;
    merger a{w}, b{w, "phone"};
    a.put("r", "base");
    a.clean_sync();
    b.clean_sync();
    a.put("r", "a");
    b.put("r", "b");
    a.clean_sync();
    b.clean_sync();
    a.clean_sync();
    a.put("r", "A");
    b.put("r", "B");
    a.clean_sync();
    b.clean_sync();
    CHECK(b.text("r") == "base(a,b)(A,B)");
    a.clean_sync();
    CHECK(a.text("r") == "base(a,b)(A,B)");
}

TEST_CASE("merge_bases: three devices that were offline together have one base, in whatever order they sync") {
    std::vector<std::size_t> order{0, 1, 2};
    do {
        world w;
        merger a{w}, b{w, "phone"}, c{w, "tablet"};
        const std::array all{&a, &b, &c};
        a.put("r", "base");
        for (auto* one : all) one->clean_sync();
        for (std::size_t i = 0; i < all.size(); ++i) all[i]->put("r", std::string{"abc"[i]});
        for (int round = 0; round < 2; ++round) {
            for (const auto i : order) all[i]->clean_sync();
        }
        const auto text = all[order[2]]->text("r");
        REQUIRE(text);
        CHECK(text->starts_with("base("));
        for (const char each : {'a', 'b', 'c'}) CHECK(text->find(each, 5) != text->npos);
        for (auto* one : all) {
            CHECK(one->text("r") == text);
            CHECK(one->beside("r").empty());
            CHECK(one->clean_sync().idle());
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("merge_bases: where the base's content never came here, nothing is merged and nothing is lost") {
    world w;
    merger a{w};
    a.sync();
    author other{w, 1};
    const auto base = other.record("r", "base");
    const auto one = other.record("r", "one", {base.dot}), two = other.record("r", "two", {base.dot});
    other.push({base, one, two});
    a.rediscover();
    CHECK(a.text("r") == "two");
    CHECK(a.beside("r") == std::vector<std::string>{"one"});
    a.clean_sync();
    a.put("r", "a person's");
    CHECK(a.beside("r") == std::vector<std::string>{"one"});
}

TEST_CASE("merge_bases: a device that has the base merges for one that has not") {
    world w;
    merger a{w}, b{w, "phone"};
    a.put("r", "base");
    a.clean_sync();
    b.clean_sync();
    a.put("r", "a1");
    b.put("r", "b1");
    a.clean_sync();
    a.put("r", "a2");
    a.clean_sync();
    merger late{w, "tablet"};
    late.clean_sync();
    b.clean_sync();
    for (auto* one : {&late, &a, &b}) one->clean_sync();
    for (auto* one : {&late, &a, &b}) {
        CHECK(one->text("r") == "base(a2,b1)");
        CHECK(one->beside("r").empty());
    }
}

/// Merges without asking what the siblings were made on.
struct blind {
    static constexpr policy_reads reads = policy_reads::contents;
    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        CHECK(base.is == merge_base::state::none);
        merge_with merge{[](std::optional<bytes_view>, std::span<const bytes_view> contents) {
            return to_bytes("blind" + std::string{as_text(told{}({}, contents))});
        }};
        return merge.resolve(siblings, base);
    }
};

/// Pulls and merges, but pushes nothing.
void merge_only(auto& device) {
    device.faults.chance(fault::read_only, 1);
    (void)device->sync();
    device.faults.calm();
    CHECK(need(device->pending()) == 1);
}

TEST_CASE("merge_bases: of two merges of the same versions the one with a base stands, and nobody merges the merges") {
    std::vector<std::size_t> order{0, 1, 2};
    do {
        world w;
        merger a{w}, b{w, "phone"};
        basic_device<blind> c{w, "tablet"};
        const auto base = a.put("r", "base").dot;
        a.clean_sync();
        b.clean_sync();
        c.clean_sync();
        author other{w, 1};
        const auto x = other.record("r", "x", {base}), y = other.record("r", "y", {base});
        other.push({x, y});
        other.announce();
        merge_only(a);
        merge_only(b);
        merge_only(c);
        CHECK(c.text("r") == "blind-(x,y)");
        const auto sync = [&](std::size_t i) {
            return i == 0 ? a.rediscover() : i == 1 ? b.rediscover() : c.rediscover();
        };
        for (int round = 0; round < 2; ++round) {
            for (const auto i : order) (void)sync(i);
        }
        for (const auto i : order) CHECK(sync(i).pushed == 0);
        for (const auto& text : {a.text("r"), b.text("r"), c.text("r")}) CHECK(text == "base(x,y)");
        for (const auto& beside : {a.beside("r"), b.beside("r"), c.beside("r")}) CHECK(beside.empty());
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("merge_bases: contents are kept of the versions that others rest on, and of no more") {
    world w;
    merger a{w}, b{w, "phone"};
    const auto contents = [](const merger& of) {
        auto copy = of.rows;
        auto rows = need(copy.begin());
        std::size_t count = 0;
        need(rows.scan(replica_table::content, {}, [&](bytes_view, bytes_view) { return ++count > 0; }));
        return count;
    };
    a.put("r", "base");
    a.clean_sync();
    b.clean_sync();
    b.put("r", "b");
    CHECK(contents(b) == 2); // the base, for as long as what was made on it stands
    for (int i = 0; i < 5; ++i) {
        a.put("r", "a" + std::to_string(i));
        a.clean_sync();
        CHECK(contents(a) == 2);
    }
    b.clean_sync();
    CHECK(contents(b) <= 3); // the merge, and what it was made of
    a.clean_sync();
    a.put("r", "next");
    CHECK(contents(a) == 2);
    CHECK(a.erase("r"));
    a.clean_sync();
    b.clean_sync();
    for (auto* one : {&a, &b}) CHECK(contents(*one) <= 1);
}

} // namespace
