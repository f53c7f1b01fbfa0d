#ifndef SEALSYNC_CLI_CHARACTERS_HPP
#define SEALSYNC_CLI_CHARACTERS_HPP

#include <sealsync/detail/utf8.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace cli {

/// The first character of a text: its bytes, and its number in Unicode. A byte that belongs to no character of UTF-8
/// stands alone, with the number `no_character`.
struct character {
    static constexpr char32_t no_character = 0x110000;

    char32_t code = no_character;
    std::size_t size = 1;

    /// `text` is not empty.
    [[nodiscard]] static character first_of(std::string_view text) noexcept {
        const auto size = sealsync::detail::utf8_sequence(text);
        const auto lead = static_cast<unsigned char>(text[0]);
        if (size == 0) return {};
        if (size == 1) return {lead, 1};
        char32_t code = lead & (0x7fU >> size);
        for (std::size_t i = 1; i < size; ++i) code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
        return {code, size};
    }
};

struct character_range {
    char32_t first, last;
};

namespace detail {

template <std::size_t N>
[[nodiscard]] constexpr bool is_within(const std::array<character_range, N>& ranges, char32_t code) noexcept {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const character_range& range) { return code >= range.first && code <= range.last; });
}

} // namespace detail

/// Whether a terminal may obey a character instead of showing it: the controls of ASCII (C0) and of ISO 6429 (C1), line
/// and paragraph separators, and what reverses the direction of a text. Also a byte that is no character: by itself,
/// 0x9b begins a command of C1.
[[nodiscard]] constexpr bool commands_a_terminal(char32_t code) noexcept {
    constexpr std::array ranges{character_range{0x00, 0x1f},
                                character_range{0x7f, 0x9f},
                                character_range{0x61c, 0x61c},
                                character_range{0x200e, 0x200f},
                                character_range{0x2028, 0x202e},
                                character_range{0x2066, 0x2069},
                                character_range{character::no_character, character::no_character}};
    return detail::is_within(ranges, code);
}

/// Whether a file system may ignore a character when it compares names, as HFS+ does: the code points that Unicode
/// calls Default_Ignorable.
[[nodiscard]] constexpr bool is_ignorable(char32_t code) noexcept {
    constexpr std::array ranges{
        character_range{0xad, 0xad},       character_range{0x34f, 0x34f},    character_range{0x61c, 0x61c},
        character_range{0x115f, 0x1160},   character_range{0x17b4, 0x17b5},  character_range{0x180b, 0x180f},
        character_range{0x200b, 0x200f},   character_range{0x202a, 0x202e},  character_range{0x2060, 0x206f},
        character_range{0x3164, 0x3164},   character_range{0xfe00, 0xfe0f},  character_range{0xfeff, 0xfeff},
        character_range{0xffa0, 0xffa0},   character_range{0xfff0, 0xfff8},  character_range{0x1bca0, 0x1bca3},
        character_range{0x1d173, 0x1d17a}, character_range{0xe0000, 0xe0fff}};
    return detail::is_within(ranges, code);
}

/// The longest beginning of a text that has at most `bytes_max` bytes and ends between two characters.
[[nodiscard]] inline std::string_view whole_characters(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max) return text;
    std::size_t size = 0;
    while (true) {
        const auto next = size + character::first_of(text.substr(size)).size;
        if (next > bytes_max) return text.substr(0, size);
        size = next;
    }
}

/// Writes every character that a terminal may obey as `\x1b`, byte by byte. Changes nothing else, so that a text may
/// pass twice.
[[nodiscard]] inline std::string harmless(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    while (!text.empty()) {
        const auto next = character::first_of(text);
        const auto bytes = text.substr(0, next.size);
        text.remove_prefix(next.size);
        if (!commands_a_terminal(next.code)) {
            out += bytes;
            continue;
        }
        for (const char c : bytes) {
            const auto byte = static_cast<unsigned char>(c);
            out.append("\\x") += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

} // namespace cli

#endif
