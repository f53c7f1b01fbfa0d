#ifndef SEALSYNC_SYNC_SEGMENT_COMMITTER_HPP
#define SEALSYNC_SYNC_SEGMENT_COMMITTER_HPP

#include "../sync_report.hpp"
#include "outgoing_edit.hpp"
#include "segment_form.hpp"
#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Commits edits: writes their segment and puts it into the next slot of this run's log.
///
/// Invariants: the segment is the commit point. A sealed segment is saved in the replica before it is put, and is put
/// byte for byte until it is known to be in its slot; only then do its edits leave the outbox. The slot is never
/// overwritten.
template <class State>
class segment_committer {
public:
    using unit_type = typename State::unit_type;

    segment_committer(State& state, cursor_map& cursors, held_edits& held, const call_context& call,
                      sync_report& report)
        : state_{state}, cursors_{cursors}, held_{held}, call_{call}, report_{report} {}

    /// Writes and seals the segment of what is ready, and saves it as the pending one. False if nothing is left to
    /// commit.
    [[nodiscard]] result<bool> seal(list<outgoing_edit> edits) {
        if (auto begun = begin_log(); !begun) return std::move(begun).error();
        return state_.local.transact([&](unit_type& unit) -> result<bool> {
            drop_held_groups(edits);
            if (edits.empty()) return false;
            pending_segment pending{state_.device, own().id, own().seq + 1, {}, {}};
            auto manifest = write(unit, std::move(edits), pending);
            if (!manifest) return std::move(manifest).error().during("write a segment");
            const auto log = pending.log.hex(), seq = std::to_string(pending.seq);
            const sealing_context context{object_kind::segment, state_.vault, {}, log, seq};
            auto sealed = state_.syncing.cipher.seal(context, *manifest, pending.stored);
            if (!sealed) return std::move(sealed).error();
            manifest = bytes{}; // a large segment is held often enough
            unit.store_pending(pending);
            unit.store_taken(state_.local.taken);
            return true;
        });
    }

    /// Puts the segment that was sealed but not known to be committed into the slot it was made for, also in the log of
    /// a run that is over. Finding it there is success. Finding another there means that somebody else is this run:
    /// the edits stay in the outbox, for a new log.
    [[nodiscard]] result<void> finish_pending() {
        std::optional<pending_segment> pending;
        auto read = state_.local.inspect([&](unit_type& unit) -> result<void> {
            pending = unit.pending();
            return {};
        });
        if (!read || !pending) return read;
        auto landed = put(*pending);
        if (!landed) return std::move(landed).error().during("commit a segment");
        return *landed ? note_committed(*pending) : abandon(*pending);
    }

private:
    static constexpr int attempts_max = 3; ///< of one segment whose put got no answer

    [[nodiscard]] own_log& own() noexcept { return *state_.syncing.log; }

    /// Each run that pushes begins a log of its own: continuing another run's would let a restored replica write
    /// into a slot that is taken.
    [[nodiscard]] result<void> begin_log() {
        if (state_.syncing.log) return {};
        own_log fresh{};
        if (auto random = state_.syncing.cipher.random(fresh.id.value); !random) return random;
        state_.syncing.log = std::move(fresh);
        return {};
    }

    /// An edit that was replaced before it could be uploaded is left to its successor, with all that must go with it.
    /// One that was replaced since is committed as it was: its successor knows it, and may be replaced in turn.
    void drop_held_groups(list<outgoing_edit>& edits) {
        drop_if(edits, [&](const outgoing_edit& one) { return !one.ready || held_.holds(one.row.group); });
        held_.overtaken = {};
        sort_stably(edits, [](const auto& a, const auto& b) { return a.place < b.place; });
    }

    [[nodiscard]] result<bytes> write(unit_type& unit, list<outgoing_edit> edits, pending_segment& pending) {
        const auto contents = describe(unit, std::move(edits), pending);
        if (!unit.status()) return unit.status().error();
        return segment_form<typename State::traits_type>{state_.sealed}.write(contents, state_.settings.manifest);
    }

    [[nodiscard]] segment describe(unit_type& unit, list<outgoing_edit> edits, pending_segment& pending) {
        hybrid_clock clock{unit.state().last};
        segment s;
        s.vault = state_.vault;
        s.scope = state_.keys.root();
        s.device = state_.device;
        s.log = pending.log;
        s.seq = pending.seq;
        s.previous = own().last;
        if (pending.seq == 1) s.device_name = state_.device_name;
        s.last_updated = clock.tick(state_.local.clock.now());
        unit.state().last = clock.last();
        s.seen = newly_seen();
        s.changes.reserve(edits.size());
        pending.items.reserve(edits.size());
        for (auto& one : edits) {
            pending.items.push_back(
                {one.place, std::move(one.row.object), one.row.dot, one.what.size, one.what.stored});
            s.changes.push_back(std::move(one.what));
        }
        return s;
    }

    /// What has been merged since this log's previous segment; its first says everything. The cursors are those of
    /// this sync: nothing else moves them.
    [[nodiscard]] std::vector<log_position> newly_seen() {
        std::vector<log_position> seen;
        for (const auto& [log, cursor] : cursors_) {
            if (log == own().id) continue;
            const auto told = own().told.find(log);
            if (told == own().told.end() || told->second.seq < cursor.seq) seen.push_back({log, cursor.seq});
        }
        return seen;
    }

    /// Whether the slot holds this segment now; false: it holds another. A put of which nobody knows whether it landed
    /// (a kept connection was closed while it was sent) and which is not there is made again: whichever lands first,
    /// the slot has the same bytes, and who comes too late finds them.
    [[nodiscard]] result<bool> put(const pending_segment& segment) {
        const auto key = state_.keys.segment(segment.device, segment.log, segment.seq);
        for (int attempt = 1; true; ++attempt) {
            auto landed = put_once(key, segment.stored);
            if (landed) return true;
            const auto code = landed.error().code();
            if (code != errc::precondition_failed && code != errc::already_exists && code != errc::outcome_unknown) {
                return std::move(landed).error();
            }
            get_op look{key};
            look.size_max = state_.settings.sealed_manifest_bytes_max();
            auto there = state_.syncing.store.get_one(look, call_);
            if (there) return bytes_view{there->body} == bytes_view{segment.stored};
            if (there.error() != errc::not_found) return std::move(there).error();
            if (code != errc::outcome_unknown || attempt == attempts_max) return std::move(landed).error();
        }
    }

    [[nodiscard]] result<put_reply> put_once(const object_key& key, bytes_view body) {
        put_op op{key, body};
        if (state_.syncing.capabilities->creates_once()) op.condition = write_condition::if_absent;
        return state_.syncing.store.put_one(op, call_);
    }

    [[nodiscard]] result<void> note_committed(pending_segment& segment) {
        const cursor_row cursor{segment.device, segment.seq, state_.syncing.cipher.digest(segment.stored)};
        std::uint64_t waiting = 0;
        auto noted = state_.local.transact([&](unit_type& unit) -> result<void> {
            for (const auto& item : segment.items) unit.erase_outbox(item.outbox);
            sort_stably(segment.items, [](const auto& a, const auto& b) { return a.object < b.object; });
            for (const auto& item : segment.items) note_committed(unit, item);
            unit.store_cursor(segment.log, cursor);
            unit.erase_pending();
            waiting = unit.first_in_outbox();
            auto left = state_.local.taken;
            left.erase_below(waiting);
            unit.store_taken(left);
            unit.drop_sent_below(waiting);
            return {};
        });
        if (!noted) return noted;
        {
            const std::scoped_lock lock{state_.local.mutex};
            state_.local.taken.erase_below(waiting);
        }
        cursors_[segment.log] = cursor;
        report_.pushed += segment.items.size();
        if (!state_.syncing.log || own().id != segment.log) return {};
        own().seq = segment.seq;
        own().last = cursor.stored;
        own().told = cursors_;
        return {};
    }

    static void note_committed(unit_type& unit, const pending_segment::item& item) {
        if (item.object.type == change_type::attachment) unit.erase_source(item.object);
        auto object = unit.object(item.object);
        const auto version = object.siblings.find(item.dot);
        if (version == nullptr) { // replaced meanwhile by an edit that knows it
            for (auto& old : object.past) {
                if (old.what.dot == item.dot) old.what.size = item.size, old.what.stored = item.stored;
            }
            unit.store_object(item.object, object, object.siblings.live());
            return;
        }
        version->pending = 0;
        version->what = pushed_form(*version);
        version->unsent.clear();
        version->what.size = item.size;
        version->what.stored = item.stored;
        unit.store_object(item.object, object, object.siblings.live());
    }

    [[nodiscard]] result<void> abandon(const pending_segment& segment) {
        if (state_.syncing.log && own().id == segment.log) state_.syncing.log.reset();
        report_.refusals.push_back(failure{errc::forked,
                                           state_.keys.segment(segment.device, segment.log, segment.seq).text(),
                                           "another segment is in this device's slot; its edits go into a new log"});
        return state_.local.transact([](unit_type& unit) -> result<void> {
            unit.erase_pending();
            return {};
        });
    }

    State& state_;
    cursor_map& cursors_;
    held_edits& held_;
    const call_context& call_;
    sync_report& report_;
};

}}} // namespace sealsync::detail

#endif
