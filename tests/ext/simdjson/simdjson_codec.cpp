#include <sealsync/ext/simdjson/simdjson_codec.hpp>
#include <sealsync/manifest/writer.hpp>

#include "../../manifest/samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

std::string sample() { return std::string{as_text(write_segment(sample_segment(), field).value())}; }

/// The sample, with one passage replaced.
std::string altered(std::string_view from, std::string_view to) {
    auto json = sample();
    const auto at = json.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, from);
    return json.replace(at, from.size(), to);
}

void check_same(const std::string& json) {
    const auto read = simdjson_codec::read_segment(json, field);
    REQUIRE_MESSAGE(read, read.error().message(), json);
    CHECK(*read == sample_segment());
}

failure refusal(const std::string& json, const manifest_limits& limits = {}) {
    const auto read = simdjson_codec::read_segment(json, field, limits);
    REQUIRE_FALSE_MESSAGE(read, json);
    return read.error();
}

void check_malformed(const std::string& json, std::string_view reason) {
    const auto error = refusal(json);
    CHECK_MESSAGE(error == errc::malformed, error.message());
    CHECK_MESSAGE(error.detail().find(reason) != std::string::npos, error.detail());
    CHECK_MESSAGE(error.detail().rfind("at byte ", 0) == 0, error.detail());
}

/// A field nobody knows, in the segment and in a change.
void check_ignored(const std::string& value) {
    check_same(altered("\"vault\":", "\"x-new\":" + value + ",\"vault\":"));
    check_same(altered("\"size\":512", "\"size\":512,\"x-new\":" + value));
}
void check_unknown_malformed(const std::string& value) {
    check_malformed(altered("\"vault\":", "\"x-new\":" + value + ",\"vault\":"), "");
    check_malformed(altered("\"size\":512", "\"size\":512,\"x-new\":" + value), "");
}

TEST_CASE("simdjson_codec: what was written is read back equal") {
    check_same(sample());
    const auto json = write_head(sample_head()).value();
    CHECK(simdjson_codec::read_head(json).value() == sample_head());
}

TEST_CASE("simdjson_codec: white space and line ends do not matter") {
    std::string spaced;
    bool in_string = false;
    for (const char c : sample()) {
        if (c == '"') in_string = !in_string;
        const bool structural = !in_string && std::string_view{"{}[],:"}.find(c) != std::string_view::npos;
        if (structural) spaced += " \r\n\t";
        spaced += c;
        if (structural) spaced += "\t ";
    }
    check_same(spaced);
}

TEST_CASE("simdjson_codec: fields come in any order, also format and critical") {
    check_same(altered("{\"format\":1,\"critical\":[],", "{").insert(1, "\"critical\":[],\"format\":1,"));
    auto last = altered("{\"format\":1,\"critical\":[],", "{");
    last.pop_back();
    check_same(last + ",\"critical\":[],\"format\":1}");
    check_same(altered("\"type\":\"record\",\"family_member_id\":\"emma\"",
                       "\"family_member_id\":\"emma\",\"type\":\"record\""));
    const std::string three = '"' + id128<log_id>(3).hex() + "\":118", four = '"' + id128<log_id>(4).hex() + "\":1";
    check_same(altered(three + "," + four, four + "," + three));
}

TEST_CASE("simdjson_codec: escapes mean what they escape, in keys too") {
    check_same(altered("\"format\"", "\"\\u0066ormat\""));
    check_same(altered("\"scope\":\"users/", "\"sc\\u006Fpe\":\"users\\/"));
    check_same(altered("\"update\"", "\"\\u0075pdate\""));
    check_same(altered("\"" + id128<log_id>(3).hex(), "\"\\u0061" + id128<log_id>(3).hex().substr(1)));
    const auto read = simdjson_codec::read_segment(altered("x-ray", "\\ud83d\\ude00\\u00e9"), field);
    CHECK(read.value().changes[1].filename == "\xf0\x9f\x98\x80\xc3\xa9.png");
}

TEST_CASE("simdjson_codec: times have 0 to 9 decimals") {
    check_same(altered("14:32:00.000000000Z", "14:32:00Z"));
    check_same(altered("14:32:00.000000000Z", "14:32:00.0Z"));
    check_malformed(altered("14:32:00.000000000Z", "14:32:00.0000000000Z"), "last_updated: not a UTC time");
    check_malformed(altered("14:32:00.000000000Z", "14:32:00+00:00"), "last_updated: not a UTC time");
}

TEST_CASE("simdjson_codec: fields that nobody knows are passed over, whatever they hold") {
    for (const char* value :
         {"null", "true", "false", "0", "-0", "-1.5e+300", "1e999", "123456789012345678901234567890", "\"\"",
          "\"\\u0000\"", "[]", "{}", "[1,\"a\",null,{\"b\":[false]}]", "{\"a\":{\"a\":{\"a\":1}},\"b\":[[[]]]}"}) {
        check_ignored(value);
    }
}

TEST_CASE("simdjson_codec: fields that nobody knows are JSON all the same") {
    for (const char* value : {"nul",
                              "nulll",
                              "True",
                              "truefalse",
                              "01",
                              "-",
                              "1.",
                              ".5",
                              "1e",
                              "1e+",
                              "+1",
                              "0x1",
                              "NaN",
                              "1 2",
                              "\"\\x\"",
                              "\"\\u12\"",
                              "\"\\udc00\"",
                              "\"\\ud800\"",
                              "\"a\nb\"",
                              "\"\xff\"",
                              "[1,]",
                              "[,1]",
                              "[1 2]",
                              "[1",
                              "]",
                              "{\"a\"}",
                              "{\"a\":}",
                              "{\"a\":1,}",
                              "{a:1}",
                              "{\"a\":1 \"b\":2}",
                              "{1:2}",
                              "{\"\\udc00\":1}",
                              "",
                              ",",
                              "'a'"}) {
        check_unknown_malformed(value);
    }
}

TEST_CASE("simdjson_codec: a key stands once in an object, known or not, escaped or not") {
    check_malformed(altered("\"version\":42", "\"version\":42,\"version\":42"), "version: a key twice");
    check_malformed(altered("\"format\":1", "\"format\":1,\"format\":1"), "format: a key twice");
    check_malformed(altered("\"format\":1", "\"format\":1,\"f\\u006frmat\":1"), "format: a key twice");
    check_malformed(altered("\"critical\":[]", "\"critical\":[],\"critical\":[\"packs\"]"), "critical: a key twice");
    check_malformed(altered("\"size\":512", "\"size\":512,\"size\":512"), "size: a key twice");
    check_malformed(altered("\"size\":512", "\"size\":512,\"a\":1,\"b\":2,\"a\":3"), "a: a key twice");
    check_malformed(altered("\"size\":512", "\"size\":512,\"n\":[{\"a\":1,\"\\u0061\":3}]"), "a: a key twice");
    const auto log = '"' + id128<log_id>(3).hex() + "\":118";
    check_malformed(altered(log, log + "," + log), "not ascending, or repeated");
}

TEST_CASE("simdjson_codec: what is missing is named") {
    for (const char* name : {"vault", "scope", "device_id", "log", "version", "last_updated"}) {
        const std::string key = std::string{"\""} + name + "\":";
        check_malformed(altered(key, "\"x" + key.substr(1)), "no field " + std::string{name});
    }
    check_malformed(altered("\"critical\":[],", ""), "no field critical");
    check_malformed(altered("\"previous\":", "\"x\":"), "no field previous");
    check_malformed(altered("\"seen\":", "\"x\":"), "no field seen");
    check_malformed(altered("\"changes\":", "\"x\":"), "no field changes");
    for (const char* name : {"type", "family_member_id", "record_id", "timestamp", "action", "dot", "replaces", "size",
                             "digest", "attachments", "attachment_hmac"}) {
        const std::string key = std::string{"\""} + name + "\":";
        check_malformed(altered(key, "\"x" + key.substr(1)), "no field");
    }
    check_malformed("{\"format\":1}", "no field critical");
}

TEST_CASE("simdjson_codec: what has another type is malformed") {
    for (const char* bad : {"\"42\"", "42.0", "4.2e1", "null", "[42]", "{}", "true", "-42", "9007199254740992"}) {
        check_malformed(altered("\"version\":42", std::string{"\"version\":"} + bad), "version: not an integer");
    }
    check_malformed(altered("\"scope\":\"users/alice\"", "\"scope\":7"), "");
    check_malformed(altered("\"scope\":\"users/alice\"", "\"scope\":null"), "");
    check_malformed(altered("\"critical\":[]", "\"critical\":{}"), "");
    check_malformed(altered("\"critical\":[]", "\"critical\":[1]"), "");
    check_malformed(altered("\"format\":1", "\"format\":\"1\""), "not an integer");
    check_malformed(altered("\"type\":\"record\"", "\"type\":1"), "");
    check_malformed(altered("\"dot\":\"" + dot_of(1, 7).text() + "\"", "\"dot\":[]"), "");
    for (const char* bad : {"[]", "1", "\"\"", "null", "{\"changes\":[1]}"}) check_malformed(bad, "");
}

TEST_CASE("simdjson_codec: ids, digests, dots and names are of their form, and the failure says which is not") {
    check_malformed(altered("\"emma\"", "\".emma\""), "family_member_id: not an id");
    check_malformed(altered("\"update\"", "\"upsert\""), "action: not insert, update or delete");
    check_malformed(altered("\"record\"", "\"folder\""), "type: not record, profile or attachment");
    check_malformed(altered("\"vault\":\"a0", "\"vault\":\"A0"), "vault: not 32 lower-case hex digits");
    check_malformed(altered("\"previous\":\"", "\"previous\":\"0"), "previous: not 64 lower-case hex digits");
    check_malformed(altered(dot_of(1, 7).text(), "7"), "dot: not <run>:<n>");
    check_malformed(altered('"' + id128<log_id>(3).hex(), "\"x"), "not 32 lower-case hex digits");
}

TEST_CASE("simdjson_codec: a record is no attachment, and an attachment no record") {
    check_malformed(altered("\"type\":\"record\"", "\"type\":\"attachment\""), "no field attachment_hmac");
    check_malformed(altered("\"type\":\"record\"", "\"type\":\"profile\""), "of another type");
    check_malformed(altered("\"size\":512", "\"size\":512,\"attachment_hmac\":\"a\""), "of another type");
}

TEST_CASE("simdjson_codec: every truncation is malformed, and so is what follows the end") {
    const auto json = sample();
    for (std::size_t size = 0; size < json.size(); ++size) REQUIRE(refusal(json.substr(0, size)) == errc::malformed);
    check_malformed(json + "}", "");
    check_malformed(json + json, "more follows the end");
    check_malformed(json + " x", "");
    check_malformed(json + ",", "");
    check_malformed(json + ",{}", "more follows the end");
    check_same(json + " \n");
    const auto head_json = std::string{as_text(write_head(sample_head()).value())};
    for (std::size_t size = 0; size < head_json.size(); ++size) {
        REQUIRE(simdjson_codec::read_head(head_json.substr(0, size)).error() == errc::malformed);
    }
    check_malformed("\xef\xbb\xbf" + json, "");
}

TEST_CASE("simdjson_codec: an unknown format is named, wherever it stands and whatever else there is") {
    for (const char* json :
         {"{\"format\":2}", "{\"changes\":7,\"critical\":[\"packs\"],\"format\":2}", "{\"format\":0}"}) {
        const auto error = refusal(json);
        CHECK(error == errc::unknown_format);
        CHECK(error.detail().find("format ") != std::string::npos);
    }
}

TEST_CASE("simdjson_codec: unknown critical extensions are named, wherever they stand, in plain manifests too") {
    for (const char* json : {"{\"changes\":7,\"format\":1,\"critical\":[\"packs\",\"time\"]}",
                             "{\"version\":1,\"changes\":{},\"critical\":[\"packs\",\"time\"]}"}) {
        const auto error = refusal(json);
        CHECK(error == errc::unknown_critical);
        CHECK(error.detail().find("packs, time") != std::string::npos);
    }
}

TEST_CASE("simdjson_codec: nesting over the limit is too large, unknown fields included") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    manifest_limits limits;
    CHECK(limits.depth_max == 8);
    check_same(altered("\"vault\":", "\"x\":" + nested(7) + ",\"vault\":"));
    CHECK(refusal(altered("\"vault\":", "\"x\":" + nested(8) + ",\"vault\":")) == errc::too_large);
    check_same(altered("\"size\":512", "\"size\":512,\"x\":" + nested(5)));
    CHECK(refusal(altered("\"size\":512", "\"size\":512,\"x\":" + nested(6))) == errc::too_large);
    std::string objects;
    for (int i = 0; i < 8; ++i) objects += "{\"a\":";
    CHECK(refusal(altered("\"vault\":", "\"x\":" + objects + "1" + std::string(8, '}') + ",\"vault\":")) ==
          errc::too_large);
    limits.depth_max = std::numeric_limits<std::size_t>::max();
    const auto deep = altered("\"vault\":", "\"x\":" + nested(100'000) + ",\"vault\":");
    CHECK(refusal(deep, limits) == errc::too_large);
}

TEST_CASE("simdjson_codec: the same rules hold as for the strict codec") {
    check_malformed(altered("\"version\":42", "\"version\":0"), "version: 0");
    check_malformed(altered("\"version\":42", "\"version\":1"), "previous");
    check_malformed(altered(dot_of(1, 3).text() + "\",\"" + dot_of(2, 1).text(),
                            dot_of(2, 1).text() + "\",\"" + dot_of(1, 3).text()),
                    "replaces: not ascending");
    check_malformed(altered(dot_of(1, 8).text(), dot_of(1, 9).text()), "twice in a segment");
    check_malformed(altered("x-ray", "x\\u0000ray"), "NUL");
}

TEST_CASE("simdjson_codec: a packed change says where, whole") {
    auto s = sample_segment();
    s.changes[0].packed = packed_place{"packs/p1", 4'096, 512};
    const auto json = std::string{as_text(write_segment(s, field).value())};
    CHECK(simdjson_codec::read_segment(json, field).value() == s);
    auto cut = json;
    cut.replace(cut.find(",\"length\":512"), 13, "");
    check_malformed(cut, "no field length");
}

TEST_CASE("simdjson_codec: heads keep the same rules") {
    const auto json = std::string{as_text(write_head(sample_head()).value())};
    const auto with = [&](std::string_view from, std::string_view to) {
        auto changed = json;
        const auto at = changed.find(from);
        REQUIRE(at != std::string::npos);
        return simdjson_codec::read_head(changed.replace(at, from.size(), to));
    };
    CHECK(with("\"seq\":118", " \"seq\" : 118 , \"x\":[]").value() == sample_head());
    CHECK(with("\"seq\":118", "\"seq\":0").error() == errc::malformed);
    CHECK(with("\"seq\":118,", "").error().detail().find("no field seq") != std::string::npos);
    CHECK(with("\"checkpoint\":", "\"x\":").error().detail().find("no field checkpoint") != std::string::npos);
    CHECK(with("\"format\":1,", "").error().detail().find("no field format") != std::string::npos);
    CHECK(with("\"format\":1", "\"format\":3").error() == errc::unknown_format);
    CHECK(with("\"critical\":[]", "\"critical\":[\"packs\"]").error() == errc::unknown_critical);
    CHECK(with("users/alice\"", "users/../alice\"").error() == errc::malformed);
}

} // namespace
