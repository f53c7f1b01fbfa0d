#ifndef SEALSYNC_CONFLICT_SIBLING_HPP
#define SEALSYNC_CONFLICT_SIBLING_HPP

#include "../clock/stamp.hpp"
#include "../ids.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A version of an object that nobody replaced, as a conflict policy sees it. Never a tombstone: a live sibling
/// beats the concurrent deletes before a policy is asked.
struct sibling {
    sealsync::dot dot;
    stamp timestamp;
    std::uint64_t version = 0;
    std::string_view device{}; ///< the author's device id
    bytes_view content{};      ///< empty unless the policy reads contents
};

/// What siblings were made on: the content of their newest common ancestor.
struct merge_base {
    enum class state {
        none,    ///< they have no ancestor in common: they were made apart from each other, or after a deletion
        known,   ///< `content` is it
        unknown, ///< they have one, but not its content: it is not on this device
    };
    state is = state::none;
    bytes_view content{};
};

/// What a policy judges siblings by. Each reads what those before it read, too.
enum class policy_reads {
    order,    ///< who came last
    contents, ///< what they say
    base,     ///< and what they were made on: the replica keeps the contents of versions that others rest on
};

/// What the application sees of several siblings, by their indices. Each index that is neither shown nor beside is
/// absorbed: an edit of the record replaces it together with the shown one.
struct resolution {
    std::size_t shown = 0;
    std::vector<std::size_t> beside{}; ///< presented as conflicts, each under an id of its own
    std::optional<bytes> merged{};     ///< if set, written once as a new version that replaces every sibling
};

/// Indices by (timestamp, dot), greatest first: the order that every device agrees on.
[[nodiscard]] inline bool shown_before(const sibling& left, const sibling& right) noexcept {
    if (left.timestamp != right.timestamp) return left.timestamp > right.timestamp;
    return left.dot > right.dot;
}

}} // namespace sealsync

#endif
