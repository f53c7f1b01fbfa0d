#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_HPP

#include "../change_view.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What a change is of, and so how its id is written.
enum class row_shape : std::uint8_t {
    record_128 = 1,  ///< id: 32 hex digits, in 16 bytes
    record_256 = 2,  ///< id: 64 hex digits, in 32 bytes
    record_text = 3, ///< id: anything else, counted
    profile = 4,     ///< without an id
    attachment = 5,  ///< dedupe id, in 32 bytes
};

enum class row_replaces : std::uint8_t {
    none = 0,
    one_of_same_run = 1, ///< how far before (or behind) the edit
    one_of_other_run = 2,
    several = 3, ///< behind the fixed part of the row
};

/// A field of the word that a row begins with. After the word: the numbers whose lengths it says, the id, the digest
/// unless it is a delete, and what few rows have.
struct row_field {
    std::uint32_t shift = 0, mask = 0;
    [[nodiscard]] constexpr std::uint32_t of(std::uint32_t control) const noexcept { return control >> shift & mask; }
    [[nodiscard]] constexpr std::uint32_t put(std::uint32_t value) const noexcept { return value << shift; }
};

/// Numbers stand in this order; each length is 0 to 7 bytes, of an index 0 to 3, of the timestamp 0 to 8.
namespace row_fields {
inline constexpr row_field shape{0, 7}, action{3, 3}, replaces{5, 3}, extras{7, 1};
inline constexpr row_field timestamp{8, 15}, n{12, 7}, version{15, 7}, size{18, 7};
inline constexpr row_field collection{21, 3}, device{23, 3}, run{25, 3};
inline constexpr row_field replaced_run{27, 3}, replaced_n{29, 7};
} // namespace row_fields

/// What may follow, if any does; each is there only if it is not blank.
enum row_extra : std::uint8_t {
    extra_attachments = 1,
    extra_filename = 2,
    extra_media_type = 4,
    extra_packed = 8,
    extra_merge = 16,
};

/// No row is shorter: the word, a version.
inline constexpr std::size_t row_bytes_min = 5;
/// The word, the numbers, an id of text, a digest.
inline constexpr std::size_t row_fixed_bytes_max = 4 + 8 + 4 * 7 + 4 * 3 + 1 + 128 + 32;
inline constexpr std::uint64_t row_index_max = (1U << 24U) - 1;

/// A dot whose run is a place in the manifest's table.
struct row_dot {
    std::uint32_t run = 0;
    std::uint64_t n = 0;
};

struct compact_extras {
    bytes_view attachments; ///< 32 bytes each, ascending
    std::string_view filename, media_type;
    std::optional<packed_view> packed;
    merge_kind merge = merge_kind::none;
};

/// A change as a row says it: owns nothing, and is good until the next one is read.
struct compact_row {
    row_shape shape{};
    change_action action{};
    std::uint32_t collection = 0, device = 0, run = 0; ///< places in the manifest's tables
    std::int64_t timestamp = 0;
    std::uint64_t n = 0, version = 0, size = 0;
    bytes_view id;                     ///< as `shape` says; empty for a profile
    const std::byte* stored = nullptr; ///< 32 bytes; null for a delete
    std::span<const row_dot> replaces; ///< ascending by run and n
    const compact_extras* extras = nullptr;

    [[nodiscard]] change_type type() const noexcept {
        if (shape == row_shape::profile) return change_type::profile;
        return shape == row_shape::attachment ? change_type::attachment : change_type::record;
    }
};

}}} // namespace sealsync::detail

#endif
