#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/manifest/checkpoint_layout.hpp>
#include <sealsync/manifest/writer.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

interval_set edits(std::initializer_list<std::uint64_t> numbers) {
    interval_set set;
    for (const auto n : numbers) set.insert(n);
    return set;
}

checkpoint sample() {
    checkpoint c;
    c.vault = id128<vault_id>(1);
    c.scope = "users/alice";
    c.device = *device_id::make("iphone");
    c.last_updated = *stamp::parse("2025-01-20T14:32:00Z");
    c.logs = sample_head().logs;
    c.met = {{id128<run_id>(1), edits({1, 2, 3, 7, 9, 10})}, {id128<run_id>(2), edits({1})}};
    c.siblings = {record_change(), attachment_change()};
    return c;
}

/// Why it is neither written nor read.
std::string refusal(const checkpoint& c) {
    const auto written = write_checkpoint(c, field);
    REQUIRE_FALSE(written);
    CHECK(written.error() == errc::invalid_argument);
    return written.error().detail();
}
std::string refusal(std::string_view from, std::string_view to) {
    auto json = std::string{as_text(write_checkpoint(sample(), field).value())};
    const auto at = json.find(from);
    REQUIRE(at != std::string::npos);
    const auto read = canonical_codec::read_checkpoint(json.replace(at, from.size(), to), field);
    REQUIRE_FALSE(read);
    CHECK(read.error() == errc::malformed);
    return read.error().detail();
}

TEST_CASE("checkpoint: a part is written in one way, edits met as ranges") {
    const auto json = write_checkpoint(sample(), field).value();
    CHECK(canonical_codec::read_checkpoint(json, field).value() == sample());
    const auto text = as_text(json);
    const auto log = id128<log_id>(3).hex(), run = id128<run_id>(1).hex(), other = id128<run_id>(2).hex();
    CHECK(text.rfind("{\"format\":1,\"critical\":[],\"vault\":", 0) == 0);
    CHECK(text.find("\"part\":1,\"parts\":1,\"previous\":\"\",\"last_updated\":\"2025-01-20T14:32:00.000000000Z\","
                    "\"logs\":{\"" +
                    log) != std::string::npos);
    CHECK(text.find("\"met\":{\"" + run + "\":\"1-3,7,9-10\",\"" + other + "\":\"1\"},\"siblings\":[{") !=
          std::string::npos);
}

TEST_CASE("checkpoint: a part that breaks a rule is not written") {
    const auto with = [](auto change_it) {
        auto c = sample();
        change_it(c);
        return refusal(c);
    };
    CHECK(with([](auto& c) { c.part = 0; }) == "part: not from 1 to parts");
    CHECK(with([](auto& c) { c.part = 2; }) == "part: not from 1 to parts");
    CHECK(with([](auto& c) { c.parts = c.part = 2; }) == "previous: absent, or in the first part");
    CHECK(with([](auto& c) { c.previous = digest_of(1); }) == "previous: absent, or in the first part");
    CHECK(with([](auto& c) { c.device = {}; }) == "device_id: absent");
    CHECK(with([](auto& c) { c.scope = "/"; }).rfind("scope: ", 0) == 0);
    CHECK(with([](auto& c) { c.last_updated.nanoseconds = -1; }).find("before 1970") != std::string::npos);
    CHECK(with([](auto& c) { c.logs[0].seq = 0; }).find("not numbered from 1") != std::string::npos);
    CHECK(with([](auto& c) { c.logs[0].device = {}; }).find("device_id absent") != std::string::npos);
    CHECK(with([](auto& c) { std::swap(c.logs[0], c.logs[1]); }).find("not ascending") != std::string::npos);
    CHECK(with([](auto& c) { c.met[1].run = c.met[0].run; }).find("not ascending") != std::string::npos);
    CHECK(with([](auto& c) { c.met[0].edits = {}; }).find("no edit") != std::string::npos);
    CHECK(with([](auto& c) { c.met[0].edits.insert(0); }).find("not numbered from 1") != std::string::npos);
    CHECK(with([](auto& c) { c.met[0].edits.insert(detail::number_max + 1); }).find("over 2^53") != std::string::npos);
    CHECK(with([](auto& c) { c.siblings[1] = c.siblings[0]; }).find("twice in a checkpoint") != std::string::npos);
}

TEST_CASE("checkpoint: twins are siblings both") {
    auto c = sample();
    c.siblings[1] = c.siblings[0];
    c.siblings[1].stored = digest_of(0x99);
    const auto json = write_checkpoint(c, field).value();
    CHECK(canonical_codec::read_checkpoint(json, field).value() == c);
}

TEST_CASE("checkpoint: edits met are ranges, ascending and apart, and nothing else") {
    for (const char* bad : {"", "1-3,", ",1", "3-1", "1-1", "1-3,4", "1-3,3", "7,1", "1--3", "01", "1-3-5", "a", "1, 3",
                            "1-9007199254740992", "0"}) {
        CHECK_MESSAGE(!refusal("1-3,7,9-10", bad).empty(), bad);
    }
}

TEST_CASE("checkpoint: it is no segment, and a segment no checkpoint") {
    const auto json = write_checkpoint(sample(), field).value();
    CHECK(canonical_codec::read_segment(json, field).error() == errc::malformed);
    const auto segment_json = write_segment(sample_segment(), field).value();
    CHECK(canonical_codec::read_checkpoint(segment_json, field).error() == errc::malformed);
}

} // namespace
