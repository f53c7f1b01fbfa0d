#ifndef SEALSYNC_SYNC_STORED_CONTENT_HPP
#define SEALSYNC_SYNC_STORED_CONTENT_HPP

#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The content of a version as it came from the store, opened and checked.
struct stored_content {
    bytes plain{};   ///< what the seal held
    payload parts{}; ///< views into it
};

/// Asks for the stored content of a version: not for more bytes than its segment says.
template <class State>
[[nodiscard]] get_op get_of(const State& state, const change& c) {
    get_op op{state.key_of(c)};
    op.size_max = c.size;
    return op;
}

/// Judges the store's answer to `get_of`: the one judgement of a pull and of `verify`. What is lost or damaged fails
/// with a data or security error (`errc::missing_object`, `errc::tampered`, or as the cipher and the payload do); a
/// store that could not be asked fails as it does.
template <class State>
[[nodiscard]] result<stored_content> open_content(State& state, const change& c, result<get_reply> reply) {
    const auto key = state.key_of(c).text();
    if (!reply && reply.error() == errc::not_found) return failure{errc::missing_object, key};
    if (!reply && reply.error() == errc::too_large) {
        return failure{errc::tampered, key, "longer than its segment says"};
    }
    if (!reply) return std::move(reply).error();
    if (reply->body.size() != c.size || state.syncing.cipher.digest(reply->body) != c.stored) {
        return failure{errc::tampered, key, "not the bytes whose digest its segment has"};
    }
    stored_content content;
    const auto edit = c.dot.text();
    auto opened = state.syncing.cipher.open(state.context_of(c, edit), reply->body, content.plain);
    if (!opened) return failure{opened.error().code(), key, opened.error().detail()};
    auto parts = decode_payload(content.plain);
    if (!parts) return failure{parts.error().code(), key, parts.error().detail()};
    content.parts = *parts;
    return content;
}

}}} // namespace sealsync::detail

#endif
