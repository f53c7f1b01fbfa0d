#ifndef SEALSYNC_MANIFEST_SCAN_NEON_VECTOR_HPP
#define SEALSYNC_MANIFEST_SCAN_NEON_VECTOR_HPP

#include "portable_vector.hpp"

#if defined(SEALSYNC_SCAN_NEON)
#include <arm_neon.h>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// `portable_vector` with 16 characters at a time. Every 64-bit ARM has it.
struct neon_vector : portable_vector {
    static constexpr std::size_t text_least = 16;

    [[nodiscard]] static std::uint64_t differs(const char* at, const char* text, std::size_t size) noexcept {
        auto difference = block(at, text, size - 16);
        for (std::size_t i = 0; i + 16 < size; i += 16) difference = vorrq_u8(difference, block(at, text, i));
        return any(difference);
    }
    [[nodiscard]] static std::uint64_t differs(const char* at, const char* text, const char* mask,
                                               std::size_t size) noexcept {
        auto difference = vandq_u8(block(at, text, size - 16), load(mask + size - 16));
        for (std::size_t i = 0; i + 16 < size; i += 16) {
            difference = vorrq_u8(difference, vandq_u8(block(at, text, i), load(mask + i)));
        }
        return any(difference);
    }

    /// 64 lower-case hex digits.
    [[nodiscard]] static std::uint64_t decode_digest(const char* at, std::byte* out) noexcept {
        auto fault = vdupq_n_u8(0);
        for (std::size_t i = 0; i < 2; ++i) {
            const auto pairs = vld2q_u8(reinterpret_cast<const std::uint8_t*>(at + 32 * i));
            const auto high = decode_hex(pairs.val[0], fault), low = decode_hex(pairs.val[1], fault);
            vst1q_u8(reinterpret_cast<std::uint8_t*>(out + 16 * i), vorrq_u8(vshlq_n_u8(high, 4), low));
        }
        return any(fault);
    }

private:
    [[nodiscard]] static uint8x16_t load(const char* at) noexcept {
        return vld1q_u8(reinterpret_cast<const std::uint8_t*>(at));
    }
    [[nodiscard]] static uint8x16_t block(const char* at, const char* text, std::size_t i) noexcept {
        return veorq_u8(load(at + i), load(text + i));
    }
    [[nodiscard]] static std::uint64_t any(uint8x16_t bits) noexcept { return vmaxvq_u8(bits); }

    [[nodiscard]] static uint8x16_t decode_hex(uint8x16_t text, uint8x16_t& fault) noexcept {
        const auto digit = vsubq_u8(text, vdupq_n_u8('0')), letter = vsubq_u8(text, vdupq_n_u8('a'));
        const auto is_digit = vcleq_u8(digit, vdupq_n_u8(9)), is_letter = vcleq_u8(letter, vdupq_n_u8(5));
        fault = vorrq_u8(fault, vmvnq_u8(vorrq_u8(is_digit, is_letter)));
        return vbslq_u8(is_digit, digit, vaddq_u8(letter, vdupq_n_u8(10)));
    }
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif

#endif
