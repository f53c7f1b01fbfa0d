#include <sealsync/layout.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

namespace {

const user_id alice = *user_id::make("alice");
const collection_id emma = *collection_id::make("emma");
const object_id rec_123 = *object_id::make("rec-123");
const device_id laptop = *device_id::make("laptop-1");
const log_id log_one = *log_id::parse("0123456789abcdef0123456789abcdef");
const digest256 digest = *digest256::parse("00112233445566778899aabbccddeeff" + std::string(32, 'f'));

const key_space<default_layout> plain{alice, false};
const key_space<default_layout> sealed{alice, true};
const key_space<family_medical_layout> medical{alice, true};

const std::string segment_folder = "users/alice/devices/laptop-1/manifest/0123456789abcdef0123456789abcdef/";

} // namespace

TEST_CASE("key_space: keys are exactly those of the protocol") {
    CHECK(plain.root() == "users/alice");
    CHECK(plain.master_key().text() == "users/alice/master-key.blob");
    CHECK(plain.vault().text() == "users/alice/vault.json");
    CHECK(plain.record(emma, rec_123, 5, digest).text() ==
          "users/alice/collections/emma/records/rec-123.v5.00112233445566778899aabbccddeeff.blob");
    CHECK(plain.profile(emma, 2, digest).text() ==
          "users/alice/collections/emma/profile.v2.00112233445566778899aabbccddeeff.blob");
    CHECK(plain.attachment_data(emma, rec_123).text() == "users/alice/collections/emma/attachments/rec-123/data.blob");
    CHECK(plain.attachment_metadata(emma, rec_123).text() ==
          "users/alice/collections/emma/attachments/rec-123/metadata.blob");
    CHECK(plain.head().text() == "users/alice/sync-manifest.json");
    CHECK(plain.devices_prefix() == "users/alice/devices/");
    CHECK(plain.checkpoints_prefix() == "users/alice/checkpoints/");
    CHECK(plain.segment(laptop, log_one, 42).text() == segment_folder + "00000000000000000042.json");
}

TEST_CASE("key_space: a sealed vault's manifests end in .blob, so that none is taken for a plaintext one") {
    CHECK(sealed.head().text() == "users/alice/sync-manifest.blob");
    CHECK(sealed.segment(laptop, log_one, 1).text() == segment_folder + "00000000000000000001.blob");
    CHECK(sealed.record(emma, rec_123, 5, digest) == plain.record(emma, rec_123, 5, digest));
}

TEST_CASE("family_medical_layout: has the medical application's exact names") {
    CHECK(std::string_view{family_medical_layout::collection_field} == "family_member_id");
    CHECK(medical.record(emma, rec_123, 5, digest).text() ==
          "users/alice/family-members/emma/records/rec-123.v5.00112233445566778899aabbccddeeff.blob");
    CHECK(medical.profile(emma, 1, digest).text() ==
          "users/alice/family-members/emma/profile.v1.00112233445566778899aabbccddeeff.blob");
    CHECK(medical.attachment_data(emma, rec_123).text() ==
          "users/alice/family-members/emma/attachments/rec-123/data.blob");
    CHECK(medical.master_key().text() == "users/alice/master-key.blob");
}

TEST_CASE("key_space: the longest ids still make valid keys") {
    const auto longest = std::string(128, 'x');
    const key_space<default_layout> keys{*user_id::make(longest), true};
    const auto key = keys.record(*collection_id::make(longest), *object_id::make(longest), detail::number_max, digest);
    CHECK_FALSE(key.empty());
    CHECK(object_key::make(key.text()));
}

TEST_CASE("key_space: parse_segment reads back what segment wrote") {
    for (const std::uint64_t seq :
         {std::uint64_t{1}, std::uint64_t{10}, std::uint64_t{1'000'000}, detail::number_max}) {
        const auto name = sealed.parse_segment(sealed.segment(laptop, log_one, seq).text());
        REQUIRE(name);
        CHECK(name->device == laptop);
        CHECK(name->log == log_one);
        CHECK(name->seq == seq);
    }
}

TEST_CASE("key_space: parse_segment refuses every other key that a store might list") {
    const std::string number = "00000000000000000042";
    REQUIRE(sealed.parse_segment(segment_folder + number + ".blob"));
    for (const auto& bad : {
             std::string{},
             std::string{"users/alice/devices/"},
             std::string{"users/alice/devices/laptop-1/card.v1.00.blob"},
             segment_folder,
             segment_folder + number,
             segment_folder + number + ".json",
             segment_folder + number + ".blob.tmp",
             segment_folder + "42.blob",
             segment_folder + "00000000000000000000.blob",
             segment_folder + "0000000000000000004x.blob",
             segment_folder + "99999999999999999999.blob",
             "x" + segment_folder + number + ".blob",
             "users/bob/devices/laptop-1/manifest/0123456789abcdef0123456789abcdef/" + number + ".blob",
             "users/alice/devices/.x/manifest/0123456789abcdef0123456789abcdef/" + number + ".blob",
             "users/alice/devices/laptop-1/manifests/0123456789abcdef0123456789abcdef/" + number + ".blob",
             "users/alice/devices/laptop-1/manifest/0123456789ABCDEF0123456789ABCDEF/" + number + ".blob",
             "users/alice/devices/laptop-1/manifest/0123456789abcdef0123456789abcde/" + number + ".blob",
         }) {
        CAPTURE(bad);
        CHECK_FALSE(sealed.parse_segment(bad));
    }
}

namespace {

struct layout_without_field {
    static constexpr std::string_view collections = "collections";
};
struct layout_without_folder {
    [[maybe_unused]] static constexpr std::string_view collection_field = "collection_id";
};
struct layout_of_literals {
    static constexpr const char* collections = "wings";
    static constexpr const char* collection_field = "wing_id";
};

} // namespace

static_assert(layout<default_layout> && layout<family_medical_layout>);
static_assert(!layout<layout_without_field>);
static_assert(!layout<layout_without_folder>);

TEST_CASE("layout: an application may bring its own names") {
    const key_space<layout_of_literals> keys{alice, false};
    CHECK(keys.profile(emma, 1, digest).text().starts_with("users/alice/wings/emma/profile.v1."));
    CHECK(std::string_view{layout_of_literals::collection_field} == "wing_id");
}

// Keys read back.

namespace {

template <class Layout>
object_key made_of(const key_space<Layout>& keys, const key_parts& parts) {
    digest256 stored;
    std::copy(parts.digest.begin(), parts.digest.end(), stored.value.begin());
    switch (parts.kind) {
    case key_kind::record:
        return keys.record(parts.collection, parts.id, parts.version, stored);
    case key_kind::profile:
        return keys.profile(parts.collection, parts.version, stored);
    case key_kind::attachment_data:
        return keys.attachment_data(parts.collection, parts.id);
    case key_kind::attachment_metadata:
        return keys.attachment_metadata(parts.collection, parts.id);
    case key_kind::segment:
        return keys.segment(parts.segment.device, parts.segment.log, parts.segment.seq);
    case key_kind::head:
        return keys.head();
    case key_kind::master_key:
        return keys.master_key();
    case key_kind::vault:
        return keys.vault();
    }
    return {};
}

/// What `parts` make, read back, is `parts` again.
template <class Layout>
void check_round_trip(const key_space<Layout>& keys, const key_parts& parts) {
    const auto key = made_of(keys, parts).text();
    CAPTURE(key);
    const auto parsed = keys.parse(key);
    REQUIRE(parsed);
    CHECK(parsed->kind == parts.kind);
    CHECK(parsed->collection == parts.collection);
    CHECK(parsed->id == parts.id);
    CHECK(parsed->version == parts.version);
    CHECK(parsed->digest == parts.digest);
    CHECK(parsed->segment.device == parts.segment.device);
    CHECK(parsed->segment.log == parts.segment.log);
    CHECK(parsed->segment.seq == parts.segment.seq);
    CHECK(keys.parse_segment(key).has_value() == (parts.kind == key_kind::segment));
}

const std::string hex_32 = "00112233445566778899aabbccddeeff";
const auto half_digest = [] {
    std::array<std::byte, 16> half{};
    std::copy_n(digest.value.begin(), half.size(), half.begin());
    return half;
}();

key_parts record_parts(std::string_view collection, std::string_view id, std::uint64_t version) {
    return {key_kind::record, *collection_id::make(collection), *object_id::make(id), version, half_digest, {}};
}

/// Valid ids that are words of the keys, or contain what a key of a record ends with.
const std::vector<std::string> nasty_names{
    "records",   "attachments",
    "profile",   "devices",
    "manifest",  "users",
    "data.blob", "profile.v1." + hex_32 + ".blob",
    "x.v1.y",    "x.v1." + hex_32 + ".blob",
    "x.v",       "v1",
    "x..",       "~",
    "-",         "0",
    hex_32,      std::string(128, 'v'),
};

template <class Layout>
void check_all_kinds(const key_space<Layout>& keys) {
    for (const auto kind : {key_kind::head, key_kind::master_key, key_kind::vault}) {
        key_parts parts;
        parts.kind = kind;
        check_round_trip(keys, parts);
    }
    auto names = nasty_names;
    names.push_back("rec-123");
    for (const auto& name : names) {
        key_parts parts;
        parts.kind = key_kind::segment;
        parts.segment = {*device_id::make(name), log_one, 42};
        check_round_trip(keys, parts);

        parts = {};
        parts.kind = key_kind::profile;
        parts.collection = *collection_id::make(name);
        parts.version = 2;
        parts.digest = half_digest;
        check_round_trip(keys, parts);

        for (const auto& id : names) {
            for (const std::uint64_t version : {std::uint64_t{1}, std::uint64_t{10}, detail::number_max}) {
                check_round_trip(keys, record_parts(name, id, version));
            }
            for (const auto kind : {key_kind::attachment_data, key_kind::attachment_metadata}) {
                parts = {};
                parts.kind = kind;
                parts.collection = *collection_id::make(name);
                parts.id = *object_id::make(id);
                check_round_trip(keys, parts);
            }
        }
    }
}

struct records_layout : default_layout {
    static constexpr std::string_view collections = "records";
};
struct attachments_layout : default_layout {
    static constexpr std::string_view collections = "attachments";
};
struct devices_layout : default_layout {
    static constexpr std::string_view collections = "devices";
};
struct nested_layout : default_layout {
    static constexpr std::string_view collections = "devices/records/manifest";
};

} // namespace

TEST_CASE("key_space: each kind of key parses to its parts") {
    const auto record = sealed.parse("users/alice/collections/emma/records/rec-123.v5." + hex_32 + ".blob");
    REQUIRE(record);
    CHECK(record->kind == key_kind::record);
    CHECK(record->collection == emma);
    CHECK(record->id == rec_123);
    CHECK(record->version == 5);
    CHECK(to_hex(record->digest) == hex_32);

    const auto profile = sealed.parse("users/alice/collections/emma/profile.v2." + hex_32 + ".blob");
    REQUIRE(profile);
    CHECK(profile->kind == key_kind::profile);
    CHECK(profile->collection == emma);
    CHECK(profile->version == 2);
    CHECK(to_hex(profile->digest) == hex_32);

    for (const auto& [name, kind] :
         {std::pair{"data", key_kind::attachment_data}, std::pair{"metadata", key_kind::attachment_metadata}}) {
        const auto attachment =
            medical.parse(std::string{"users/alice/family-members/emma/attachments/rec-123/"} + name + ".blob");
        REQUIRE(attachment);
        CHECK(attachment->kind == kind);
        CHECK(attachment->collection == emma);
        CHECK(attachment->id == rec_123);
    }

    const auto segment = plain.parse(segment_folder + "00000000000000000042.json");
    REQUIRE(segment);
    CHECK(segment->kind == key_kind::segment);
    CHECK(segment->collection.empty());
    CHECK(segment->segment.device == laptop);
    CHECK(segment->segment.log == log_one);
    CHECK(segment->segment.seq == 42);

    const auto kind_of = [](const std::optional<key_parts>& parts) {
        REQUIRE(parts);
        CHECK(parts->collection.empty());
        return parts->kind;
    };
    CHECK(kind_of(plain.parse("users/alice/sync-manifest.json")) == key_kind::head);
    CHECK(kind_of(sealed.parse("users/alice/sync-manifest.blob")) == key_kind::head);
    CHECK(kind_of(sealed.parse("users/alice/master-key.blob")) == key_kind::master_key);
    CHECK(kind_of(plain.parse("users/alice/vault.json")) == key_kind::vault);
}

TEST_CASE(
    "key_space: every key parses to the parts that made it, whatever user, folder, collection and id are called") {
    for (const std::string user : {"alice", "records", "attachments", "users"}) {
        check_all_kinds(key_space<default_layout>{*user_id::make(user), true});
        check_all_kinds(key_space<records_layout>{*user_id::make(user), false});
    }
    check_all_kinds(key_space<attachments_layout>{*user_id::make("attachments"), true});
    check_all_kinds(key_space<devices_layout>{*user_id::make("devices"), false});
    check_all_kinds(key_space<nested_layout>{*user_id::make("records"), true});
}

TEST_CASE("key_space: an id that holds the end of another key stays whole") {
    const key_space<records_layout> keys{*user_id::make("records"), false};
    const auto id = "x.v1." + hex_32 + ".blob";
    const auto parts = keys.parse("users/records/records/attachments/records/" + id + ".v7." + hex_32 + ".blob");
    REQUIRE(parts);
    CHECK(parts->collection.text() == "attachments");
    CHECK(parts->id.text() == id);
    CHECK(parts->version == 7);
}

TEST_CASE("key_space: what is nearly a key does not parse") {
    const std::string emmas = "users/alice/collections/emma";
    const auto end = "." + hex_32 + ".blob";
    REQUIRE(sealed.parse(emmas + "/records/r.v1" + end));
    REQUIRE(sealed.parse(emmas + "/profile.v1" + end));
    REQUIRE(sealed.parse(emmas + "/attachments/a/data.blob"));
    for (const auto& bad : {
             std::string{},
             std::string{"/"},
             std::string{"users/alice"},
             std::string{"users/alice/"},
             std::string{"users/alice/holiday.blob"},
             std::string{"users/alice/sync-manifest.json"}, // of a plaintext vault
             std::string{"users/alice/sync-manifest.blob/x"},
             std::string{"users/alice/master-key.json"},
             std::string{"users/alice/vault.blob"},
             std::string{"/users/alice/vault.json"},
             std::string{"users/alice/collections/"},
             emmas,
             emmas + "/",
             emmas + "/holiday.blob",
             // another user, folder or collection
             "users/bob/collections/emma/records/r.v1" + end,
             "users/alice2/collections/emma/records/r.v1" + end,
             "users/alice/family-members/emma/records/r.v1" + end,
             "users/alice/collections2/emma/records/r.v1" + end,
             "users/alice/collections/.emma/records/r.v1" + end,
             "users/alice/collections//records/r.v1" + end,
             "users/alice/collections/em ma/records/r.v1" + end,
             "users/alice/collections/" + std::string(129, 'x') + "/records/r.v1" + end,
             // a record's id
             emmas + "/records/.v1" + end,
             emmas + "/records/.r.v1" + end,
             emmas + "/records/r s.v1" + end,
             emmas + "/records/r/s.v1" + end,
             emmas + "/records/" + std::string(129, 'x') + ".v1" + end,
             emmas + "/records//r.v1" + end,
             emmas + "/recordsr.v1" + end,
             // a version
             emmas + "/records/r" + end,
             emmas + "/records/r.v" + end,
             emmas + "/records/r.v0" + end,
             emmas + "/records/r.v01" + end,
             emmas + "/records/r.v+1" + end,
             emmas + "/records/r.v1x" + end,
             emmas + "/records/r.V1" + end,
             emmas + "/records/r.v9007199254740992" + end,
             emmas + "/records/r.v18446744073709551617" + end,
             // a digest
             emmas + "/records/r.v1.blob",
             emmas + "/records/r.v1..blob",
             emmas + "/records/r.v1" + hex_32 + ".blob",
             emmas + "/records/r.v1." + hex_32.substr(1) + ".blob",
             emmas + "/records/r.v1." + hex_32 + "0.blob",
             emmas + "/records/r.v1." + hex_32 + hex_32 + ".blob",
             emmas + "/records/r.v1.00112233445566778899AABBCCDDEEFF.blob",
             emmas + "/records/r.v1.g0112233445566778899aabbccddeeff.blob",
             // an ending
             emmas + "/records/r.v1." + hex_32,
             emmas + "/records/r.v1." + hex_32 + ".json",
             emmas + "/records/r.v1" + end + ".tmp",
             emmas + "/records/r.v1" + end + "/",
             emmas + "/records/r.v1." + hex_32 + "blob",
             // a profile
             emmas + "/profile" + end,
             emmas + "/profile.v0" + end,
             emmas + "/profile.v01" + end,
             emmas + "/profiles.v1" + end,
             emmas + "/profile/.v1" + end,
             emmas + "/profile.v1.v1" + end,
             emmas + "/profile.v1" + end + "x",
             // an attachment
             emmas + "/attachments/a",
             emmas + "/attachments/a/",
             emmas + "/attachments/a/data",
             emmas + "/attachments/a/data.json",
             emmas + "/attachments/a/thumbnail.blob",
             emmas + "/attachments/a/data.blob/",
             emmas + "/attachments/a/b/data.blob",
             emmas + "/attachments//data.blob",
             emmas + "/attachments/data.blob",
             emmas + "/attachments/.a/data.blob",
             // a segment
             segment_folder + "42.blob",
             segment_folder + "00000000000000000042.json",
             segment_folder + "00000000000000000000.blob",
         }) {
        CAPTURE(bad);
        CHECK_FALSE(sealed.parse(bad));
    }
    CHECK_FALSE(sealed.parse(std::string_view{"users/alice/vault.json\0", 23}));
    CHECK_FALSE(plain.parse(segment_folder + "00000000000000000042.blob"));
    CHECK_FALSE(plain.parse("users/alice/sync-manifest.blob"));
    CHECK_FALSE(medical.parse(emmas + "/records/r.v1" + end));
}

TEST_CASE("key_space: a text parses only if its parts make the same text again") {
    testing::random draw{20};
    const auto id_of = [&] {
        constexpr std::string_view letters = "abv019.~-_Z.";
        if (draw.chance(0.3)) return nasty_names[static_cast<std::size_t>(draw.below(nasty_names.size()))];
        std::string text = "v";
        for (auto more = draw.below(20); more > 0; --more) {
            text += letters[static_cast<std::size_t>(draw.below(letters.size()))];
        }
        return text;
    };
    const auto number = [&] { return 1 + draw.below(detail::number_max >> draw.below(53)); };
    // One character is dropped, doubled or replaced, mostly by one that keys are full of.
    const auto change_one = [&](std::string text) {
        constexpr std::string_view letters = "./v01af~- A";
        const auto at = static_cast<std::size_t>(draw.below(text.size()));
        const auto how = draw.below(3);
        if (how == 0) text.erase(at, 1);
        if (how == 1) text.insert(at, 1, text[at]);
        if (how == 2) text[at] = letters[static_cast<std::size_t>(draw.below(letters.size()))];
        return text;
    };
    const key_space<records_layout> keys{*user_id::make("records"), true};
    std::size_t still_keys = 0, no_keys = 0;
    for (int round = 0; round < 4'000; ++round) {
        key_parts parts;
        parts.kind = static_cast<key_kind>(draw.below(8));
        const bool versioned = parts.kind == key_kind::record || parts.kind == key_kind::profile;
        const bool attached = parts.kind == key_kind::attachment_data || parts.kind == key_kind::attachment_metadata;
        if (versioned || attached) parts.collection = *collection_id::make(id_of());
        if (parts.kind == key_kind::record || attached) parts.id = *object_id::make(id_of());
        if (versioned) {
            parts.version = number();
            draw.fill(parts.digest);
        }
        if (parts.kind == key_kind::segment) {
            parts.segment = {*device_id::make(id_of()), {}, number()};
            draw.fill(parts.segment.log.value);
        }
        check_round_trip(keys, parts);

        const auto changed = change_one(made_of(keys, parts).text());
        CAPTURE(changed);
        const auto parsed = keys.parse(changed);
        if (parsed) CHECK(made_of(keys, *parsed).text() == changed);
        ++(parsed ? still_keys : no_keys);
    }
    CHECK(still_keys > 500);
    CHECK(no_keys > 500);
}
