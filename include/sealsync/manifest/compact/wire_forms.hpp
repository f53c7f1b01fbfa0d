#ifndef SEALSYNC_MANIFEST_COMPACT_WIRE_FORMS_HPP
#define SEALSYNC_MANIFEST_COMPACT_WIRE_FORMS_HPP

#include "../../ids.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The first byte of every compact manifest. No JSON begins with it.
inline constexpr std::uint8_t compact_encoding = 1;
/// Below this a first byte is the number of a compact encoding: JSON begins with white space, the first of which is a
/// tab, or with a brace.
inline constexpr std::uint8_t compact_encodings_end = 9;

enum class compact_kind : std::uint8_t { segment = 1, checkpoint = 2 };

[[nodiscard]] inline std::string name_of(compact_kind kind) {
    if (kind == compact_kind::segment) return "a segment";
    if (kind == compact_kind::checkpoint) return "a checkpoint";
    return "kind " + std::to_string(static_cast<unsigned>(kind));
}

/// Before an id: how it is written. From 1 to 128 it is text of that length.
inline constexpr std::uint8_t id_of_128_bits = 0;
inline constexpr std::uint8_t id_of_256_bits = 129;

/// The 16 or 32 bytes that a text is the hex digits of; none of any other text.
class hex_bytes {
public:
    explicit hex_bytes(std::string_view text) noexcept {
        const auto size = text.size() / 2;
        if (size != 16 && size != 32) return;
        if (from_hex(text, {raw_.data(), size})) size_ = size;
    }
    [[nodiscard]] bytes_view view() const noexcept { return {raw_.data(), size_}; }

private:
    std::array<std::byte, 32> raw_;
    std::size_t size_ = 0;
};

/// Whether an id has a shorter form than its text, in which alone it may be written.
[[nodiscard]] inline bool is_hex_id(std::string_view text) noexcept { return !hex_bytes{text}.view().empty(); }

}}} // namespace sealsync::detail

#endif
