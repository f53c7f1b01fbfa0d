#include <sealsync/sync/ancestry.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sealsync;
using namespace sealsync::detail;

dot edit(char name) {
    dot made{{}, 1};
    made.run.value[0] = static_cast<std::byte>(name);
    return made;
}
std::vector<dot> edits(std::string_view names) {
    std::vector<dot> all;
    for (const char name : names) all.push_back(edit(name));
    return all;
}

/// Versions are called by letters; each says what it replaces, also by letters.
struct history {
    object_row row;

    history past(char name, std::string_view replaces, bool gap = false) && {
        past_version old{};
        old.what.dot = edit(name);
        old.what.replaces = edits(replaces);
        old.gap = gap;
        row.past.push_back(std::move(old));
        return std::move(*this);
    }
    history now(char name, std::string_view replaces, bool gap = false, bool erased = false) && {
        sibling_version version{};
        version.what.dot = edit(name);
        version.what.replaces = edits(replaces);
        version.what.action = erased ? change_action::erase : change_action::update;
        version.gap = gap;
        row.siblings.versions().push_back(std::move(version));
        return std::move(*this);
    }
    [[nodiscard]] std::string named(const auto& is_marked) const {
        std::string names;
        for (std::size_t i = 0; i < row.past.size(); ++i) {
            if (is_marked(i)) names += static_cast<char>(row.past[i].what.dot.run.value[0]);
        }
        return names;
    }
    /// The newest common ancestors; with a `?` if others may be newer.
    [[nodiscard]] std::string common() const {
        const auto tips = live_tips(row);
        const auto found = newest_common_ancestors(row, span_of(tips));
        return named([&](std::size_t i) { return contains(found.newest, i); }) + (found.known ? "" : "?");
    }
    [[nodiscard]] std::string kept() const {
        const auto marked = places_to_keep(row);
        return named([&](std::size_t i) { return marked.contains(i); });
    }
};

TEST_CASE("ancestry: what both sides were made on, however far each has gone since") {
    CHECK(history{}.past('a', "").now('x', "a").now('y', "a").common() == "a");
    CHECK(history{}.past('a', "").past('b', "a").past('c', "b").now('x', "a").now('y', "c").common() == "a");
    CHECK(history{}.past('a', "").past('b', "a").past('c', "b").now('x', "b").now('y', "c").common() == "b");
    CHECK(history{}.past('a', "").past('b', "a").now('x', "ab").now('y', "b").common() == "b");
    CHECK(history{}.past('a', "").now('x', "a").now('y', "a").now('z', "a").common() == "a");
    CHECK(history{}.past('a', "").past('b', "a").now('x', "b").now('y', "b").now('z', "a").common() == "a");
}

TEST_CASE("ancestry: versions that were made apart from each other have none, and that is known") {
    CHECK(history{}.now('x', "").now('y', "").common().empty());
    CHECK(history{}.past('a', "").past('b', "").now('x', "a").now('y', "b").common().empty());
    CHECK(history{}.past('a', "").now('x', "a").now('y', "a").now('z', "").common().empty());
}

TEST_CASE("ancestry: tombstones are hidden by what lives, and count for nothing") {
    CHECK(history{}.past('a', "").past('b', "a").now('x', "b").now('y', "b").now('z', "a", false, true).common() ==
          "b");
}

TEST_CASE("ancestry: edits that crossed have several") {
    auto crossed = history{}.past('a', "").past('b', "a").past('c', "a").now('x', "bc").now('y', "bc");
    CHECK(crossed.common() == "bc");
    CHECK(crossed.kept() == "abc"); // to merge b and c, what they were made on is needed
}

TEST_CASE("ancestry: what is forgotten may be newer only if every side may rest on it") {
    CHECK(history{}.past('a', "").past('b', "a", true).now('x', "a").now('y', "b").common() == "a");
    CHECK(history{}.past('a', "").past('b', "a", true).now('x', "a", true).now('y', "b").common() == "a?");
    CHECK(history{}.now('x', "", true).now('y', "", true).common() == "?");
    CHECK(history{}.now('x', "", true).now('y', "").common().empty());                // y rests on nothing
    CHECK(history{}.past('a', "", true).now('x', "a").now('y', "a").common() == "a"); // a gap below is no matter
}

TEST_CASE("ancestry: a version that is forgotten leaves a gap, and what it rested on") {
    auto some = history{}.past('a', "").past('b', "a").past('c', "b").now('x', "a").now('y', "c");
    forget_past(some.row, 1);
    REQUIRE(some.row.past.size() == 2);
    CHECK(some.row.past[1].what.replaces == edits("a"));
    CHECK(some.row.past[1].gap);
    CHECK(some.common() == "a");
    forget_past(some.row, 0);
    CHECK(some.row.siblings.versions()[0].gap);
    CHECK(some.common() == "?");
}

TEST_CASE("ancestry: contents are kept of what every version was made on") {
    CHECK(history{}.past('a', "").past('b', "a").now('x', "b").kept() == "b");
    CHECK(history{}.past('a', "").past('b', "a").past('c', "b").now('x', "a").now('y', "c").kept() == "ac");
    CHECK(history{}.past('a', "").past('b', "a").past('c', "b").past('d', "a").now('x', "c").now('y', "d").kept() ==
          "acd");
}

TEST_CASE("ancestry: a circle, which no honest device makes, ends") {
    auto circle = history{}.past('a', "b").past('b', "a").now('x', "a").now('y', "b");
    CHECK(circle.common().empty());
    CHECK(circle.kept() == "ab");
}

} // namespace
