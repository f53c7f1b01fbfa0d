#ifndef SEALSYNC_MANIFEST_CHANGE_HPP
#define SEALSYNC_MANIFEST_CHANGE_HPP

#include "../clock/stamp.hpp"
#include "../ids.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

enum class change_type : std::uint8_t { record = 1, profile = 2, attachment = 3 };
enum class change_action : std::uint8_t { insert = 1, update = 2, erase = 3 };

/// Whether a version is what a conflict policy made of concurrent ones. No person made it.
enum class merge_kind : std::uint8_t {
    none = 0,
    based = 1, ///< on what they were made on, or it was known that they were made apart
    blind = 2, ///< without that
};

/// Where a change's bytes are if they share a stored object with others. Reserved: written by nobody yet.
struct packed_place {
    std::string object;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    [[nodiscard]] friend bool operator==(const packed_place&, const packed_place&) = default;
};

/// One edit as a manifest names it. In a plain manifest (format 0, of the first application's design) everything
/// from `edit` on is absent.
struct change {
    change_type type = change_type::record;
    collection_id collection;
    object_id id;              ///< record id or dedupe id; empty for a profile
    std::uint64_t version = 0; ///< one more than the greatest it replaces; 0: absent (plain attachments)
    stamp timestamp;
    device_id device;
    change_action action = change_action::insert;

    sealsync::dot dot;
    std::vector<sealsync::dot> replaces; ///< ascending, without repeats
    std::uint64_t size = 0;              ///< of the stored object, in bytes; 0 for an erase
    std::optional<digest256> stored;     ///< SHA-256 of the stored object; absent for an erase
    std::vector<object_id> attachments;  ///< that a record lists; ascending, without repeats
    merge_kind merge = merge_kind::none; ///< of a record or profile; it replaces several
    std::string filename;                ///< of an attachment, as attached, UTF-8; may be empty
    std::string media_type;              ///< of an attachment, as attached; may be empty
    std::optional<packed_place> packed;

    [[nodiscard]] friend bool operator==(const change&, const change&) = default;
};

}} // namespace sealsync

#endif
