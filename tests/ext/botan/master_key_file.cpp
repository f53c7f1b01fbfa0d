#include "fixtures.hpp"

#include <sealsync/ext/botan/master_key_file.hpp>

using namespace sealsync;

namespace {

master_key_file sample() {
    master_key_file file;
    file.vault = fixtures::vault;
    file.version = 300;
    file.epoch = 2;
    file.slots = {{key_slot_kind::passphrase, fixtures::counted_bytes(3)},
                  {static_cast<key_slot_kind>(99), fixtures::counted_bytes(200)}};
    file.mac.value.fill(std::byte{0x77});
    return file;
}

failure refusal(bytes_view stored) {
    const auto parsed = parse_master_key_file(stored);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().object() == "master key file");
    return parsed.error();
}

// Where the fields of the sample begin.
constexpr std::size_t version_at = 21, epoch_at = 23, count_at = 24, first_slot_at = 25;

} // namespace

TEST_CASE("master key file: what is written is read, slots of unknown kind included") {
    const auto stored = encode(sample());
    const auto parsed = parse_master_key_file(stored);
    REQUIRE(parsed);
    CHECK(*parsed == sample());
    CHECK(encode(*parsed) == stored);
}

TEST_CASE("master key file: begins with magic, format and the vault's id in clear") {
    CHECK(to_hex(bytes_view{encode(sample())}.subview(0, 21)) == "53534d4b01f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
}

TEST_CASE("master key file: cut short anywhere it is malformed, with the field and its place") {
    const auto stored = encode(sample());
    for (std::size_t size = 0; size < stored.size(); ++size) {
        const auto error = refusal(bytes_view{stored}.subview(0, size));
        CHECK(error == errc::malformed);
        CHECK(error.detail().find(" at byte ") != std::string::npos);
        CHECK(error.detail().ends_with("is cut short"));
    }
    CHECK(refusal({}).detail() == "magic at byte 0 is cut short");
    CHECK(refusal(bytes_view{stored}.subview(0, 20)).detail() == "vault id at byte 5 is cut short");
    CHECK(refusal(bytes_view{stored}.subview(0, 27)).detail() == "slot 0 at byte 26 is cut short");
    CHECK(refusal(bytes_view{stored}.subview(0, stored.size() - 1)).detail().starts_with("MAC at byte "));
}

TEST_CASE("master key file: bytes after its end are malformed") {
    auto stored = encode(sample());
    stored.push_back(std::byte{0});
    CHECK(refusal(stored).detail().starts_with("MAC at byte "));
    CHECK(refusal(stored).detail().ends_with("is not allowed"));
}

TEST_CASE("master key file: every field that cannot be is named with its place") {
    const auto with = [](std::size_t at, int value) {
        auto stored = encode(sample());
        stored[at] = static_cast<std::byte>(value);
        return stored;
    };
    CHECK(refusal(with(0, 'x')).detail() == "magic at byte 0 is not allowed");
    CHECK(refusal(with(count_at, 0)).detail() == "slot count at byte 24 is not allowed");
    CHECK(refusal(with(count_at, 65)).detail() == "slot count at byte 24 is not allowed");
    CHECK(refusal(with(first_slot_at, 0)).detail() == "slot 0 at byte 25 is not allowed");
    CHECK(refusal(with(epoch_at, 0)).detail() == "epoch at byte 23 is not allowed");
    auto file = sample();
    file.version = 0;
    CHECK(refusal(encode(file)).detail() == "version at byte 21 is not allowed");
    file.version = detail::number_max + 1;
    CHECK(refusal(encode(file)).detail() == "version at byte 21 is not allowed");
    file = sample();
    file.slots[1].body.clear();
    CHECK(refusal(encode(file)).detail() == "slot 1 at byte 31 is not allowed");
    CHECK(std::to_integer<int>(encode(sample())[version_at]) == 0xac);
}

TEST_CASE("master key file: a later format says so") {
    auto stored = encode(sample());
    stored[4] = std::byte{2};
    CHECK(refusal(stored) == errc::unknown_format);
    CHECK(refusal(stored).detail() == "format 2");
}

TEST_CASE("master key file: 64 slots are read, 64 KiB is the limit") {
    auto file = sample();
    file.slots.assign(64, {key_slot_kind::device, fixtures::counted_bytes(100)});
    CHECK(parse_master_key_file(encode(file)).has_value());
    CHECK(refusal(bytes(64 * 1024 + 1)).detail() == "65537 bytes, over 64 KiB");
}

TEST_CASE("master key file: any byte may have any value without a crash, or a change of what is written back") {
    const auto stored = encode(sample());
    for (std::size_t at = 0; at < stored.size(); ++at) {
        for (int value = 0; value < 256; ++value) {
            auto damaged = stored;
            damaged[at] = static_cast<std::byte>(value);
            if (const auto parsed = parse_master_key_file(damaged); parsed) {
                REQUIRE(parse_master_key_file(encode(*parsed)).has_value());
            }
        }
    }
}
