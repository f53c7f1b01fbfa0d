#ifndef SEALSYNC_TESTS_EXT_BOTAN_FIXTURES_HPP
#define SEALSYNC_TESTS_EXT_BOTAN_FIXTURES_HPP

#include <sealsync/cipher/sealing_context.hpp>
#include <sealsync/ext/botan/key_slot.hpp>

#include <doctest/doctest.h>

namespace fixtures {

using namespace sealsync;

[[nodiscard]] inline bytes unhex(std::string_view text) {
    bytes out(text.size() / 2);
    REQUIRE(from_hex(text, out));
    return out;
}

/// `first`, `first + 1`, ...: keys and salts that can be written down.
[[nodiscard]] inline bytes counted_bytes(std::size_t size, unsigned first = 0) {
    bytes out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(first + i);
    return out;
}

inline const vault_id vault = *vault_id::parse("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");

[[nodiscard]] inline master_key key(unsigned first = 0, std::uint32_t epoch = 1) {
    return master_key::make(vault, counted_bytes(32, first), epoch).value();
}

[[nodiscard]] inline sealing_context record() {
    return {.kind = object_kind::record, .vault = vault, .collection = "emma", .id = "rec-1", .edit = "run:1"};
}
[[nodiscard]] inline sealing_context attachment() {
    return {.kind = object_kind::attachment, .vault = vault, .collection = "emma", .id = "dedupe-id"};
}

inline const user_id alice = user_id::make("alice").value();
inline const user_id bob = user_id::make("bob").value();
inline const device_id laptop = device_id::make("laptop").value();
inline const device_id phone = device_id::make("phone").value();

/// The cheapest that is accepted, so that the tests are quick.
inline constexpr argon2_parameters cheap{.memory_kib = 19 * 1024, .passes = 2, .lanes = 1};

/// Counts up instead of drawing, and fails at call number `fails_at`.
struct counting_random {
    unsigned next = 0;
    int fails_at = -1;

    result<void> operator()(std::span<std::byte> out) {
        if (fails_at-- == 0) return failure{errc::io_error, "random device", "injected"};
        for (auto& b : out) b = static_cast<std::byte>(next++);
        return {};
    }
};

} // namespace fixtures

#endif
