#ifndef SEALSYNC_TESTS_SYNC_LOCAL_EDITS_HPP
#define SEALSYNC_TESTS_SYNC_LOCAL_EDITS_HPP

#include "vault_fixture.hpp"

#include <sealsync/sync/outbox_collector.hpp>

/// Edits in an opened state, as an engine's collections make them.
namespace vault_fixture {

[[nodiscard]] inline detail::object_ref record_ref(std::string_view id) {
    return {change_type::record, *collection_id::make("emma"), *object_id::make(id)};
}

struct local_edit {
    std::string id;
    std::optional<std::string> text; ///< nothing: erase
    std::vector<attachment_id> attachments{};
};

/// Makes the edits of one `update`; gives the last one's dot.
template <class State>
dot edit_together(State& state, const std::vector<local_edit>& edits) {
    return need(state.local.transact([&](typename State::unit_type& unit) -> result<dot> {
        unit.set(detail::facts::collection_names, "emma", "emma");
        detail::editor<State> by{state, unit};
        dot last{};
        for (const auto& one : edits) {
            typename detail::editor<State>::request wanted{{record_ref(one.id), {}, one.id}, std::nullopt};
            if (one.text) wanted.content = *one.text;
            wanted.options.attachments = one.attachments;
            auto made = by.edit(std::move(wanted));
            if (!made) return std::move(made).error();
            REQUIRE(*made);
            last = (*made)->dot;
        }
        return last;
    }));
}
template <class State>
dot edit(State& state, const std::string& id, std::optional<std::string> text) {
    return edit_together(state, {{id, std::move(text)}});
}

/// What waits, but for the groups kept back.
template <class State>
[[nodiscard]] detail::list<detail::outgoing_edit> collect(State& state, const detail::held_edits& held = {}) {
    return need(detail::outbox_collector<State>{state, held}.next());
}

} // namespace vault_fixture

#endif
