#ifndef SEALSYNC_RECORD_HPP
#define SEALSYNC_RECORD_HPP

#include "attachment.hpp"
#include "clock/stamp.hpp"
#include "ids.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A version of a record, as its edit returned it or a read showed it.
struct version {
    sealsync::dot dot;        ///< its identity
    std::uint64_t number = 0; ///< one more than the greatest it replaced
    stamp timestamp;
    device_id device; ///< the author's
    bool erased = false;
    bool committed = false; ///< in the store; else it waits for a sync
    [[nodiscard]] friend bool operator==(const version& left, const version& right) noexcept {
        return left.dot == right.dot;
    }
};

/// A version that stands beside the shown one. Get, put and erase it under its own `id`; an edit of it leaves the
/// shown one alone.
struct conflict_version {
    std::string id;
    sealsync::version version;
};

struct record {
    std::string id; ///< the application's
    sealsync::version version;
    bytes content;
    std::vector<attachment_id> attachments;
    std::vector<conflict_version> conflicts; ///< empty unless the conflict policy shows several
};

/// An entry of a listing: a record without its content.
struct record_entry {
    std::string id; ///< empty of the profile; or if `unfetched`, and no content of the record ever came here
    sealsync::version version;
    std::vector<attachment_id> attachments;
    std::vector<conflict_version> conflicts;
    bool unfetched = false; ///< the store has lost or damaged the content: `get` fails, each sync looks for it again
};

/// An edit of a record, or its deletion, that waits for a sync.
struct pending_edit {
    std::string id; ///< the record's, also if a version beside the shown one was edited; empty of the profile
    sealsync::version version;
};

struct attachment_entry {
    attachment_id id;
    std::uint64_t size = 0; ///< of the plaintext, in bytes
    bool committed = false;
    std::vector<attachment_info> names; ///< as attached; the same bytes may have several
};

/// Which attachments a record lists after an edit: `{scan, photo}`, or `std::vector<attachment_id>{}` for none. Nothing
/// (`{}`) keeps those that the edited version lists.
class attachment_list {
public:
    attachment_list() = default;
    attachment_list(std::vector<attachment_id> ids) : ids_{std::move(ids)}, given_{true} {}
    attachment_list(std::initializer_list<attachment_id> ids) : ids_{ids}, given_{true} {}

    [[nodiscard]] explicit operator bool() const noexcept { return given_; }
    [[nodiscard]] const std::vector<attachment_id>& operator*() const noexcept { return ids_; }

private:
    std::vector<attachment_id> ids_;
    bool given_ = false;
};

/// What an edit may ask for.
struct put_options {
    std::optional<version> if_current{}; ///< fails with `errc::not_current` unless this version is the one edited
    attachment_list attachments{};       ///< each must have been attached before
};

/// `put(id, content, if_current(v))`
[[nodiscard]] inline put_options if_current(version seen) { return {std::move(seen), {}}; }

}} // namespace sealsync

#endif
