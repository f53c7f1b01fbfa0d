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

    struct answer {
        bool taken; ///< if not, ask again: it was not answered, or came when `batch_bytes_max` was already held
        result<bytes> body;
    };
    using answer_list = list<answer>;

    /// One GET for each of the first `at_once()` places. Fails only if the store cannot be asked.
    [[nodiscard]] result<answer_list> fetch(std::span<const segment_place> wanted) {
        const auto ops = gets(wanted.first((std::min)(at_once_, wanted.size())));
        answer_list answers;
        answers.reserve(ops.size());
        for (const auto& op : ops) {
            answers.push_back({false, failure{errc::outcome_unknown, op.key.text(), "no answer"}});
        }
        std::size_t held = 0;
        const auto keep = [&](std::size_t i, result<get_reply> reply) {
            if (reply && held > state_.settings.batch_bytes_max) return;
            held += reply ? reply->body.size() : 0;
            answers[i] = {true, reply ? result<bytes>{std::move(reply->body)} : std::move(reply).error()};
        };
        if (auto done = state_.syncing.store.get(ops, keep, call_); !done) return std::move(done).error();
        if (!learn_sizes(answers)) return std::move(answers.front().body).error();
        return answers;
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
    [[nodiscard]] bool learn_sizes(const answer_list& answers) {
        std::size_t total = 0, answered = 0;
        for (const auto& one : answers) {
            answered += one.taken ? 1 : 0;
            total += one.body ? one.body->size() : 0;
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
