#include <sealsync/manifest/compact_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../tries.hpp"
#include "compact/odd_segments.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

bytes written(const segment& s) {
    auto made = write_compact_segment(s);
    REQUIRE_MESSAGE(made, made.error().message());
    return *std::move(made);
}

failure refusal(bytes_view manifest, const manifest_limits& limits = {}) {
    const auto read = compact_codec::read_segment(manifest, limits);
    REQUIRE_FALSE(read);
    return read.error();
}

failure write_refusal(const segment& s, const manifest_limits& limits = {}) {
    const auto made = write_compact_segment(s, limits);
    REQUIRE_FALSE(made);
    return made.error();
}

std::string json_of(const segment& s) { return std::string{as_text(write_segment(s, field).value())}; }

TEST_CASE("compact_codec: odd segments are read back equal, with the same JSON") {
    odd_segments odd{1};
    for (int i = 0; i < tries(1'000); ++i) {
        const auto s = i == 0 ? sample_segment() : odd.next();
        const auto read = compact_codec::read_segment(written(s));
        REQUIRE_MESSAGE(read, read.error().message(), json_of(s));
        REQUIRE(*read == s);
        REQUIRE(json_of(*read) == json_of(s));
    }
}

TEST_CASE("compact_codec: whatever is accepted is, written again, the same bytes, in any mutation") {
    odd_segments odd{2};
    int accepted = 0;
    bytes manifest;
    for (int i = 0; i < tries(4'000); ++i) {
        if (i % 20 == 0) manifest = written(odd.next());
        const auto mutated = odd.mutate(manifest);
        const auto read = compact_codec::read_segment(mutated);
        if (read) {
            ++accepted;
            REQUIRE(written(*read) == mutated);
            REQUIRE(write_segment(*read, field));
        } else {
            REQUIRE_FALSE(read.error().detail().empty());
        }
    }
    CHECK(accepted > tries(400));
    CHECK(accepted < tries(3'600));
}

TEST_CASE("compact_codec: every truncation is malformed, and so is whatever follows the end") {
    auto manifest = written(sample_segment());
    for (std::size_t size = 0; size < manifest.size(); ++size) {
        REQUIRE(refusal(bytes_view{manifest}.subview(0, size)) == errc::malformed);
    }
    manifest.push_back({});
    CHECK(refusal(manifest).detail().find("more follows the end") != std::string::npos);
}

TEST_CASE("compact_codec: a usual record change takes at most 80 bytes, replaced version and digest included") {
    odd_segments odd{3};
    auto s = sample_segment();
    s.changes.clear();
    const auto empty = written(s).size();
    stamp now = s.last_updated;
    const auto random_hex = [&](std::size_t count) {
        bytes raw(count);
        for (auto& each : raw) each = static_cast<std::byte>(odd.below(256));
        return to_hex(raw);
    };
    const auto collection = *collection_id::make(random_hex(16));
    for (std::uint64_t n = 1; n <= 1'000; ++n) {
        auto c = record_change();
        c.collection = collection;
        c.id = *object_id::make(random_hex(16));
        c.device = s.device;
        now.nanoseconds += static_cast<std::int64_t>(odd.below(1'000'000'000));
        c.timestamp = now;
        c.dot = dot_of(1, n);
        c.replaces = {dot_of(2, 1 + odd.below(1'000'000))};
        c.size = odd.below(100'000);
        c.stored = digest256::parse(random_hex(32));
        c.attachments.clear();
        s.changes.push_back(c);
    }
    const auto each = (written(s).size() - empty) / s.changes.size();
    CHECK(each <= 66);
    CHECK(json_of(s).size() / s.changes.size() > 400);
}

TEST_CASE("compact_codec: the encoding, the format and critical extensions that are not known are refused by name") {
    auto manifest = written(sample_segment());
    CHECK(is_compact(manifest));
    CHECK_FALSE(is_compact(write_segment(sample_segment(), field).value()));
    CHECK_FALSE(is_compact(bytes_view{}));
    CHECK_FALSE(is_compact("\t{}"));
    manifest[0] = std::byte{2};
    CHECK(is_compact(manifest));
    CHECK(refusal(manifest) == errc::unknown_format);
    CHECK(refusal(manifest).detail() == "at byte 0: compact encoding 2");
    CHECK(refusal("{}").detail() == "at byte 0: no compact manifest");
    manifest[0] = std::byte{1};
    manifest[1] = std::byte{2};
    CHECK(refusal(manifest).detail() == "at byte 1: a checkpoint, not a segment");
    CHECK(refusal(bytes{std::byte{1}, std::byte{1}, std::byte{7}}) == errc::unknown_format);
    const auto critical = refusal(std::string{"\x01\x01\x01\x01\x08teleport"});
    CHECK(critical == errc::unknown_critical);
    CHECK(critical.detail() == "at byte 2: critical: teleport");
}

TEST_CASE("compact_codec: a newer format is found before anything else is judged") {
    CHECK(refusal(std::string{"\x01\x01\x02", 3}) == errc::unknown_format);
}

TEST_CASE("compact_codec: a rule that a change breaks is the writer's mistake, and the change is named") {
    auto s = sample_segment();
    s.changes[0].version = 0;
    CHECK(write_refusal(s) == errc::invalid_argument);
    CHECK(write_refusal(s).detail() == "change " + s.changes[0].dot.text() + ": version: 0");
    s = sample_segment();
    s.changes[0].size = detail::number_max + 1;
    CHECK(write_refusal(s) == errc::invalid_argument);
    s = sample_segment();
    s.changes[1].dot = s.changes[0].dot;
    CHECK(write_refusal(s).detail().find("twice in a segment") != std::string::npos);
    s = sample_segment();
    s.version = 0;
    CHECK(write_refusal(s) == errc::invalid_argument);
    s = sample_segment();
    s.format = 2;
    CHECK(write_refusal(s) == errc::unknown_format);
    s = sample_segment();
    s.critical = {"teleport"};
    CHECK(write_refusal(s) == errc::unknown_critical);
}

TEST_CASE("compact_codec: what JSON refuses to write is refused, and what it writes is written") {
    odd_segments odd{4};
    int refused = 0;
    for (int i = 0; i < tries(3'000); ++i) {
        auto s = odd.next();
        if (s.changes.empty()) continue;
        auto& c = s.changes[odd.below(s.changes.size())];
        switch (odd.below(9)) {
        case 0:
            c.version = odd.below(2) == 0 ? 0 : detail::number_max + odd.below(2);
            break;
        case 1:
            c.timestamp.nanoseconds = -1;
            break;
        case 2:
            c.size = detail::number_max + odd.below(2);
            break;
        case 3:
            c.action = static_cast<change_action>(odd.below(5));
            break;
        case 4:
            c.type = static_cast<change_type>(odd.below(5));
            break;
        case 5:
            c.replaces.push_back(c.dot);
            break;
        case 6:
            c.dot.n = odd.below(2) * (detail::number_max + 1);
            break;
        case 7:
            c.filename = "a\xff";
            break;
        default:
            c.stored.reset();
            break;
        }
        const auto compact = write_compact_segment(s);
        const auto json = write_segment(s, field);
        REQUIRE_MESSAGE(compact.has_value() == json.has_value(), s.changes.size());
        if (compact) continue;
        ++refused;
        REQUIRE(compact.error().code() == json.error().code());
    }
    CHECK(refused > tries(1'000));
}

TEST_CASE("compact_codec: every limit holds for what is written and for what is read") {
    const auto s = sample_segment();
    const auto manifest = written(s);
    const auto check = [&](auto set) {
        manifest_limits limits;
        set(limits);
        CHECK(write_refusal(s, limits) == errc::too_large);
        CHECK(refusal(manifest, limits) == errc::too_large);
    };
    check([&](manifest_limits& limits) { limits.bytes_max = manifest.size() - 1; });
    check([](manifest_limits& limits) { limits.changes_max = 2; });
    check([](manifest_limits& limits) { limits.logs_max = 1; });
    check([](manifest_limits& limits) { limits.dots_max = 1; });
    check([](manifest_limits& limits) { limits.attachments_max = 1; });
    check([](manifest_limits& limits) { limits.text_bytes_max = 8; });
    manifest_limits just;
    just.bytes_max = manifest.size();
    just.changes_max = 3;
    just.logs_max = just.dots_max = just.attachments_max = 2;
    just.text_bytes_max = 11;
    CHECK(compact_codec::read_segment(manifest, just).value() == s);
    CHECK(write_compact_segment(s, just).value() == manifest);
}

TEST_CASE("compact_codec: an edit that stands twice is malformed, next to itself or not") {
    auto s = sample_segment();
    s.changes = {erase_change(), erase_change(), erase_change()};
    for (std::size_t i = 0; i < 3; ++i) {
        s.changes[i].dot.n = 100 + i;
        s.changes[i].version = 1;
        s.changes[i].replaces.clear();
    }
    s.changes[2].dot.n = 100;
    CHECK(write_refusal(s).detail().find("twice") != std::string::npos);
    s.changes[2].dot.n = 99;
    const auto behind = written(s);
    CHECK(compact_codec::read_segment(behind).value() == s);
    auto twice = behind;
    const auto n =
        std::find(twice.rbegin(), twice.rend(), std::byte{5}); // 99 after 101: two less than the next, folded
    REQUIRE(n != twice.rend());
    *n = std::byte{3}; // 100
    const auto error = refusal(twice);
    CHECK(error == errc::malformed);
    CHECK(error.detail().find(dot_of(1, 100).text() + ": twice") != std::string::npos);
}

TEST_CASE("compact_changes: the views are the changes, in their order, and the header is the segment's") {
    odd_segments odd{5};
    compact_changes reader;
    for (int i = 0; i < 500; ++i) {
        const auto s = odd.next();
        std::vector<change> met;
        const auto header =
            reader.read(written(s), {}, {}, [&](const change_view& view) { met.push_back(to_change(view).value()); });
        REQUIRE(header);
        REQUIRE(*header == header_of(s));
        REQUIRE(met == s.changes);
    }
    const auto failed = reader.read("no", {}, {}, [](const change_view&) { FAIL("no change"); });
    CHECK(failed.error() == errc::malformed);
}

} // namespace
