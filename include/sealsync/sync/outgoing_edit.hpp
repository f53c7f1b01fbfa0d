#ifndef SEALSYNC_SYNC_OUTGOING_EDIT_HPP
#define SEALSYNC_SYNC_OUTGOING_EDIT_HPP

#include "../manifest/interval_set.hpp"
#include "rows.hpp"

#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// An edit on its way from the outbox to the store. It has this one shape all the way; each station fills in its part.
struct outgoing_edit {
    std::uint64_t place = 0; ///< in the outbox
    outbox_row row{};        ///< which object, which edit, which group

    change what{};      ///< loaded; with size and digest as soon as its bytes are sealed
    std::string name{}; ///< the application's id of the object
    bytes content{};    ///< the plaintext, then the sealed bytes, until they are put
    bool ready = false; ///< whether everything that its segment will say of it is known
};

/// What a push must leave in the outbox. Edits that were made together are one group, and stay together.
struct held_edits {
    interval_set kept_back{};            ///< groups that wait for the source of an attachment
    interval_set overtaken{};            ///< groups with an edit that was replaced before it could be uploaded
    std::set<object_ref> lost_sources{}; ///< attachments that cannot be read
    std::uint64_t deferred = 0;          ///< edits that were kept back

    [[nodiscard]] bool holds(std::uint64_t group) const noexcept {
        return kept_back.contains(group) || overtaken.contains(group);
    }
    [[nodiscard]] bool relies_on_lost_source(const change& c) const {
        for (const auto& id : c.attachments) {
            if (lost_sources.contains({change_type::attachment, c.collection, id})) return true;
        }
        return false;
    }
};

}}} // namespace sealsync::detail

#endif
