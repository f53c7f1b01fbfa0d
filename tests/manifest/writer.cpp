#include <sealsync/manifest/writer.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

template <class Spoil>
failure refusal(Spoil spoil, const manifest_limits& limits = {}) {
    auto s = sample_segment();
    spoil(s);
    const auto json = write_segment(s, field, limits);
    REQUIRE_FALSE(json);
    return json.error();
}

TEST_CASE("write_segment: the layout is the documented one, byte by byte") {
    auto s = sample_segment();
    s.device_name = "Emma's \"phone\"";
    s.changes[0].packed = packed_place{"packs/p1", 4'096, 512};
    const auto hex = [](const char* byte) {
        std::string text;
        for (int i = 0; i < 32; ++i) text += byte;
        return text;
    };
    const auto id = [](const char* last) {
        std::string text;
        for (int i = 0; i < 15; ++i) text += "a0";
        return text + last;
    };
    const std::string expected =
        R"({"format":1,"critical":[],"vault":")" + id("01") +
        R"(","scope":"users/alice","device_id":"iphone","device_name":"Emma's \"phone\"","log":")" + id("02") +
        R"(","version":42,"previous":")" + hex("41") +
        R"(","last_updated":"2025-01-20T14:32:00.000000000Z","seen":{")" + id("03") + R"(":118,")" + id("04") +
        R"(":1},"changes":[)" + R"({"type":"record","family_member_id":"emma","record_id":"rec-123","version":5,)" +
        R"("timestamp":"2025-01-20T14:30:00.123456789Z","device_id":"iphone","action":"update","dot":")" + id("01") +
        R"(:7","replaces":[")" + id("01") + R"(:3",")" + id("02") + R"(:1"],"size":512,"digest":")" + hex("11") +
        R"(","attachments":[")" + hex("a1") + R"(",")" + hex("a2") +
        R"("],"packed":{"object":"packs/p1","offset":4096,"length":512}},)" +
        R"({"type":"attachment","family_member_id":"emma","attachment_hmac":")" + hex("a1") +
        R"(","timestamp":"2025-01-20T14:31:00.000000000Z","device_id":"iphone","action":"insert","dot":")" + id("01") +
        R"(:8","size":90210,"digest":")" + hex("22") + R"(","filename":"x-ray.png","media_type":"image/png"},)" +
        R"({"type":"record","family_member_id":"emma","record_id":"rec-123","version":5,)" +
        R"("timestamp":"2025-01-20T14:30:00.123456789Z","device_id":"iphone","action":"delete","dot":")" + id("01") +
        R"(:9","replaces":[")" + id("01") + R"(:7"],"size":0,"attachments":[]}]})";
    CHECK(as_text(write_segment(s, field).value()) == expected);
}

TEST_CASE("write_segment: the first of a log has a blank predecessor, and a profile no id") {
    segment s;
    s.scope = "users/alice";
    s.device = *device_id::make("d");
    s.version = 1;
    auto& c = s.changes.emplace_back(record_change());
    c.type = change_type::profile;
    c.id = {};
    c.attachments.clear();
    c.replaces.clear();
    const auto json = std::string{as_text(write_segment(s, "collection_id").value())};
    CHECK(json.find(R"("previous":"","last_updated":"1970-01-01T00:00:00.000000000Z","seen":{},"changes":[{)") !=
          std::string::npos);
    CHECK(json.find(R"({"type":"profile","collection_id":"emma","version":5,)") != std::string::npos);
    CHECK(json.find(R"("replaces":[],"size":512,)") != std::string::npos);
}

TEST_CASE("write_head: the layout is the documented one, byte by byte") {
    head h;
    h.vault = id128<vault_id>(1);
    h.scope = "users/alice";
    const std::string begin = R"({"format":1,"critical":[],"vault":")" + h.vault.hex() + R"(","scope":"users/alice",)";
    CHECK(as_text(write_head(h).value()) == begin + R"("logs":{},"checkpoint":""})");
    h.logs.push_back({id128<log_id>(3), *device_id::make("ipad"), 118, digest_of(3)});
    CHECK(as_text(write_head(h).value()) == begin + R"("logs":{")" + id128<log_id>(3).hex() +
                                                R"(":{"device_id":"ipad","seq":118,"digest":")" + digest_of(3).hex() +
                                                R"("}},"checkpoint":""})");
}

TEST_CASE("write_segment: what no reader would accept is the caller's mistake, and named") {
    CHECK(refusal([](segment& s) { s.version = 0; }) == errc::invalid_argument);
    CHECK(refusal([](segment& s) { s.previous.reset(); }) == errc::invalid_argument);
    CHECK(refusal([](segment& s) { s.changes[0].stored.reset(); }).detail() == "digest: absent");
    CHECK(refusal([](segment& s) { s.changes[0].size = detail::number_max + 1; }).detail() == "size: over 2^53 - 1");
    CHECK(refusal([](segment& s) { s.changes[0].dot.n = detail::number_max + 1; }).detail() == "dot: over 2^53 - 1");
    CHECK(refusal([](segment& s) { s.changes[0].timestamp.nanoseconds = -5; }).detail() == "timestamp: before 1970");
    const auto twice = refusal([](segment& s) { s.changes[1].dot = s.changes[0].dot; });
    CHECK(twice == errc::invalid_argument);
    CHECK(twice.detail() == "change " + dot_of(1, 7).text() + ": twice in a segment");
}

TEST_CASE("write_segment: only what this version knows is written") {
    CHECK(refusal([](segment& s) { s.format = 0; }) == errc::unknown_format);
    CHECK(refusal([](segment& s) { s.critical = {"packs"}; }) == errc::unknown_critical);
}

TEST_CASE("write_segment: every limit is kept before anything is stored") {
    const auto size = write_segment(sample_segment(), field).value().size();
    manifest_limits limits;
    limits.bytes_max = size;
    CHECK(write_segment(sample_segment(), field, limits));
    limits.bytes_max = size - 1;
    CHECK(refusal([](segment&) {}, limits) == errc::too_large);
    limits = {};
    limits.changes_max = 2;
    CHECK(refusal([](segment&) {}, limits).detail() == "changes: over 2 items");
    limits = {};
    limits.dots_max = 1;
    CHECK(refusal([](segment&) {}, limits).detail() == "replaces: over 1 items");
    limits = {};
    limits.logs_max = 1;
    CHECK(refusal([](segment&) {}, limits).detail() == "seen: over 1 items");
    CHECK(write_head(sample_head(), limits).error() == errc::too_large);
    limits = {};
    limits.text_bytes_max = 10;
    CHECK(refusal([](segment&) {}, limits) == errc::too_large);
}

} // namespace
