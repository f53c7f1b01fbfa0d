#include <sealsync/ext/simdjson/simdjson_codec.hpp>
#include <sealsync/layout.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

constexpr auto field = family_medical_layout::collection_field;

/// The sample of the first application's design, to the letter.
constexpr std::string_view sample = R"({
  "version": 42,
  "last_updated": "2025-01-20T14:32:00Z",
  "changes": [
    {
      "type": "record",
      "family_member_id": "emma-uuid",
      "record_id": "rec-123",
      "version": 5,
      "timestamp": "2025-01-20T14:30:00Z",
      "device_id": "iphone-uuid",
      "action": "insert"
    },
    {
      "type": "attachment",
      "family_member_id": "emma-uuid",
      "attachment_hmac": "a3f2b945...",
      "timestamp": "2025-01-20T14:31:00Z",
      "device_id": "iphone-uuid",
      "action": "insert"
    },
    {
      "type": "record",
      "family_member_id": "liam-uuid",
      "record_id": "rec-456",
      "version": 3,
      "timestamp": "2025-01-20T14:32:00Z",
      "device_id": "ipad-uuid",
      "action": "update"
    }
  ]
}
)";

failure refusal(std::string_view from, std::string_view to) {
    std::string json{sample};
    const auto at = json.find(from);
    REQUIRE(at != std::string::npos);
    const auto read = simdjson_codec::read_segment(json.replace(at, from.size(), to), field);
    REQUIRE_FALSE(read);
    return read.error();
}

TEST_CASE("plain manifest: the first application's sample parses") {
    const auto read = simdjson_codec::read_segment(sample, field);
    REQUIRE_MESSAGE(read, read.error().message());
    CHECK(read->format == 0);
    CHECK(read->version == 42);
    CHECK(read->last_updated == stamp::parse("2025-01-20T14:32:00Z"));
    CHECK(read->seen.empty());
    REQUIRE(read->changes.size() == 3);

    const auto& record = read->changes[0];
    CHECK(record.type == change_type::record);
    CHECK(record.collection.text() == "emma-uuid");
    CHECK(record.id.text() == "rec-123");
    CHECK(record.version == 5);
    CHECK(record.timestamp.text() == "2025-01-20T14:30:00.000000000Z");
    CHECK(record.device.text() == "iphone-uuid");
    CHECK(record.action == change_action::insert);
    CHECK(record.dot == dot{});

    const auto& attachment = read->changes[1];
    CHECK(attachment.type == change_type::attachment);
    CHECK(attachment.id.text() == "a3f2b945...");
    CHECK(attachment.version == 0);

    CHECK(read->changes[2].collection.text() == "liam-uuid");
    CHECK(read->changes[2].action == change_action::update);
    CHECK(read->changes[2].device.text() == "ipad-uuid");
}

TEST_CASE("plain manifest: fields of format 1 are not known there") {
    std::string json{sample};
    json.insert(json.find("\"record_id\""), "\"dot\": 7, \"seen\": [], ");
    const auto read = simdjson_codec::read_segment(json, field);
    REQUIRE_MESSAGE(read, read.error().message());
    CHECK(read->changes[0].dot == dot{});
}

TEST_CASE("plain manifest: what is missing is named") {
    CHECK(refusal("\"version\": 42,", "").detail().find("no field version") != std::string::npos);
    CHECK(refusal("\"version\": 5,", "").detail().find("no field version") != std::string::npos);
    CHECK(refusal("\"record_id\": \"rec-123\",", "").detail().find("no field record_id") != std::string::npos);
    CHECK(refusal("\"family_member_id\"", "\"collection_id\"").detail().find("no field family_member_id") !=
          std::string::npos);
    CHECK(refusal("\"last_updated\"", "\"updated\"").detail().find("no field last_updated") != std::string::npos);
    CHECK(refusal("\"changes\"", "\"edits\"") == errc::malformed);
}

TEST_CASE("plain manifest: it must be JSON of the right types all the same") {
    CHECK(refusal("\"insert\"", "\"upsert\"") == errc::malformed);
    CHECK(refusal("\"version\": 5", "\"version\": \"5\"") == errc::malformed);
    CHECK(refusal("rec-123", "../rec-123") == errc::malformed);
    CHECK(refusal("14:30:00Z", "14:30:00") == errc::malformed);
    CHECK(refusal("\"version\": 42", "\"version\": 42, \"version\": 43") == errc::malformed);
    CHECK(refusal("\"version\": 42", "\"critical\": [\"packs\"], \"version\": 42") == errc::unknown_critical);
    CHECK(refusal("\"version\": 42", "\"format\": 2, \"version\": 42") == errc::unknown_format);
}

TEST_CASE("plain manifest: it is no head") {
    const auto read = simdjson_codec::read_head(sample);
    REQUIRE_FALSE(read);
    CHECK(read.error() == errc::malformed);
    CHECK(read.error().detail().find("no field format") != std::string::npos);
}

} // namespace
