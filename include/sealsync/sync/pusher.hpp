#ifndef SEALSYNC_SYNC_PUSHER_HPP
#define SEALSYNC_SYNC_PUSHER_HPP

#include "edit_uploader.hpp"
#include "outbox_collector.hpp"
#include "segment_committer.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Pushes the outbox to the store, segment by segment: collects edits, uploads what they name, then commits the segment
/// that names them. If it stops anywhere, nothing that was acknowledged is lost: until a segment is committed its edits
/// are in the outbox.
template <class State>
class pusher {
public:
    using unit_type = typename State::unit_type;

    pusher(State& state, cursor_map& cursors, const call_context& call, sync_report& report, progress_meter& progress)
        : state_{state},
          report_{report},
          progress_{progress},
          outbox_{state, held_},
          uploads_{state, held_, call, progress},
          commits_{state, cursors, held_, call, report} {}

    /// See `segment_committer::finish_pending`.
    [[nodiscard]] result<void> finish_pending() { return commits_.finish_pending(); }

    /// Pushes until the outbox is empty, but for edits that are kept back. Edits made meanwhile are pushed, too, a few
    /// times over; those that keep coming are the next sync's, so that this one ends and the head tells what it did.
    [[nodiscard]] result<void> run() {
        const auto end =
            state_.local.inspect([](unit_type& unit) -> result<std::uint64_t> { return unit.state().outbox_next; });
        if (!end) return end.error();
        for (int extra = 0; extra < extra_rounds_max;) {
            auto edits = outbox_.next();
            if (!edits) return std::move(edits).error();
            if (edits->empty()) break;
            extra += edits->front().place >= *end ? 1 : 0;
            auto pushed = push(*std::move(edits));
            if (!pushed) return std::move(pushed).error();
            extra += *pushed ? 0 : 1; // every edit was replaced meanwhile, or is kept back
        }
        report_.deferred = held_.deferred;
        return {};
    }

private:
    static constexpr int extra_rounds_max = 8;

    /// False if none of the edits is left to commit.
    [[nodiscard]] result<bool> push(list<outgoing_edit> edits) {
        const auto count = edits.size();
        progress_.expect(sync_phase::pushing, count);
        if (auto uploaded = uploads_.upload(edits); !uploaded) return std::move(uploaded).error();
        auto sealed = commits_.seal(std::move(edits));
        if (!sealed && sealed.error() == errc::too_large && outbox_.halve(count)) return true; // in smaller segments
        if (!sealed || !*sealed) return sealed;
        if (auto committed = commits_.finish_pending(); !committed) return std::move(committed).error();
        if (auto late = uploads_.put_late(); !late) return std::move(late).error();
        return true;
    }

    State& state_;
    sync_report& report_;
    progress_meter& progress_;
    held_edits held_{};
    outbox_collector<State> outbox_;
    edit_uploader<State> uploads_;
    segment_committer<State> commits_;
};

}}} // namespace sealsync::detail

#endif
