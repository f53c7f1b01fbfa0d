#ifndef SEALSYNC_MERGE_SCAN_PORTABLE_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_PORTABLE_VECTOR_HPP

#include "pattern.hpp"
#include "word.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The numbers of a canonical time.
struct time_parts {
    std::uint32_t date;        ///< the number YYYYMMDD
    std::uint32_t seconds;     ///< of hour and minute
    std::uint64_t nanoseconds; ///< since the minute began
};

[[nodiscard]] constexpr bool is_id_character(unsigned char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-';
}

/// What a scan asks of many characters at once, in plain C++; the other levels mean the same. What is not as it must be
/// is remembered, and asked for once: `faults()` is 0 if all was right. All may read 64 bytes from where they look.
class portable_vector {
public:
    [[nodiscard]] std::uint64_t faults() const noexcept { return faults_; }

    template <std::size_t Capacity>
    void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        for (std::size_t i = 0; i < expected.compared(); i += 8) {
            faults_ |= (load_word(at + i) ^ load_word(&expected.text[i])) & load_word(&expected.mask[i]);
        }
    }

    /// An id of at most 32 characters, to 32 bytes: zeros after them.
    void copy_id(const char* at, std::size_t size, std::byte* out) noexcept {
        unsigned allowed = 1;
        for (std::size_t i = 0; i < size; ++i) allowed &= allowed_in_id[static_cast<unsigned char>(at[i])];
        faults_ |= allowed ^ 1U;
        std::memset(out, 0, 32);
        std::memcpy(out, at, size);
    }

    /// 64 lower-case hex digits.
    void decode_digest(const char* at, std::byte* out) noexcept {
        unsigned fault = 0;
        for (std::size_t i = 0; i < 32; ++i) {
            const unsigned high = nibbles[static_cast<unsigned char>(at[2 * i])];
            const unsigned low = nibbles[static_cast<unsigned char>(at[2 * i + 1])];
            fault |= high | low;
            out[i] = static_cast<std::byte>(high << 4U | (low & 15U));
        }
        faults_ |= fault >> 4U;
    }

    /// `2025-01-20T14:30:00.123456789Z`: digits, of which the hours, minutes and seconds are in range. What is between
    /// them others see, as they do the calendar.
    [[nodiscard]] time_parts decode_time(const char* at) noexcept {
        const auto number = [&](std::size_t begin, std::size_t end, std::uint32_t most) {
            std::uint32_t value = 0;
            for (auto i = begin; i < end; ++i) {
                const unsigned digit = static_cast<unsigned char>(at[i]) - unsigned{'0'};
                faults_ |= std::uint64_t{digit > 9};
                value = value * 10 + digit;
            }
            faults_ |= std::uint64_t{value > most};
            return value;
        };
        const auto year = number(0, 4, 9'999), month = number(5, 7, 99), day = number(8, 10, 99);
        const auto hour = number(11, 13, 23), minute = number(14, 16, 59), second = number(17, 19, 59);
        return {year * 10'000 + month * 100 + day, hour * 3'600 + minute * 60,
                std::uint64_t{second} * 1'000'000'000 + number(20, 29, 999'999'999)};
    }

    using words = std::array<std::uint64_t, 4>;
    /// What four words of digits are as numbers, to `out`: none may be less than its `least`, which is less than 2^63.
    /// `kept` has all bits, or none where 0 shall be read, whatever stands there.
    void read_numbers(const words& digits, const words& least, const words& kept, std::byte* out) noexcept {
        words numbers;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto over_9 = (digits[i] + 0x7676767676767676U) | digits[i];
            numbers[i] = value_of_digits(digits[i]) & kept[i];
            faults_ |= ((over_9 & 0x8080808080808080U) | std::uint64_t{numbers[i] < least[i]}) & kept[i];
        }
        std::memcpy(out, numbers.data(), sizeof numbers);
    }

    /// How far the first `}` is, among 64 characters; 64 if it is not there.
    [[nodiscard]] static std::size_t find_brace(const char* at) noexcept {
        const auto* const brace = static_cast<const char*>(std::memchr(at, '}', 64));
        return brace == nullptr ? 64 : static_cast<std::size_t>(brace - at);
    }

private:
    static constexpr auto allowed_in_id = [] {
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

    std::uint64_t faults_ = 0;
};

}}} // namespace sealsync::detail

#endif
