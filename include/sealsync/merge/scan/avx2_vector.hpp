#ifndef SEALSYNC_MERGE_SCAN_AVX2_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_AVX2_VECTOR_HPP

#include "portable_vector.hpp"

#if defined(SEALSYNC_SCAN_X86)
#include <immintrin.h>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `portable_vector` with 32 characters at a time.
class avx2_vector {
public:
    [[nodiscard]] SEALSYNC_TARGET("avx2") std::uint64_t faults() const noexcept {
        return std::uint64_t{_mm256_testz_si256(faults_, faults_) == 0};
    }

    template <std::size_t Capacity>
    SEALSYNC_TARGET("avx2")
    void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        if (expected.is_short()) {
            for (const std::size_t i : {0U, 32U, 64U, 96U}) compare(at, expected, i);
        } else if (expected.is_usual()) {
            for (const std::size_t i : {0U, 32U, 64U, 96U, 128U, 160U}) compare(at, expected, i);
        } else {
            for (std::size_t i = 0; i < expected.compared(); i += 32) compare(at, expected, i);
        }
    }

    /// A character is allowed if the bits of its two halves meet: bit 0 for `-.`, 1 for digits, 2 for `A-Oa-o`, 3 for
    /// `P-Z_`, 4 for `p-z~`. Characters over 0x7f have no bit.
    SEALSYNC_TARGET("avx2") void copy_id(const char* at, std::size_t size, std::byte* out) noexcept {
        const auto low_bits = twice(_mm_setr_epi8(0x1a, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1c,
                                                  0x04, 0x04, 0x05, 0x15, 0x0c));
        const auto high_bits = twice(_mm_setr_epi8(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0));
        const auto kept = load(first_bytes.data() + 32 - size);
        const auto text = _mm256_and_si256(load(at), kept);
        const auto high = _mm256_and_si256(_mm256_srli_epi16(text, 4), _mm256_set1_epi8(15));
        const auto bits = _mm256_and_si256(_mm256_shuffle_epi8(low_bits, text), _mm256_shuffle_epi8(high_bits, high));
        fault(_mm256_and_si256(_mm256_cmpeq_epi8(bits, _mm256_setzero_si256()), kept));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), text);
    }

    SEALSYNC_TARGET("avx2") void decode_digest(const char* at, std::byte* out) noexcept {
        const auto first = decode_hex(load(at)), second = decode_hex(load(at + 32));
        const auto packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(first, second), 0xd8);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
    }

    [[nodiscard]] SEALSYNC_TARGET("avx2") time_parts decode_time(const char* at) noexcept {
        // YYYYMMDDhhmm; ss, the first six decimals, one again, the last three.
        const auto begin =
            _mm_shuffle_epi8(load_half(at), _mm_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 0, 0, 0, 0));
        const auto end = _mm_shuffle_epi8(load_half(at + 14),
                                          _mm_setr_epi8(3, 4, 6, 7, 8, 9, 10, 11, 14, 12, 13, 14, 14, 14, 14, 14));
        return time_of_digits(_mm256_sub_epi8(_mm256_set_m128i(end, begin), _mm256_set1_epi8('0')));
    }

    using words = portable_vector::words;
    SEALSYNC_TARGET("avx2")
    void read_numbers(const words& digits, const words& least, const words& kept, std::byte* out) noexcept {
        const auto all = set(digits), mask = load(kept.data());
        const auto fours =
            _mm256_madd_epi16(_mm256_maddubs_epi16(all, _mm256_set1_epi16(0x010a)), _mm256_set1_epi32(0x00010064));
        const auto eights = _mm256_madd_epi16(_mm256_packus_epi32(fours, fours), _mm256_set1_epi32(0x00012710));
        const auto numbers = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(_mm256_permute4x64_epi64(eights, 0x08)));
        const auto less = _mm256_cmpgt_epi64(set(least), numbers);
        fault(_mm256_and_si256(_mm256_or_si256(less, _mm256_subs_epu8(all, _mm256_set1_epi8(9))), mask));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_and_si256(numbers, mask));
    }

    [[nodiscard]] SEALSYNC_TARGET("avx2,bmi") static std::size_t find_brace(const char* at) noexcept {
        return _tzcnt_u64(braces(at));
    }

protected:
    SEALSYNC_TARGET("avx2") void fault(__m256i bits) noexcept { faults_ = _mm256_or_si256(faults_, bits); }
    [[nodiscard]] SEALSYNC_TARGET("avx2") __m256i all_faults() const noexcept { return faults_; }

    /// Of the digits' values, as `decode_time` orders them.
    [[nodiscard]] SEALSYNC_TARGET("avx2") time_parts time_of_digits(__m256i digits) noexcept {
        const auto tens = _mm256_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 0, 0, 0, 0, //
                                           10, 1, 10, 1, 10, 1, 10, 1, 0, 1, 10, 1, 0, 0, 0, 0);
        const auto most = _mm256_setr_epi16(99, 99, 99, 99, 23, 59, 0, 0, 59, 99, 99, 99, 9, 99, 0, 0);
        const auto weights = _mm256_setr_epi16(100, 1, 100, 1, 60, 1, 0, 0, 100, 1, 100, 1, 100, 1, 0, 0);
        const auto last_weights = _mm256_setr_epi16(10'000, 1, 60, 0, 0, 0, 0, 0, 10'000, 1, 1, 0, 0, 0, 0, 0);
        fault(_mm256_subs_epu8(digits, _mm256_set1_epi8(9)));
        const auto pairs = _mm256_maddubs_epi16(digits, tens);
        fault(_mm256_subs_epu16(pairs, most));
        const auto fours = _mm256_madd_epi16(pairs, weights);
        const auto numbers = _mm256_madd_epi16(_mm256_packus_epi32(fours, fours), last_weights);
        const auto low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(numbers)));
        const auto high = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_extracti128_si256(numbers, 1)));
        return {static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32U),
                (high & 0xffffffffU) * 1'000 + (high >> 32U)};
    }

private:
    template <std::size_t Capacity>
    SEALSYNC_TARGET("avx2")
    void compare(const char* at, const pattern<Capacity>& expected, std::size_t i) noexcept {
        const auto difference = _mm256_xor_si256(load(at + i), load(&expected.text[i]));
        fault(_mm256_and_si256(difference, load(&expected.mask[i])));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i load(const void* at) noexcept {
        return _mm256_loadu_si256(static_cast<const __m256i*>(at));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i set(const words& four) noexcept {
        return _mm256_set_epi64x(static_cast<long long>(four[3]), static_cast<long long>(four[2]),
                                 static_cast<long long>(four[1]), static_cast<long long>(four[0]));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m128i load_half(const void* at) noexcept {
        return _mm_loadu_si128(static_cast<const __m128i*>(at));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i twice(__m128i half) noexcept {
        return _mm256_broadcastsi128_si256(half);
    }
    /// A bit for each of 64 characters.
    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::uint64_t braces(const char* at) noexcept {
        const auto brace = _mm256_set1_epi8('}');
        const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(at), brace)));
        const auto high = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(at + 32), brace)));
        return std::uint64_t{high} << 32U | low;
    }

    /// Sixteen bytes as words of 16 bits, from 32 digits.
    [[nodiscard]] SEALSYNC_TARGET("avx2") __m256i decode_hex(__m256i text) noexcept {
        const auto digit = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
        const auto letter = _mm256_sub_epi8(text, _mm256_set1_epi8('a'));
        const auto over_9 = _mm256_subs_epu8(digit, _mm256_set1_epi8(9));
        const auto over_f = _mm256_subs_epu8(letter, _mm256_set1_epi8(5));
        // Neither a digit nor a letter: both are over.
        fault(_mm256_min_epu8(over_9, over_f));
        const auto is_digit = _mm256_cmpeq_epi8(over_9, _mm256_setzero_si256());
        const auto value = _mm256_blendv_epi8(_mm256_add_epi8(letter, _mm256_set1_epi8(10)), digit, is_digit);
        return _mm256_maddubs_epi16(value, _mm256_set1_epi16(0x0110));
    }

    static constexpr auto first_bytes = [] {
        std::array<char, 64> bytes{};
        for (std::size_t i = 0; i < 32; ++i) bytes[i] = '\xff';
        return bytes;
    }();

    __m256i faults_{}; ///< any bit is one
};

}}} // namespace sealsync::detail

#endif

#endif
