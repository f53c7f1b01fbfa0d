#ifndef SEALSYNC_SYNC_CAPABILITIES_HPP
#define SEALSYNC_SYNC_CAPABILITIES_HPP

#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// As the replica keeps it: three digits, and of which store they tell.
[[nodiscard]] inline std::string encode(const storage_capabilities& found, const std::string& identity) {
    std::string text(3, '0');
    text[0] = static_cast<char>('0' + static_cast<int>(found.writes));
    text[1] = found.eventual ? '1' : '0';
    text[2] = found.unquoted_etags ? '1' : '0';
    return text + " " + identity;
}
/// Nothing if it tells of another store, or was written by a version that knew more.
[[nodiscard]] inline std::optional<storage_capabilities> decode_capabilities(std::string_view text,
                                                                             std::string_view identity) {
    if (text.size() != 4 + identity.size() || text[3] != ' ' || !text.ends_with(identity)) return std::nullopt;
    const auto flag = [&](std::size_t i) { return text[i] == '1'; };
    if (text[0] < '0' || text[0] > '3') return std::nullopt;
    return storage_capabilities{static_cast<conditional_writes>(text[0] - '0'), flag(1), flag(2)};
}

template <class State>
[[nodiscard]] result<storage_capabilities> probe_once(State& state, const call_context& call) {
    const auto identity = state.syncing.store.identity();
    if (identity.empty()) return state.syncing.store.probe(call);
    auto kept = state.local.inspect([](auto& unit) -> result<std::string> { return unit.get(facts::capabilities); });
    if (!kept) return std::move(kept).error();
    if (const auto known = decode_capabilities(*kept, identity)) {
        state.syncing.store.assume(*known);
        return *known;
    }
    auto probed = state.syncing.store.probe(call);
    if (!probed) return probed;
    auto noted = state.local.transact([&](auto& unit) -> result<void> {
        unit.set(facts::capabilities, encode(*probed, identity));
        return {};
    });
    if (!noted) return std::move(noted).error();
    return probed;
}

/// What the store can do, into `state.syncing.capabilities`: probed once a run; once for all if the storage can be
/// told. `errc::unsupported` if it is eventual.
template <class State>
[[nodiscard]] result<void> learn_capabilities(State& state, const call_context& call) {
    if (state.syncing.capabilities) return {};
    auto found = probe_once(state, call);
    if (!found) return std::move(found).error().during("probe the store");
    if (found->eventual) {
        return failure{errc::unsupported, state.keys.root(),
                       "the store declares itself eventual: another program copies it"};
    }
    state.syncing.capabilities = *found;
    return {};
}

}}} // namespace sealsync::detail

#endif
