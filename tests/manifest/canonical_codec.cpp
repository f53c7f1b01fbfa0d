#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../tries.hpp"
#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

std::string written(const segment& s) {
    const auto json = write_segment(s, field);
    REQUIRE_MESSAGE(json, json.error().message());
    return std::string{as_text(*json)};
}
std::string written(const head& h) {
    const auto json = write_head(h);
    REQUIRE_MESSAGE(json, json.error().message());
    return std::string{as_text(*json)};
}

/// The sample, with one passage replaced.
std::string altered(std::string_view from, std::string_view to) {
    auto json = written(sample_segment());
    const auto at = json.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    return json.replace(at, from.size(), to);
}

failure refusal(const std::string& json, const manifest_limits& limits = {}) {
    const auto read = canonical_codec::read_segment(json, field, limits);
    REQUIRE_FALSE(read);
    return read.error();
}

void check_malformed(const std::string& json, std::string_view reason) {
    const auto error = refusal(json);
    CHECK(error == errc::malformed);
    CHECK_MESSAGE(error.detail().find(reason) != std::string::npos, error.detail());
    CHECK_MESSAGE(error.detail().rfind("at byte ", 0) == 0, error.detail());
}

TEST_CASE("canonical_codec: what was written is read back equal") {
    const auto s = sample_segment();
    CHECK(canonical_codec::read_segment(written(s), field).value() == s);
    const auto h = sample_head();
    CHECK(canonical_codec::read_head(written(h)).value() == h);
}

TEST_CASE("canonical_codec: random segments and heads are read back equal") {
    random_manifests random{1};
    for (int i = 0; i < tries(2'000); ++i) {
        const auto s = random.next_segment();
        const auto json = written(s);
        const auto read = canonical_codec::read_segment(json, field);
        REQUIRE_MESSAGE(read, read.error().message(), json);
        REQUIRE(*read == s);
        const auto h = random.next_head();
        REQUIRE(canonical_codec::read_head(written(h)).value() == h);
    }
}

TEST_CASE("canonical_codec: whatever is accepted is, written again, the same bytes, in any mutation") {
    random_manifests random{2};
    int accepted = 0;
    std::string json;
    for (int i = 0; i < tries(10'000); ++i) {
        if (i % 20 == 0) json = written(random.next_segment());
        const auto mutated = random.mutate(json);
        const auto read = canonical_codec::read_segment(mutated, field);
        if (read) {
            ++accepted;
            REQUIRE(written(*read) == mutated);
        } else {
            REQUIRE_FALSE(read.error().detail().empty());
        }
    }
    CHECK(accepted > tries(500));
    CHECK(accepted < tries(9'500));
}

TEST_CASE("canonical_codec: every truncation is malformed") {
    const auto json = written(sample_segment());
    for (std::size_t size = 0; size < json.size(); ++size) {
        REQUIRE(refusal(json.substr(0, size)) == errc::malformed);
    }
    const auto head_json = written(sample_head());
    for (std::size_t size = 0; size < head_json.size(); ++size) {
        REQUIRE(canonical_codec::read_head(head_json.substr(0, size)).error() == errc::malformed);
    }
    check_malformed("", "ends instead of {");
}

TEST_CASE("canonical_codec: the failure says at which byte, in which field, and why") {
    auto json = written(sample_segment());
    const auto at = json.find("\"update\"");
    json.replace(at, 8, "\"upsert\"");
    CHECK(refusal(json).detail() == "at byte " + std::to_string(at) + ", action: not insert, update or delete");
}

TEST_CASE("canonical_codec: white space, another order, unknown fields and needless escapes are malformed") {
    check_malformed(" " + written(sample_segment()), "expected {");
    check_malformed(written(sample_segment()) + "\n", "more follows the end");
    check_malformed(altered("\"critical\":[]", "\"critical\": []"), "expected [");
    check_malformed(altered("\"type\":\"record\",\"family_member_id\":\"emma\"",
                            "\"family_member_id\":\"emma\",\"type\":\"record\""),
                    "expected \"type\":");
    check_malformed(altered("\"critical\":[],", "\"critical\":[],\"x\":1,"), "expected ,\"vault\":");
    check_malformed(altered("x-ray", "x\\u002dray"), "not an escape");
    check_malformed(altered("x-ray", "x\\/ray"), "not an escape");
    check_malformed(altered("x-ray", "x\\u000aray"), "not an escape");
    check_malformed(altered("x-ray", "x\\u001Fray"), "not an escape");
    check_malformed(altered("x-ray", "x\\"), "");
    check_malformed(altered("x-ray", "x\nray"), "expected \"");
    check_malformed(altered("x-ray", "x\xffray"), "not UTF-8");
    check_malformed(altered("x-ray", "x\\u0000ray"), "NUL");
}

TEST_CASE("canonical_codec: what is blank is left out where the layout leaves it out") {
    check_malformed(altered("\"filename\":\"x-ray.png\"", "\"filename\":\"\""), "blank, but not left out");
    check_malformed(altered("\"log\":", "\"device_name\":\"\",\"log\":"), "blank, but not left out");
    const std::string time = "\"timestamp\":\"2025-01-20T14:31", dot = "\"dot\":\"" + dot_of(1, 8).text() + "\"";
    check_malformed(altered(time, "\"version\":0," + time), "blank, but not left out");
    check_malformed(altered(dot, dot + ",\"replaces\":[]"), "blank, but not left out");
}

TEST_CASE("canonical_codec: numbers are plain integers up to 2^53 - 1") {
    for (const char* bad :
         {"042", "-1", "1.0", "1e3", "+1", "", "9007199254740992", "99999999999999999999", "\"42\""}) {
        check_malformed(altered("\"version\":42", std::string{"\"version\":"} + bad), "");
    }
    const auto greatest = altered("\"version\":42", "\"version\":9007199254740991");
    CHECK(canonical_codec::read_segment(greatest, field).value().seq == detail::number_max);
}

TEST_CASE("canonical_codec: times have nine decimals") {
    check_malformed(altered("14:32:00.000000000Z", "14:32:00Z"), "nine decimals");
    check_malformed(altered("14:32:00.000000000Z", "14:32:00.00000000Z"), "nine decimals");
    check_malformed(altered("14:32:00.000000000Z", "14:62:00.000000000Z"), "not a UTC time");
}

TEST_CASE("canonical_codec: ids, digests and dots are of their form") {
    check_malformed(altered("\"iphone\"", "\".phone\""), "not an id");
    check_malformed(altered("\"emma\"", "\"\""), "not an id");
    check_malformed(altered(digest_of(0x11).hex(), digest_of(0x11).hex() + "11"), "not 64 lower-case hex digits");
    check_malformed(altered(digest_of(0x41).hex(), "00"), "not 64 lower-case hex digits");
    check_malformed(altered("\"vault\":\"a0", "\"vault\":\"A0"), "not 32 lower-case hex digits");
    check_malformed(altered(dot_of(1, 7).text(), dot_of(1, 0).text()), "not <run>:<n>");
    check_malformed(altered("\"record\"", "\"folder\""), "not record, profile or attachment");
}

TEST_CASE("canonical_codec: an unknown format is named, whatever follows it") {
    const auto error = refusal("{\"format\":2,\"all\":\"new\"}");
    CHECK(error == errc::unknown_format);
    CHECK(error.detail().find("format 2") != std::string::npos);
    CHECK(canonical_codec::read_head("{\"format\":7}").error() == errc::unknown_format);
    CHECK(refusal("{\"format\":0,") == errc::unknown_format);
}

TEST_CASE("canonical_codec: unknown critical extensions are named") {
    const auto error = refusal(altered("\"critical\":[]", "\"critical\":[\"packs\",\"ti\\nme\"]"));
    CHECK(error == errc::unknown_critical);
    CHECK(error.detail().find("packs, ti?me") != std::string::npos);
    CHECK(canonical_codec::read_head("{\"format\":1,\"critical\":[\"packs\"]").error() == errc::unknown_critical);
}

TEST_CASE("canonical_codec: a long list of critical extensions makes no long message") {
    std::string names = "\"" + std::string(10'000, 'x') + "\"";
    for (int i = 0; i < 40; ++i) names += ",\"e" + std::to_string(i) + "\"";
    const auto error = refusal("{\"format\":1,\"critical\":[" + names + "]");
    CHECK(error == errc::unknown_critical);
    CHECK(error.detail().size() < 400);
    CHECK(error.detail().find("and 33 more") != std::string::npos);
    for (int i = 0; i < 40; ++i) names += ",\"f\"";
    CHECK(refusal("{\"format\":1,\"critical\":[" + names + "]") == errc::too_large);
}

TEST_CASE("canonical_codec: every limit is kept, and one more than it is too large") {
    const auto json = written(sample_segment());
    const auto with = [&](auto set) {
        manifest_limits limits;
        set(limits);
        return canonical_codec::read_segment(json, field, limits);
    };
    CHECK(with([&](auto& l) { l.bytes_max = json.size(); }));
    CHECK(with([&](auto& l) { l.bytes_max = json.size() - 1; }).error() == errc::too_large);
    CHECK(with([](auto& l) { l.changes_max = 3; }));
    CHECK(with([](auto& l) { l.changes_max = 2; }).error() == errc::too_large);
    CHECK(with([](auto& l) { l.logs_max = 2; }));
    CHECK(with([](auto& l) { l.logs_max = 1; }).error() == errc::too_large);
    CHECK(with([](auto& l) { l.dots_max = 2; }));
    CHECK(with([](auto& l) { l.dots_max = 1; }).error() == errc::too_large);
    CHECK(with([](auto& l) { l.attachments_max = 2; }));
    CHECK(with([](auto& l) { l.attachments_max = 1; }).error() == errc::too_large);
    CHECK(with([](auto& l) { l.text_bytes_max = 11; }));
    CHECK(with([](auto& l) { l.text_bytes_max = 10; }).error() == errc::too_large);

    manifest_limits limits;
    limits.logs_max = 1;
    CHECK(canonical_codec::read_head(written(sample_head()), limits).error() == errc::too_large);
}

TEST_CASE("canonical_codec: the collections' field is the layout's") {
    const auto json = write_segment(sample_segment(), "collection_id").value();
    CHECK(canonical_codec::read_segment(json, "collection_id").value() == sample_segment());
    CHECK(canonical_codec::read_segment(json, field).error() == errc::malformed);
}

TEST_CASE("canonical_codec: a plain manifest is not canonical") {
    check_malformed("{\"version\":42,\"last_updated\":\"2025-01-20T14:32:00Z\",\"changes\":[]}",
                    "expected \"format\":");
}

} // namespace
