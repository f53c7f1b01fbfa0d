#ifndef SEALSYNC_MANIFEST_SCAN_PORTABLE_VECTOR_HPP
#define SEALSYNC_MANIFEST_SCAN_PORTABLE_VECTOR_HPP

#include "word.hpp"

#include <array>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// The digits of a canonical time, as numbers of two digits: `19 70 01 31 23 59 59` and the nine decimals.
struct time_digits {
    std::array<std::uint8_t, 7> pairs;
    std::uint32_t nanoseconds;
};

[[nodiscard]] constexpr bool is_id_character(unsigned char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-';
}

/// What a scan asks of many characters at once, in plain C++. The functions of the other levels have the same meaning.
/// All may read `window` bytes from where they are told to; what they return as differences or faults is 0 for none.
struct portable_vector {
    static constexpr std::size_t window = 64;
    static constexpr std::size_t text_least = 8; ///< `differs` compares no less

    [[nodiscard]] static std::uint64_t differs(const char* at, const char* text, std::size_t size) noexcept {
        std::uint64_t difference = 0;
        for (std::size_t i = 0; i + 8 < size; i += 8) difference |= load_word(at + i) ^ load_word(text + i);
        return difference | (load_word(at + size - 8) ^ load_word(text + size - 8));
    }
    /// Only where `mask` has its bits set.
    [[nodiscard]] static std::uint64_t differs(const char* at, const char* text, const char* mask,
                                               std::size_t size) noexcept {
        const auto here = [&](std::size_t i) {
            return (load_word(at + i) ^ load_word(text + i)) & load_word(mask + i);
        };
        std::uint64_t difference = 0;
        for (std::size_t i = 0; i + 8 < size; i += 8) difference |= here(i);
        return difference | here(size - 8);
    }

    /// How many of the first 32 characters may stand in an id; those go to `out`, zeros after them.
    [[nodiscard]] static std::size_t copy_id(const char* at, std::byte* out) noexcept {
        std::size_t size = 0;
        while (size < 32 && allowed[static_cast<unsigned char>(at[size])] != 0) ++size;
        std::memset(out, 0, 32);
        std::memcpy(out, at, size);
        return size;
    }

    /// 64 lower-case hex digits.
    [[nodiscard]] static std::uint64_t decode_digest(const char* at, std::byte* out) noexcept {
        unsigned fault = 0;
        for (std::size_t i = 0; i < 32; ++i) {
            const unsigned high = nibbles[static_cast<unsigned char>(at[2 * i])];
            const unsigned low = nibbles[static_cast<unsigned char>(at[2 * i + 1])];
            fault |= high | low;
            out[i] = static_cast<std::byte>(high << 4U | (low & 15U));
        }
        return fault >> 4U;
    }

    /// `2025-01-20T14:30:00.123456789Z`, of which the caller sees to what is no digit.
    [[nodiscard]] static std::uint64_t decode_time(const char* at, time_digits& out) noexcept {
        constexpr std::array<std::uint8_t, 7> places = {0, 2, 5, 8, 11, 14, 17};
        unsigned fault = 0;
        const auto digit = [&](std::size_t i) {
            const unsigned value = static_cast<unsigned char>(at[i]) - unsigned{'0'};
            fault |= unsigned{value > 9};
            return value;
        };
        for (std::size_t i = 0; i < places.size(); ++i) {
            out.pairs[i] = static_cast<std::uint8_t>(digit(places[i]) * 10 + digit(places[i] + 1U));
        }
        out.nanoseconds = 0;
        for (std::size_t i = 20; i < 29; ++i) out.nanoseconds = out.nanoseconds * 10 + digit(i);
        return fault;
    }

private:
    static constexpr auto allowed = [] {
        std::array<std::uint8_t, 256> table{};
        for (unsigned c = 0; c < 256; ++c) table[c] = is_id_character(static_cast<unsigned char>(c)) ? 1 : 0;
        return table;
    }();
    /// 16 and more for what is no digit: what follows it in a sum of bits shows the fault.
    static constexpr auto nibbles = [] {
        std::array<std::uint8_t, 256> table{};
        for (auto& each : table) each = 0xf0;
        for (std::uint8_t i = 0; i < 10; ++i) table[static_cast<unsigned>('0' + i)] = i;
        for (std::uint8_t i = 0; i < 6; ++i) table[static_cast<unsigned>('a' + i)] = static_cast<std::uint8_t>(10 + i);
        return table;
    }();
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
