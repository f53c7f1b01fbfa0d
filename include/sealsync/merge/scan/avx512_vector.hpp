#ifndef SEALSYNC_MERGE_SCAN_AVX512_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_AVX512_VECTOR_HPP

#include "avx2_vector.hpp"

#if defined(SEALSYNC_SCAN_X86)
#define SEALSYNC_TARGET_AVX512 SEALSYNC_TARGET("avx512f,avx512bw,avx512vl,avx512vbmi,avx2,bmi,bmi2")

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `portable_vector` with 64 characters at a time. What a character means is one look into a table of 128.
class avx512_vector : public avx2_vector {
public:
    [[nodiscard]] SEALSYNC_TARGET_AVX512 std::uint64_t faults() const noexcept {
        const auto refused = _mm512_and_si512(refused_, _mm512_set1_epi8('\x80'));
        const auto others = _mm512_maskz_broadcast_i64x4(0xff, all_faults());
        const auto any = _mm512_or_si512(_mm512_or_si512(differences_, refused), others);
        return _mm512_test_epi64_mask(any, any);
    }

    template <std::size_t Capacity>
    SEALSYNC_TARGET_AVX512 void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        if (expected.is_short()) {
            for (const std::size_t i : {0U, 64U}) compare(at, expected, i);
        } else if (expected.is_usual()) {
            for (const std::size_t i : {0U, 64U, 128U}) compare(at, expected, i);
        } else {
            for (std::size_t i = 0; i < expected.compared(); i += 64) compare(at, expected, i);
        }
    }

    SEALSYNC_TARGET_AVX512 void copy_id(const char* at, std::size_t size, std::byte* out) noexcept {
        const auto kept = _bzhi_u64(~std::uint64_t{0}, static_cast<unsigned>(size));
        const auto text = _mm512_maskz_loadu_epi8(kept, at);
        const auto refused = _mm512_or_si512(look_up(id_characters, text), text);
        refused_ = _mm512_or_si512(refused_, _mm512_maskz_mov_epi8(kept, refused));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_maskz_extracti64x4_epi64(0xff, text, 0));
    }

    SEALSYNC_TARGET_AVX512 void decode_digest(const char* at, std::byte* out) noexcept {
        const auto text = load(at), values = look_up(hex_digits, text);
        refused_ = _mm512_or_si512(refused_, _mm512_or_si512(values, text));
        const auto packed = _mm512_maskz_cvtepi16_epi8(all, _mm512_maddubs_epi16(values, _mm512_set1_epi16(0x0110)));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
    }

    [[nodiscard]] SEALSYNC_TARGET_AVX512 time_parts decode_time(const char* at) noexcept {
        const auto order = _mm256_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 0, 0, 0, 0, //
                                            17, 18, 20, 21, 22, 23, 24, 25, 28, 26, 27, 28, 28, 28, 28, 28);
        const auto text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
        return time_of_digits(_mm256_sub_epi8(_mm256_maskz_permutexvar_epi8(all, order, text), _mm256_set1_epi8('0')));
    }

    [[nodiscard]] SEALSYNC_TARGET_AVX512 static std::size_t find_brace(const char* at) noexcept {
        return _tzcnt_u64(_mm512_cmpeq_epi8_mask(load(at), _mm512_set1_epi8('}')));
    }

private:
    /// g++ 12 takes the destination of an instruction without a mask for a variable that is not initialised, and warns.
    static constexpr std::uint32_t all = 0xffffffff;

    template <std::size_t Capacity>
    SEALSYNC_TARGET_AVX512 void compare(const char* at, const pattern<Capacity>& expected, std::size_t i) noexcept {
        const auto difference = _mm512_xor_si512(load(at + i), load(&expected.text[i]));
        differences_ = _mm512_or_si512(differences_, _mm512_and_si512(difference, load(&expected.mask[i])));
    }
    [[nodiscard]] SEALSYNC_TARGET_AVX512 static __m512i load(const void* at) noexcept { return _mm512_loadu_si512(at); }

    /// What each character of ASCII means, or `no_meaning`. One beyond ASCII has its highest bit itself.
    static constexpr char no_meaning = '\x80';
    using meanings = std::array<char, 128>;
    [[nodiscard]] SEALSYNC_TARGET_AVX512 static __m512i look_up(const meanings& table, __m512i text) noexcept {
        return _mm512_permutex2var_epi8(load(table.data()), text, load(table.data() + 64));
    }
    alignas(64) static constexpr meanings id_characters = [] {
        meanings table{};
        for (unsigned c = 0; c < 128; ++c)
            table[c] = is_id_character(static_cast<unsigned char>(c)) ? '\0' : no_meaning;
        return table;
    }();
    alignas(64) static constexpr meanings hex_digits = [] {
        meanings table{};
        table.fill(no_meaning);
        for (int i = 0; i < 16; ++i) table[static_cast<std::size_t>("0123456789abcdef"[i])] = static_cast<char>(i);
        return table;
    }();

    __m512i differences_{}; ///< any bit is one
    __m512i refused_{};     ///< each highest bit is one
};

}}} // namespace sealsync::detail

#endif

#endif
