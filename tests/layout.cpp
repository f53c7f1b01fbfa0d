#include <sealsync/layout.hpp>

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
