#ifndef SEALSYNC_SYNC_PUSHER_HPP
#define SEALSYNC_SYNC_PUSHER_HPP

#include "attachment_uploader.hpp"
#include "segment_form.hpp"

#include <set>
#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Commits the outbox to the store: blobs first, then the segment that names them. The segment is the commit point;
/// until it is in its slot nobody knows of the blobs, and once it is there nothing is lost whatever happens next.
template <class State>
class pusher {
public:
    using unit_type = typename State::unit_type;
    using cursor_map = std::map<log_id, cursor_row>;

    pusher(State& state, cursor_map& cursors, const sync_options& options, const call_context& call,
           sync_report& report)
        : state_{state},
          cursors_{cursors},
          options_{options},
          call_{call},
          report_{report},
          attachments_{state, call} {}

    /// Pushes until the outbox is empty, but for edits that are kept back. Edits made meanwhile are pushed, too, a few
    /// times over; those that keep coming are the next sync's, so that this one ends and the head tells what it did.
    [[nodiscard]] result<void> run() {
        const auto end =
            state_.inspect([](unit_type& unit) -> result<std::uint64_t> { return unit.state().outbox_next; });
        if (!end) return end.error();
        for (int extra = 0; extra < extra_rounds_max;) {
            auto edits = collect();
            if (!edits) return std::move(edits).error();
            if (edits->empty()) break;
            extra += edits->front().place >= *end ? 1 : 0;
            progress_.phase = sync_phase::pushing;
            progress_.total += edits->size();
            const auto count = edits->size();
            auto ready = upload(*std::move(edits));
            if (!ready) return std::move(ready).error();
            auto sealed = seal_segment(*std::move(ready));
            if (!sealed && sealed.error() == errc::too_large && changes_at_once_ > 1) {
                changes_at_once_ = (std::max<std::size_t>)(1, (std::min)(changes_at_once_, count) / 2);
                continue; // changes that list very much: the same, in smaller segments
            }
            if (!sealed) return std::move(sealed).error();
            extra += *sealed ? 0 : 1; // every edit was replaced meanwhile, or is kept back
            if (!*sealed) continue;
            if (auto finished = finish_pending(); !finished) return finished;
            if (auto late = put_late(); !late) return late;
        }
        report_.deferred = kept_back_count_;
        return {};
    }

    /// Puts the segment that was sealed but not known to be committed, byte for byte into the slot it was made for,
    /// also in the log of a run that is over. Finding it there is success. Finding another there means that somebody
    /// else is this run: the edits stay in the outbox, for a new log.
    [[nodiscard]] result<void> finish_pending() {
        auto pending =
            state_.inspect([](unit_type& unit) -> result<std::optional<pending_segment>> { return unit.pending(); });
        if (!pending) return std::move(pending).error();
        if (!*pending) return {};
        auto& segment = **pending;
        auto landed = put_segment(segment);
        if (!landed) return std::move(landed).error().during("commit a segment");
        return *landed ? note_committed(segment) : abandon(segment);
    }

private:
    using form = segment_form<typename State::traits_type, State::cipher_type::sealing>;

    static constexpr int extra_rounds_max = 8;
    static constexpr int commit_attempts_max = 3; ///< of one segment whose put got no answer

    struct waiting_edit {
        std::uint64_t place = 0;
        outbox_row row;
    };
    struct ready_edit {
        waiting_edit from;
        change what; ///< as uploaded, with size and digest of what is stored
    };

    // Collecting.

    /// Never cuts an `update` in two: other devices see all of it or nothing. Its edits may have others between them,
    /// if one was edited again.
    [[nodiscard]] result<std::vector<waiting_edit>> collect() {
        return state_.inspect([&](unit_type& unit) -> result<std::vector<waiting_edit>> {
            std::vector<waiting_edit> edits;
            std::set<std::uint64_t> groups;
            const auto joined = unit.state().outbox_joined;
            unit.each_outbox(0, [&](std::uint64_t place, const outbox_row& row) {
                if (kept_back_.contains(row.group)) return true;
                const bool full = edits.size() >= changes_at_once_;
                if (full && !groups.contains(row.group)) return place < joined;
                edits.push_back({place, row});
                groups.insert(row.group);
                return true;
            });
            // A group that began when there was room for it may be too large for what was left of it.
            while (groups.size() > 1 && edits.size() > state_.settings.manifest.changes_max) {
                const auto last = *groups.rbegin();
                std::erase_if(edits, [&](const waiting_edit& one) { return one.row.group == last; });
                groups.erase(last);
            }
            return edits;
        });
    }

    // Uploading.

    /// While one slice is put, the next is sealed. In the order of the objects, of which a replica has each
    /// collection's side by side: in that of the edits a database would read a page for each.
    [[nodiscard]] result<std::vector<ready_edit>> upload(std::vector<waiting_edit> edits) {
        std::stable_sort(edits.begin(), edits.end(),
                         [](const auto& a, const auto& b) { return a.row.object < b.row.object; });
        std::vector<ready_edit> ready;
        ready.reserve(edits.size());
        if (auto done = upload_attachments(edits, ready); !done) return std::move(done).error();
        for (auto next = seal_slice(edits, 0); true;) {
            if (!next) return std::move(next).error();
            auto now = *std::move(next);
            const bool last = now.end == edits.size();
            result<void> put;
            state_.run_parts(last ? 1 : 2, [&](std::size_t part) {
                if (part == 0) {
                    put = put_slice(now);
                } else {
                    next = seal_slice(edits, now.end);
                }
            });
            if (!put) return std::move(put).error();
            for (auto& one : now.ready) ready.push_back(std::move(one));
            if (last) return ready;
        }
    }

    [[nodiscard]] result<void> upload_attachments(const std::vector<waiting_edit>& edits,
                                                  std::vector<ready_edit>& ready) {
        std::set<object_ref> wanted;
        for (const auto& one : edits) {
            if (one.row.object.type == change_type::attachment) wanted.insert(one.row.object);
        }
        if (wanted.empty()) return {};
        auto outcomes = attachments_.upload(wanted);
        if (!outcomes) return std::move(outcomes).error();
        for (const auto& one : edits) {
            const auto outcome = outcomes->find(one.row.object);
            if (outcome == outcomes->end()) continue;
            auto done =
                outcome->second ? make_ready(one, *outcome->second, ready) : keep_back(one, outcome->second.error());
            if (!done) return done;
        }
        show_progress(wanted.size());
        return {};
    }

    [[nodiscard]] result<void> make_ready(const waiting_edit& one,
                                          const typename attachment_uploader<State>::uploaded& stored,
                                          std::vector<ready_edit>& ready) {
        return state_.inspect([&](unit_type& unit) -> result<void> {
            auto object = unit.object(one.row.object);
            const auto version = object.siblings.find(one.row.edit);
            if (version == nullptr)
                return failure{errc::replica_corrupt, one.row.object.id.text(), "an attachment lost its edit"};
            ready.push_back({one, version->what});
            ready.back().what.size = stored.size;
            ready.back().what.stored = stored.stored;
            return {};
        });
    }

    /// Without its source an attachment cannot be pushed, nor what was edited together with it. If its bytes are no
    /// more, and no edit that waits lists it, it is forgotten; a file that only cannot be read may come back.
    [[nodiscard]] result<void> keep_back(const waiting_edit& one, const failure& why) {
        lost_sources_.insert(one.row.object);
        kept_back_.insert(one.row.group);
        return state_.transact([&](unit_type& unit) -> result<void> {
            bool listed = why != errc::source_changed && why != errc::not_found;
            if (listed) return ++kept_back_count_, result<void>{};
            unit.each_outbox(0, [&](std::uint64_t place, const outbox_row& row) {
                if (row.object.type != change_type::record || row.object.collection != one.row.object.collection) {
                    return true;
                }
                auto object = unit.object(row.object);
                const auto version = object.siblings.find(row.edit);
                listed = version != nullptr && version->pending == place && lists(version->what, one.row.object.id);
                return !listed;
            });
            if (listed) return ++kept_back_count_, result<void>{};
            auto object = unit.object(one.row.object);
            auto& versions = object.siblings.versions();
            std::erase_if(versions, [&](const auto& v) { return v.what.edit == one.row.edit; });
            unit.store_object(one.row.object, object, false);
            unit.erase_outbox(one.place);
            unit.erase_source(one.row.object);
            return {};
        });
    }
    [[nodiscard]] static bool lists(const change& c, const object_id& attachment) {
        return std::binary_search(c.attachments.begin(), c.attachments.end(), attachment);
    }

    struct blob {
        object_key key;
        bytes sealed;
    };
    struct loaded_edit {
        waiting_edit from;
        change what;
        std::string name;
        bytes content;
    };

    struct slice {
        std::size_t end = 0; ///< the edit after it
        std::vector<ready_edit> ready;
        std::vector<blob> blobs;
    };

    /// As many contents as fit into one batch. Takes these edits.
    [[nodiscard]] result<slice> seal_slice(std::vector<waiting_edit>& edits, std::size_t from) {
        std::vector<loaded_edit> loaded;
        const auto end = load_slice(edits, from, loaded);
        if (!end) return end.error();
        slice made{*end, {}, {}};
        made.ready.reserve(loaded.size());
        made.blobs.reserve(loaded.size());
        for (auto& one : loaded) {
            if (one.what.action != change_action::erase) {
                auto sealed = seal(one);
                if (!sealed) return std::move(sealed).error();
                one.content = {};
                made.blobs.push_back(*std::move(sealed));
            }
            made.ready.push_back({std::move(one.from), std::move(one.what)});
        }
        return made;
    }

    [[nodiscard]] result<void> put_slice(slice& made) {
        const auto blobs = std::exchange(made.blobs, {});
        if (!State::traits_type::rules.blobs_before_segment) {
            late_.insert(late_.end(), blobs.begin(), blobs.end());
            return {};
        }
        if (auto put = put_blobs(blobs); !put) return put;
        show_progress(made.ready.size());
        return {};
    }

    [[nodiscard]] result<std::size_t> load_slice(std::vector<waiting_edit>& edits, std::size_t from,
                                                 std::vector<loaded_edit>& loaded) {
        loaded.reserve((std::min)(edits.size() - from, state_.settings.batch_objects_max));
        return state_.inspect([&](unit_type& unit) -> result<std::size_t> {
            const auto held_max = state_.settings.batch_bytes_max / (state_.width() > 1 ? 2 : 1);
            std::size_t held = 0, i = from;
            for (; i < edits.size() && loaded.size() < state_.settings.batch_objects_max; ++i) {
                if (held > held_max) break;
                auto& one = edits[i];
                if (one.row.object.type == change_type::attachment) continue;
                auto object = unit.object(one.row.object);
                auto* const version = object.siblings.find(one.row.edit);
                if (version == nullptr || version->pending != one.place) {
                    if (!unit.in_outbox(one.place)) {
                        overtaken_.insert(one.row.group);
                        continue;
                    }
                    return failure{errc::replica_corrupt, object.name, "an edit in the outbox has lost its version"};
                }
                if (relies_on_lost_source(version->what)) {
                    if (kept_back_.insert(one.row.group).second) ++kept_back_count_;
                    continue;
                }
                bytes content;
                if (!version->erased()) {
                    auto found = unit.content(one.row.object, *version);
                    if (!found) return failure{errc::replica_corrupt, object.name, "an edit has lost its content"};
                    content = *std::move(found);
                }
                held += content.size();
                loaded.push_back(
                    {std::move(one), std::move(version->what), std::move(object.name), std::move(content)});
            }
            return i;
        });
    }
    [[nodiscard]] bool relies_on_lost_source(const change& c) const {
        return std::any_of(c.attachments.begin(), c.attachments.end(), [&](const object_id& id) {
            return lost_sources_.contains({change_type::attachment, c.collection, id});
        });
    }

    [[nodiscard]] result<blob> seal(loaded_edit& one) {
        const auto edit = one.what.edit.text();
        const auto collection = collection_name(one.what.collection);
        if (!collection) return collection.error();
        const auto plain = encode(payload{*collection, one.name, one.content});
        blob out;
        if (auto done = state_.sync_cipher.seal(state_.context_of(one.what, edit), plain, out.sealed); !done) {
            return std::move(done).error().during("seal a record");
        }
        one.what.size = out.sealed.size();
        one.what.stored = state_.sync_cipher.digest(out.sealed);
        out.key = state_.key_of(one.what);
        return out;
    }

    [[nodiscard]] result<std::string_view> collection_name(const collection_id& id) {
        const auto known = collection_names_.find(id);
        if (known != collection_names_.end()) return std::string_view{known->second};
        auto name = state_.inspect(
            [&](unit_type& unit) -> result<std::string> { return unit.fact_text("collection/" + id.text()); });
        if (!name) return std::move(name).error();
        return std::string_view{collection_names_.emplace(id, *std::move(name)).first->second};
    }

    [[nodiscard]] result<void> put_blobs(const std::vector<blob>& blobs) {
        if (blobs.empty()) return {};
        std::vector<put_op> ops;
        ops.reserve(blobs.size());
        for (const auto& one : blobs) ops.push_back({one.key, one.sealed});
        std::optional<failure> broken;
        std::size_t landed = 0;
        auto done = state_.store.put(
            ops,
            [&](std::size_t, result<put_reply> reply) {
                if (reply) {
                    ++landed;
                } else if (!broken) {
                    broken = std::move(reply).error();
                }
            },
            call_);
        if (broken) return broken->during("upload records");
        if (!done) return std::move(done).error().during("upload records");
        if (landed != ops.size())
            return failure{errc::outcome_unknown, ops.front().key.text(), "not every put was answered"};
        return {};
    }

    // Committing.

    /// False if nothing is left to commit.
    [[nodiscard]] result<bool> seal_segment(std::vector<ready_edit> ready) {
        if (auto begun = begin_log(); !begun) return std::move(begun).error();
        return state_.transact([&](unit_type& unit) -> result<bool> {
            drop_broken_groups(ready);
            if (ready.empty()) return false;
            pending_segment pending{state_.device, state_.log->id, state_.log->seq + 1, {}, {}};
            auto manifest = write(unit, std::move(ready), pending);
            if (!manifest) return std::move(manifest).error().during("write a segment");
            const auto log = pending.log.hex(), seq = std::to_string(pending.seq);
            const sealing_context context{object_kind::segment, state_.vault, {}, log, seq};
            if (auto done = state_.sync_cipher.seal(context, *manifest, pending.stored); !done) {
                return std::move(done).error();
            }
            manifest = bytes{}; // a large segment is held often enough
            unit.store_pending(pending);
            return true;
        });
    }

    [[nodiscard]] result<bytes> write(unit_type& unit, std::vector<ready_edit> ready, pending_segment& pending) {
        const auto contents = describe(unit, std::move(ready), pending);
        if (!unit.status()) return unit.status().error();
        return form::write(contents, state_.settings.manifest);
    }

    /// Each run that pushes begins a log of its own: continuing another run's would let a restored replica write
    /// into a slot that is taken.
    [[nodiscard]] result<void> begin_log() {
        if (state_.log) return {};
        typename State::own_log fresh;
        if (auto random = state_.sync_cipher.random(fresh.id.value); !random) return random;
        state_.log = std::move(fresh);
        return {};
    }

    /// An edit that was replaced before it could be uploaded is left to its successor, with all that must go with it.
    /// One that was replaced since is committed as it was: its successor knows it, and may be replaced in turn.
    void drop_broken_groups(std::vector<ready_edit>& ready) {
        auto broken = kept_back_;
        broken.merge(std::exchange(overtaken_, {}));
        std::erase_if(ready, [&](const ready_edit& one) { return broken.contains(one.from.row.group); });
        const auto before = [](const auto& a, const auto& b) { return a.from.place < b.from.place; };
        if (!std::is_sorted(ready.begin(), ready.end(), before)) std::sort(ready.begin(), ready.end(), before);
    }

    [[nodiscard]] segment describe(unit_type& unit, std::vector<ready_edit> ready, pending_segment& pending) {
        hybrid_clock clock{unit.state().last};
        segment s;
        s.vault = state_.vault;
        s.scope = state_.keys.root();
        s.device = state_.device;
        s.log = pending.log;
        s.version = pending.seq;
        s.previous = state_.log->last;
        if (pending.seq == 1) s.device_name = state_.device_name;
        s.last_updated = clock.tick(state_.clock.now());
        unit.state().last = clock.last();
        s.seen = newly_seen();
        s.changes.reserve(ready.size());
        pending.items.reserve(ready.size());
        for (auto& one : ready) {
            pending.items.push_back(
                {one.from.place, std::move(one.from.row.object), one.from.row.edit, one.what.size, one.what.stored});
            s.changes.push_back(std::move(one.what));
        }
        return s;
    }

    /// What has been merged since this log's previous segment; its first says everything. The cursors are those of
    /// this sync: nothing else moves them.
    [[nodiscard]] std::vector<log_position> newly_seen() const {
        std::vector<log_position> seen;
        for (const auto& [log, cursor] : cursors_) {
            if (log == state_.log->id) continue;
            const auto told = state_.log->told.find(log);
            if (told == state_.log->told.end() || told->second < cursor.seq) seen.push_back({log, cursor.seq});
        }
        return seen;
    }

    /// Whether the slot holds this segment now; false: it holds another. A put of which nobody knows whether it landed
    /// (a kept connection was closed while it was sent) and which is not there is made again: whichever lands first,
    /// the slot has the same bytes, and who comes too late finds them.
    [[nodiscard]] result<bool> put_segment(const pending_segment& segment) {
        const auto key = state_.keys.segment(segment.device, segment.log, segment.seq);
        for (int attempt = 1; true; ++attempt) {
            auto put = put_once(key, segment.stored);
            if (put) return true;
            const auto code = put.error().code();
            if (code != errc::precondition_failed && code != errc::already_exists && code != errc::outcome_unknown) {
                return std::move(put).error();
            }
            get_op look{key};
            look.size_max = state_.settings.sealed_manifest_bytes_max();
            auto there = state_.store.get_one(look, call_);
            if (there) return bytes_view{there->body} == bytes_view{segment.stored};
            if (there.error() != errc::not_found) return std::move(there).error();
            if (code != errc::outcome_unknown || attempt == commit_attempts_max) return std::move(put).error();
        }
    }

    [[nodiscard]] result<put_reply> put_once(const object_key& key, bytes_view body) {
        put_op op{key, body};
        const auto writes = state_.capabilities->writes;
        if (writes == conditional_writes::full || writes == conditional_writes::create_only) {
            op.condition = write_condition::if_absent;
        }
        return state_.store.put_one(op, call_);
    }

    [[nodiscard]] result<void> note_committed(pending_segment& segment) {
        const cursor_row cursor{segment.device, segment.seq, state_.sync_cipher.digest(segment.stored)};
        auto noted = state_.transact([&](unit_type& unit) -> result<void> {
            for (const auto& item : segment.items) unit.erase_outbox(item.outbox);
            std::stable_sort(segment.items.begin(), segment.items.end(),
                             [](const auto& a, const auto& b) { return a.object < b.object; });
            for (const auto& item : segment.items) note_committed(unit, item);
            unit.store_cursor(segment.log, cursor);
            unit.erase_pending();
            return {};
        });
        if (!noted) return noted;
        cursors_[segment.log] = cursor;
        report_.pushed += segment.items.size();
        if (!state_.log || state_.log->id != segment.log) return {};
        state_.log->seq = segment.seq;
        state_.log->last = cursor.stored;
        for (const auto& [log, known] : cursors_) state_.log->told[log] = known.seq;
        return {};
    }

    static void note_committed(unit_type& unit, const pending_segment::item& item) {
        if (item.object.type == change_type::attachment) unit.erase_source(item.object);
        auto object = unit.object(item.object);
        const auto version = object.siblings.find(item.edit);
        if (version == nullptr) return; // replaced meanwhile by an edit that knows it
        version->pending = 0;
        version->what.size = item.size;
        version->what.stored = item.stored;
        unit.store_object(item.object, object, object.siblings.live());
    }

    [[nodiscard]] result<void> abandon(const pending_segment& segment) {
        if (state_.log && state_.log->id == segment.log) state_.log.reset();
        report_.refusals.push_back(failure{errc::forked,
                                           state_.keys.segment(segment.device, segment.log, segment.seq).text(),
                                           "another segment is in this device's slot; its edits go into a new log"});
        return state_.transact([](unit_type& unit) { return unit.erase_pending(), result<void>{}; });
    }

    [[nodiscard]] result<void> put_late() {
        auto put = put_blobs(late_);
        late_.clear();
        return put;
    }

    void show_progress(std::uint64_t count) {
        progress_.done += count;
        progress_.bytes = state_.store.read().sent + state_.store.read().received;
        if (options_.observer) options_.observer(progress_);
    }

    State& state_;
    cursor_map& cursors_;
    const sync_options& options_;
    const call_context& call_;
    sync_report& report_;
    attachment_uploader<State> attachments_;
    std::size_t changes_at_once_ = state_.settings.changes_per_segment_max;
    std::set<std::uint64_t> kept_back_; ///< groups
    std::set<std::uint64_t> overtaken_; ///< groups with an edit that was replaced before it could be uploaded
    std::set<object_ref> lost_sources_;
    std::uint64_t kept_back_count_ = 0;
    std::map<collection_id, std::string> collection_names_;
    std::vector<blob> late_; ///< only if the rule `blobs_before_segment` is off
    sync_progress progress_;
};

}}} // namespace sealsync::detail

#endif
