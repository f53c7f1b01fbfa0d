#include <sealsync/ext/simdjson_merge/layout_change_scan.hpp>

#include "../../manifest/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;
using detail::read_long_number;
using detail::read_short_time;

/// `text`, and behind it what a scan may look at.
std::string with_room(std::string_view text) { return std::string{text} + std::string(detail::layout_window, '\0'); }

TEST_CASE("layout_change_scan: long numbers and short times are read as anywhere else") {
    CHECK(read_long_number(with_room("12345678,").data()).value == 12'345'678);
    CHECK(read_long_number(with_room("9007199254740991,").data()).value == detail::number_max);
    for (const char* none : {"9007199254740992,", "99999999999999999,", "012345678", "x", ""}) {
        CHECK(read_long_number(with_room(none).data()).end == nullptr);
    }
    const auto time = with_room("2025-01-20T14:30:00Z\"");
    CHECK(read_short_time(time.data()).end == time.data() + 20);
    CHECK(static_cast<std::int64_t>(read_short_time(time.data()).value) ==
          stamp::parse("2025-01-20T14:30:00Z")->nanoseconds);
    CHECK(read_short_time(with_room("2025-01-20T14:30:00\"").data()).end == nullptr);
}

TEST_CASE("layout_change_scan: stages a record that is laid out as one that was learned, and leaves any other") {
    const std::string before = R"({"type":"record","family_member_id":"emma","record_id":")";
    const auto after =
        R"(","version":5,"timestamp":"2025-01-20T14:30:00Z","device_id":"iphone","action":"insert","dot":")" +
        dot_of(1, 7).text() + R"(","replaces":[],"size":512,"digest":")" + digest_of(0x11).hex() +
        R"(","attachments":[]})";
    const auto learned = with_room(before + "rec-1" + after);
    const auto text = std::string_view{learned}.substr(0, learned.find('\0'));
    detail::layout_learner learner{field};
    const auto layout = learner.learn(text).value();
    const detail::seeded_hash hash{1};
    detail::staged_changes stage{hash};
    auto c = record_change();
    c.replaces.clear();
    c.attachments.clear();
    change_viewer viewer;
    stage.stage(viewer(c));
    detail::layout_memo memo;
    const auto scan = [&](const std::string& record) {
        const auto* const end = detail::layout_change_scan<detail::portable_vector>{layout, memo, stage}(record.data());
        return end == nullptr ? std::ptrdiff_t{-1} : end - record.data();
    };
    CHECK(scan(learned) == -1); // of a device that was not met
    memo.learn(learner.places(), stage[0], stage.texts);
    CHECK(scan(learned) == static_cast<std::ptrdiff_t>(text.size()));
    const auto other = with_room(before + digest_of(3).hex() + after);
    CHECK(scan(other) == static_cast<std::ptrdiff_t>(text.size() + 59));
    CHECK(stage.size() == 3);
    CHECK(stage[2].form() == detail::id_form::digest);
    CHECK(stage[2].size() == 512);
    CHECK(scan(with_room(before + "rec 1" + after)) == -1);
    CHECK(scan(with_room(before + "rec-1 " + after)) == -1);
    CHECK(stage.size() == 3);
}

} // namespace
