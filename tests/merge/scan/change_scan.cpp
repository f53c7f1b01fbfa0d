#include "../../manifest/samples.hpp"

#include <sealsync/manifest/change_names.hpp>
#include <sealsync/manifest/writer.hpp>
#include <sealsync/merge/entry_change.hpp>
#include <sealsync/merge/scan/change_scan.hpp>

#include <doctest/doctest.h>

using namespace sealsync_tests;
using namespace sealsync::detail;

namespace {

change common_change() {
    auto c = record_change();
    c.replaces.resize(1);
    c.attachments.clear();
    return c;
}

/// The change alone, with a window behind it.
std::string json_of(const change& c) {
    auto s = sample_segment();
    s.changes = {c};
    const auto json = *write_segment(s, field);
    auto text = std::string{as_text(json)};
    text = text.substr(text.find("{\"type\""));
    text.resize(text.size() - 2);
    return text + std::string(2 * scan_window, '\0');
}

struct scanner {
    const char* scan(const std::string& json) { return scan_change<portable_vector>(json.data(), memo, stage, edits); }

    seeded_hash hash{1};
    staged_changes stage{hash};
    scan_memo memo{field};
    edit_ranges edits;
};

} // namespace

TEST_CASE("change_scan: a record of what was learned is staged as it is, and its end is told") {
    scanner in;
    const auto c = common_change();
    const auto json = json_of(c);
    CHECK(in.scan(json) == nullptr);
    in.memo.learn(c, in.stage.texts);
    CHECK(in.scan(json) == json.data() + json.find('\0'));
    CHECK(in.edits.distinct());
    CHECK(in.scan(json) == json.data() + json.find('\0'));
    CHECK_FALSE(in.edits.distinct());
    CHECK(change_of(in.stage[0], in.stage.rest(in.stage[0]), in.stage.texts) == c);
}

TEST_CASE("change_scan: what it stages has the hash that any other way of staging gives") {
    scanner in;
    const auto c = common_change();
    in.memo.learn(c, in.stage.texts);
    REQUIRE(in.scan(json_of(c)) != nullptr);
    change_viewer viewer;
    in.stage.stage(viewer(c));
    CHECK(in.stage.hash(0) == in.stage.hash(1));
    CHECK(says_the_same(in.stage[0], in.stage[1]));
}

TEST_CASE("change_scan: one attachment, none, an erase: each in every size, with and without what it replaces") {
    for (const std::uint64_t number : {1U, 12U, 12'345'678U}) {
        for (const int which : {0, 1, 2, 3, 4, 5}) {
            scanner in;
            auto c = common_change();
            c.version = c.dot.n = number + 1;
            c.size = number;
            if (which % 2 == 0) c.replaces.clear();
            if (which % 2 == 1) c.replaces.front().n = number;
            if (which / 2 == 1) c.attachments = {record_change().attachments.front()};
            if (which / 2 == 2) {
                c.action = change_action::erase;
                c.stored.reset();
                c.size = 0;
            }
            in.memo.learn(c, in.stage.texts);
            const auto json = json_of(c);
            REQUIRE(in.scan(json) == json.data() + json.find('\0'));
            CHECK(change_of(in.stage[0], in.stage.rest(in.stage[0]), in.stage.texts) == c);
            change_viewer viewer;
            in.stage.stage(viewer(c));
            CHECK(says_the_same(in.stage[0], in.stage[1]));
        }
    }
}

TEST_CASE("scanned_action: three words, and no other") {
    for (const std::string text : {"insert??", "update??", "delete??"}) {
        const scanned_action action{text.data()};
        CHECK((action.differs(scanned_action::erase) == 0) == (text[0] == 'd'));
        CHECK((action.differs(scanned_action::store) == 0) == (text[0] != 'd'));
        merge_entry entry{};
        entry.version_and_facts = action.facts();
        CHECK(sealsync::name_of(entry.action()) == text.substr(0, 6));
        CHECK(entry.has_digest() == (text[0] != 'd'));
        for (std::size_t at = 0; at < 6; ++at) {
            for (unsigned c = 0; c < 256; ++c) {
                auto other = text;
                other[at] = static_cast<char>(c);
                const scanned_action read{other.data()};
                const bool one = read.differs(scanned_action::erase) == 0 || read.differs(scanned_action::store) == 0;
                CHECK(one == (other == text));
            }
        }
    }
}

TEST_CASE("change_scan: what is rare is left to others, and stages nothing") {
    scanner in;
    in.memo.learn(common_change(), in.stage.texts);
    auto two = common_change(), listed = common_change(), large = common_change();
    two.replaces = record_change().replaces;
    listed.attachments = record_change().attachments;
    large.size = 100'000'000;
    for (const auto& c : {two, listed, large, attachment_change()}) {
        CHECK(in.scan(json_of(c)) == nullptr);
        CHECK(in.stage.size() == 0);
    }
}
