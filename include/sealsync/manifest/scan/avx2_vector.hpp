#ifndef SEALSYNC_MANIFEST_SCAN_AVX2_VECTOR_HPP
#define SEALSYNC_MANIFEST_SCAN_AVX2_VECTOR_HPP

#include "portable_vector.hpp"

#if defined(SEALSYNC_SCAN_X86)
#include <immintrin.h>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// `portable_vector` with 32 characters at a time.
struct avx2_vector {
    static constexpr std::size_t window = 64;
    static constexpr std::size_t text_least = 32;

    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::uint64_t
        differs(const char* at, const char* text, std::size_t size) noexcept {
        auto difference = block(at, text, size - 32);
        for (std::size_t i = 0; i + 32 < size; i += 32) {
            difference = _mm256_or_si256(difference, block(at, text, i));
        }
        return any(difference);
    }

    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::uint64_t
        differs(const char* at, const char* text, const char* mask, std::size_t size) noexcept {
        auto difference = _mm256_and_si256(block(at, text, size - 32), load(mask + size - 32));
        for (std::size_t i = 0; i + 32 < size; i += 32) {
            difference = _mm256_or_si256(difference, _mm256_and_si256(block(at, text, i), load(mask + i)));
        }
        return any(difference);
    }

    /// A character is allowed if the bits of its two halves meet: bit 0 for `-.`, 1 for digits, 2 for `A-Oa-o`, 3 for
    /// `P-Z_`, 4 for `p-z~`. Characters over 0x7f have no bit.
    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::size_t copy_id(const char* at, std::byte* out) noexcept {
        const auto low_bits = twice(_mm_setr_epi8(0x1a, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1c,
                                                  0x04, 0x04, 0x05, 0x15, 0x0c));
        const auto high_bits = twice(_mm_setr_epi8(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0));
        const auto text = load(at);
        const auto high = _mm256_and_si256(_mm256_srli_epi16(text, 4), _mm256_set1_epi8(15));
        const auto bits = _mm256_and_si256(_mm256_shuffle_epi8(low_bits, text), _mm256_shuffle_epi8(high_bits, high));
        const auto refused = _mm256_cmpeq_epi8(bits, _mm256_setzero_si256());
        const auto ends = std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(refused))};
        const auto size = static_cast<std::size_t>(std::countr_zero(ends | std::uint64_t{1} << 32U));
        const auto kept = _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(size)), load(counting.data()));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_and_si256(text, kept));
        return size;
    }

    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::uint64_t decode_digest(const char* at, std::byte* out) noexcept {
        auto fault = _mm256_setzero_si256();
        const auto first = decode_hex(load(at), fault), second = decode_hex(load(at + 32), fault);
        const auto packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(first, second), 0xd8);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
        return any(fault);
    }

    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::uint64_t decode_time(const char* at, time_digits& out) noexcept {
        const auto begin = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const auto end = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 14));
        // YYYYMMDDhhmm, and ss then the decimals: four, four and one, each group from an even place.
        const auto minutes =
            _mm_shuffle_epi8(begin, _mm_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 15, 15, 15, 15));
        const auto decimals =
            _mm_shuffle_epi8(end, _mm_setr_epi8(3, 4, 14, 14, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14, 14, 14));
        const auto digits = _mm256_sub_epi8(_mm256_set_m128i(decimals, minutes), _mm256_set1_epi8('0'));
        const auto fault = _mm256_subs_epu8(digits, _mm256_set1_epi8(9));
        const auto pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010a));
        const auto low = _mm256_castsi256_si128(pairs), high = _mm256_extracti128_si256(pairs, 1);
        const auto quads = _mm_madd_epi16(high, _mm_set1_epi32(0x00010064));
        const auto bytes = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_packus_epi16(low, low)));
        for (std::size_t i = 0; i < 6; ++i) out.pairs[i] = static_cast<std::uint8_t>(bytes >> (8 * i));
        out.pairs[6] = static_cast<std::uint8_t>(_mm_cvtsi128_si32(high));
        const auto last = static_cast<unsigned char>(at[28]) - unsigned{'0'};
        out.nanoseconds = static_cast<std::uint32_t>(_mm_extract_epi32(quads, 1)) * 100'000U +
                          static_cast<std::uint32_t>(_mm_extract_epi32(quads, 2)) * 10U + last;
        return any(fault);
    }

private:
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i load(const void* at) noexcept {
        return _mm256_loadu_si256(static_cast<const __m256i*>(at));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i
        block(const char* at, const char* text, std::size_t i) noexcept {
        return _mm256_xor_si256(load(at + i), load(text + i));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i twice(__m128i half) noexcept {
        return _mm256_broadcastsi128_si256(half);
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::uint64_t any(__m256i bits) noexcept {
        return _mm256_testz_si256(bits, bits) == 0 ? 1 : 0;
    }

    /// Sixteen bytes as words of 16 bits, from 32 digits.
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i decode_hex(__m256i text, __m256i& fault) noexcept {
        const auto digit = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
        const auto letter = _mm256_sub_epi8(text, _mm256_set1_epi8('a'));
        const auto over_9 = _mm256_subs_epu8(digit, _mm256_set1_epi8(9));
        const auto over_f = _mm256_subs_epu8(letter, _mm256_set1_epi8(5));
        // Neither a digit nor a letter: both are over.
        fault = _mm256_or_si256(fault, _mm256_min_epu8(over_9, over_f));
        const auto is_digit = _mm256_cmpeq_epi8(over_9, _mm256_setzero_si256());
        const auto value = _mm256_blendv_epi8(_mm256_add_epi8(letter, _mm256_set1_epi8(10)), digit, is_digit);
        return _mm256_maddubs_epi16(value, _mm256_set1_epi16(0x0110));
    }

    static constexpr auto counting = [] {
        std::array<std::uint8_t, 32> numbers{};
        for (std::uint8_t i = 0; i < 32; ++i) numbers[i] = i;
        return numbers;
    }();
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif

#endif
