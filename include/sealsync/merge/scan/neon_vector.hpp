#ifndef SEALSYNC_MERGE_SCAN_NEON_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_NEON_VECTOR_HPP

#include "portable_vector.hpp"

#if defined(SEALSYNC_SCAN_NEON)
#include <arm_neon.h>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `portable_vector` with 16 characters at a time. Every 64-bit ARM has it.
class neon_vector : public portable_vector {
public:
    [[nodiscard]] std::uint64_t faults() const noexcept { return portable_vector::faults() | vmaxvq_u8(faults_); }

    template <std::size_t Capacity>
    void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        for (std::size_t i = 0; i < expected.compared(); i += 16) {
            const auto difference = veorq_u8(load(at + i), load(&expected.text[i]));
            faults_ = vorrq_u8(faults_, vandq_u8(difference, load(&expected.mask[i])));
        }
    }

    void decode_digest(const char* at, std::byte* out) noexcept {
        for (std::size_t i = 0; i < 2; ++i) {
            const auto pairs = vld2q_u8(reinterpret_cast<const std::uint8_t*>(at + 32 * i));
            const auto high = decode_hex(pairs.val[0]), low = decode_hex(pairs.val[1]);
            vst1q_u8(reinterpret_cast<std::uint8_t*>(out + 16 * i), vorrq_u8(vshlq_n_u8(high, 4), low));
        }
    }

private:
    [[nodiscard]] static uint8x16_t load(const char* at) noexcept {
        return vld1q_u8(reinterpret_cast<const std::uint8_t*>(at));
    }
    [[nodiscard]] uint8x16_t decode_hex(uint8x16_t text) noexcept {
        const auto digit = vsubq_u8(text, vdupq_n_u8('0')), letter = vsubq_u8(text, vdupq_n_u8('a'));
        const auto is_digit = vcleq_u8(digit, vdupq_n_u8(9)), is_letter = vcleq_u8(letter, vdupq_n_u8(5));
        faults_ = vorrq_u8(faults_, vmvnq_u8(vorrq_u8(is_digit, is_letter)));
        return vbslq_u8(is_digit, digit, vaddq_u8(letter, vdupq_n_u8(10)));
    }

    uint8x16_t faults_ = vdupq_n_u8(0);
};

}}} // namespace sealsync::detail

#endif

#endif
