#ifndef SEALSYNC_SYNC_SEGMENT_FETCHER_HPP
#define SEALSYNC_SYNC_SEGMENT_FETCHER_HPP

#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Where a segment is in the store.
struct segment_place {
    log_id log;
    device_id device;
    std::uint64_t seq = 0;
};

/// Fetches segments, as many at once as fit into `batch_bytes_max`. Nobody says how large a segment is before it is
/// here, so the number follows the size of those fetched before: their neighbours are much alike.
template <class State>
class segment_fetcher {
public:
    /// `first`: the number of segments that the first fetch asks for.
    segment_fetcher(State& state, const call_context& call, std::size_t first)
        : state_{state}, call_{call}, at_once_{(std::min)(first, state.settings.segments_per_round_max)} {}

    /// The number of segments that the next fetch asks for; at least 1.
    [[nodiscard]] std::size_t at_once() const noexcept { return at_once_; }

    /// By place: the stored bytes, or why they did not come. Nothing where they came when `batch_bytes_max` was already
    /// held: to be asked for again.
    using body_list = list<std::optional<result<bytes>>>;

    /// One GET for each of the first `at_once()` places. Fails only if the store cannot be asked.
    [[nodiscard]] result<body_list> fetch(std::span<const segment_place> wanted) {
        const auto ops = gets(wanted.first((std::min)(at_once_, wanted.size())));
        body_list bodies(ops.size());
        std::size_t held = 0;
        const auto keep = [&](std::size_t i, result<get_reply> reply) {
            if (reply && held > state_.settings.batch_bytes_max) return;
            held += reply ? reply->body.size() : 0;
            bodies[i] = reply ? result<bytes>{std::move(reply->body)} : result<bytes>{std::move(reply).error()};
        };
        if (auto done = state_.syncing.store.get(ops, keep, call_); !done) return std::move(done).error();
        if (!learn_sizes(bodies)) return failure{errc::outcome_unknown, ops.front().key.text(), "no answer"};
        return bodies;
    }

private:
    [[nodiscard]] list<get_op> gets(std::span<const segment_place> wanted) const {
        list<get_op> ops;
        ops.reserve(wanted.size());
        for (const auto& one : wanted) {
            get_op op{state_.keys.segment(one.device, one.log, one.seq)};
            op.size_max = state_.settings.sealed_manifest_bytes_max();
            ops.push_back(std::move(op));
        }
        return ops;
    }

    /// False if nothing was answered.
    [[nodiscard]] bool learn_sizes(const body_list& bodies) {
        std::size_t total = 0, answered = 0;
        for (const auto& body : bodies) {
            if (!body) continue;
            ++answered;
            total += *body ? (*body)->size() : 0;
        }
        if (answered == 0) return false;
        const auto fitting = state_.settings.batch_bytes_max / (total / answered + 1);
        const auto most = (std::min)({fitting, at_once_ * 4, state_.settings.segments_per_round_max});
        at_once_ = (std::max<std::size_t>)(1, most);
        return true;
    }

    State& state_;
    const call_context& call_;
    std::size_t at_once_;
};

}}} // namespace sealsync::detail

#endif
