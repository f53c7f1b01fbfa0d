#include "../samples.hpp"

#include <sealsync/manifest/scan/change_scan.hpp>
#include <sealsync/manifest/writer.hpp>
#include <sealsync/merge/entry_change.hpp>

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
    const char* scan(const std::string& json) { return scan_change<portable_vector>(json.data(), memo, stage); }

    seeded_hash hash{1};
    staged_changes stage{hash};
    scan_memo memo{field};
};

} // namespace

TEST_CASE("change_scan: a record of what was learned is staged as it is, and its end is told") {
    scanner in;
    const auto c = common_change();
    const auto json = json_of(c);
    CHECK(in.scan(json) == nullptr);
    in.memo.learn(c, in.stage.texts);
    REQUIRE(in.scan(json) != nullptr);
    CHECK(in.scan(json) == json.data() + json.find('\0'));
    CHECK(change_of(in.stage[0], in.stage.rest(in.stage[0]), in.stage.texts) == c);
}

TEST_CASE("change_scan: what it stages has the hash that any other way of staging gives") {
    scanner in;
    const auto c = common_change();
    in.memo.learn(c, in.stage.texts);
    REQUIRE(in.scan(json_of(c)) != nullptr);
    change_viewer viewer;
    in.stage.stage(viewer(c));
    CHECK(in.stage[0].next == in.stage[1].next);
    CHECK(says_the_same(in.stage[0], in.stage[1]));
}

TEST_CASE("change_scan: what is rare is left to others, and stages nothing") {
    scanner in;
    in.memo.learn(common_change(), in.stage.texts);
    auto two = common_change(), listed = common_change(), large = common_change();
    two.replaces = record_change().replaces;
    listed.attachments = record_change().attachments;
    large.size = 10'000'000;
    for (const auto& c : {two, listed, large, attachment_change()}) {
        CHECK(in.scan(json_of(c)) == nullptr);
        CHECK(in.stage.size() == 0);
    }
}
