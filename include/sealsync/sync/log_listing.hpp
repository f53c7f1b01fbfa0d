#ifndef SEALSYNC_SYNC_LOG_LISTING_HPP
#define SEALSYNC_SYNC_LOG_LISTING_HPP

#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Lists the segments in the store; calls `visit(name)` for each, in the order of the keys. What is no segment is
/// passed over. One LIST per thousand keys.
template <class State>
[[nodiscard]] result<void> list_segments(State& state, const call_context& call,
                                         function_ref<void(typename State::keys_type::segment_name&&)> visit) {
    return state.syncing.store.each_key(state.keys.devices_prefix(), call, [&](const list_entry& entry) {
        if (auto name = state.keys.parse_segment(entry.key)) visit(*std::move(name));
    });
}

}}} // namespace sealsync::detail

#endif
