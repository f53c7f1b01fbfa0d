#include <sealsync/manifest/compact_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../tries.hpp"
#include "compact/odd_checkpoints.hpp"

#include <doctest/doctest.h>

#include <set>

namespace {

using namespace sealsync_tests;

bytes written(const checkpoint& c) {
    auto made = write_compact_checkpoint(c);
    REQUIRE_MESSAGE(made, made.error().message());
    return *std::move(made);
}

failure refusal(bytes_view manifest, const manifest_limits& limits = {}) {
    const auto read = compact_codec::read_checkpoint(manifest, limits);
    REQUIRE_FALSE(read);
    return read.error();
}

failure write_refusal(const checkpoint& c, const manifest_limits& limits = {}) {
    const auto made = write_compact_checkpoint(c, limits);
    REQUIRE_FALSE(made);
    return made.error();
}

std::string json_of(const checkpoint& c) { return std::string{as_text(write_checkpoint(c, field).value())}; }

bool has_twins(const checkpoint& c) {
    std::set<dot> edits;
    for (const auto& each : c.siblings) edits.insert(each.dot);
    return edits.size() < c.siblings.size();
}

TEST_CASE("compact_codec: odd checkpoints are read back equal, with the same JSON, many with twins") {
    odd_checkpoints odd{1};
    int twins = 0;
    for (int i = 0; i < tries(1'000); ++i) {
        const auto c = i == 0 ? sample_checkpoint() : odd.next();
        twins += has_twins(c) ? 1 : 0;
        const auto manifest = written(c);
        const auto read = compact_codec::read_checkpoint(manifest);
        REQUIRE_MESSAGE(read, read.error().message(), json_of(c));
        REQUIRE(*read == c);
        REQUIRE(json_of(*read) == json_of(c));
        REQUIRE(written(*read) == manifest);
    }
    CHECK(twins > tries(200));
}

TEST_CASE("compact_codec: whatever is accepted as a checkpoint is, written again, the same bytes, in any mutation") {
    odd_checkpoints odd{2};
    int accepted = 0;
    bytes manifest;
    for (int i = 0; i < tries(4'000); ++i) {
        if (i % 20 == 0) manifest = written(odd.next());
        const auto mutated = odd.mutate(manifest);
        const auto read = compact_codec::read_checkpoint(mutated);
        if (read) {
            ++accepted;
            REQUIRE(written(*read) == mutated);
            REQUIRE(write_checkpoint(*read, field));
        } else {
            REQUIRE_FALSE(read.error().detail().empty());
        }
    }
    CHECK(accepted > tries(400));
    CHECK(accepted < tries(3'600));
}

TEST_CASE("compact_codec: every truncation of a checkpoint is malformed, and so is whatever follows the end") {
    auto manifest = written(sample_checkpoint());
    for (std::size_t size = 0; size < manifest.size(); ++size) {
        REQUIRE(refusal(bytes_view{manifest}.subview(0, size)) == errc::malformed);
    }
    manifest.push_back({});
    CHECK(refusal(manifest).detail().find("more follows the end") != std::string::npos);
}

TEST_CASE("compact_codec: a segment is no checkpoint, a checkpoint no segment, and either is told which it is") {
    const auto manifest = written(sample_checkpoint());
    CHECK(is_compact(manifest));
    const auto segment_read = compact_codec::read_segment(manifest);
    REQUIRE_FALSE(segment_read);
    CHECK(segment_read.error() == errc::malformed);
    CHECK(segment_read.error().detail() == "at byte 1: a checkpoint, not a segment");
    const auto other = refusal(write_compact_segment(sample_segment()).value());
    CHECK(other == errc::malformed);
    CHECK(other.detail() == "at byte 1: a segment, not a checkpoint");
    CHECK(refusal("\x01\x03").detail() == "at byte 1: kind 3, not a checkpoint");
    CHECK(refusal("\x01\x02\x02") == errc::unknown_format);
    CHECK(refusal(std::string{"\x01\x02\x01\x01\x08teleport"}) == errc::unknown_critical);
    CHECK(refusal("\x02") == errc::unknown_format);
}

TEST_CASE("compact_codec: siblings stand in any order, twins side by side or apart, a version once") {
    auto c = sample_checkpoint();
    auto twin = c.siblings[0];
    twin.stored = digest_of(0x99);
    c.siblings.push_back(twin);
    do {
        REQUIRE(compact_codec::read_checkpoint(written(c)).value() == c);
        std::rotate(c.siblings.begin(), c.siblings.begin() + 1, c.siblings.end());
    } while (!(c.siblings.back() == twin));

    auto manifest = written(c);
    const bytes apart(32, std::byte{0x99});
    const auto at = std::search(manifest.begin(), manifest.end(), apart.begin(), apart.end());
    REQUIRE(at != manifest.end());
    std::fill_n(at, 32, c.siblings[0].stored->value[0]);
    const auto error = refusal(manifest);
    CHECK(error == errc::malformed);
    CHECK(error.detail() == "sibling " + twin.dot.text() + ": twice in a checkpoint");
    c.siblings.back() = c.siblings[0];
    CHECK(write_refusal(c) == errc::invalid_argument);
    CHECK(write_refusal(c).detail() == error.detail());
}

TEST_CASE("compact_codec: of a checkpoint, too, what JSON refuses to write is refused for the same reason") {
    const auto same = [](auto alter) {
        auto c = sample_checkpoint();
        alter(c);
        const auto json = write_checkpoint(c, field);
        REQUIRE_FALSE(json);
        CHECK(write_refusal(c).code() == json.error().code());
    };
    same([](auto& c) { c.format = 2; });
    same([](auto& c) { c.critical = {"teleport"}; });
    same([](auto& c) { c.scope = "/"; });
    same([](auto& c) { c.device = {}; });
    same([](auto& c) { c.part = 0; });
    same([](auto& c) { c.parts = 1; });
    same([](auto& c) { c.parts = detail::number_max + 1; });
    same([](auto& c) { c.previous.reset(); });
    same([](auto& c) { c.part = 1; });
    same([](auto& c) { c.last_updated.nanoseconds = -1; });
    same([](auto& c) { c.logs[0].seq = 0; });
    same([](auto& c) { c.logs[0].device = {}; });
    same([](auto& c) { std::swap(c.logs[0], c.logs[1]); });
    same([](auto& c) { c.met[1].run = c.met[0].run; });
    same([](auto& c) { c.met[0].edits = {}; });
    same([](auto& c) { c.met[0].edits.insert(0); });
    same([](auto& c) { c.met[0].edits.insert(detail::number_max + 1); });
    same([](auto& c) { c.siblings[1] = c.siblings[0]; });
    same([](auto& c) { c.siblings[0].version = 0; });
    same([](auto& c) { c.siblings[0].stored.reset(); });
}

TEST_CASE("compact_codec: every limit holds for a checkpoint that is written and for one that is read") {
    const auto c = sample_checkpoint();
    const auto manifest = written(c);
    const auto check = [&](auto set) {
        manifest_limits limits;
        set(limits);
        CHECK(write_refusal(c, limits) == errc::too_large);
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
    CHECK(compact_codec::read_checkpoint(manifest, just).value() == c);
    CHECK(write_compact_checkpoint(c, just).value() == manifest);
}

} // namespace
