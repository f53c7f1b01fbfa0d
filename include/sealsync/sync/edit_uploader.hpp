#ifndef SEALSYNC_SYNC_EDIT_UPLOADER_HPP
#define SEALSYNC_SYNC_EDIT_UPLOADER_HPP

#include "../detail/sorted_table.hpp"
#include "attachment_uploader.hpp"
#include "outgoing_edit.hpp"
#include "progress_meter.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Uploads what a segment will name: first the attachments, then the contents, sealed. Until the segment is committed
/// nobody knows of them.
template <class State>
class edit_uploader {
public:
    using unit_type = typename State::unit_type;

    edit_uploader(State& state, held_edits& held, const call_context& call, progress_meter& progress)
        : state_{state}, held_{held}, call_{call}, progress_{progress}, attachments_{state, call} {}

    /// Marks as ready what is in the store. Goes through the edits in the order of their objects: a replica keeps a
    /// collection's objects together, so that in the order of the edits a database would read one page per edit.
    [[nodiscard]] result<void> upload(list<outgoing_edit>& edits) {
        if (auto recalled = recall_sent(); !recalled) return recalled;
        sort_stably(edits, [](const auto& a, const auto& b) { return a.row.object < b.row.object; });
        if (auto done = upload_attachments(edits); !done) return done;
        return upload_contents(edits);
    }

    /// Uploads what the rule `blobs_before_segment` would have uploaded before the segment, if it is off.
    [[nodiscard]] result<void> put_late() {
        auto late = std::exchange(late_, {});
        return put(late);
    }

private:
    // Attachments.

    [[nodiscard]] result<void> upload_attachments(list<outgoing_edit>& edits) {
        list<object_ref> wanted;
        for (const auto& one : edits) {
            const bool is_new = wanted.empty() || wanted.back() != one.row.object;
            if (one.row.object.type == change_type::attachment && is_new) wanted.push_back(one.row.object);
        }
        if (wanted.empty()) return {};
        auto outcomes = attachments_.upload(wanted);
        if (!outcomes) return std::move(outcomes).error();
        std::size_t at = 0;
        for (auto& one : edits) {
            if (one.row.object.type != change_type::attachment) continue;
            if (wanted[at] != one.row.object) ++at;
            auto done = (*outcomes)[at].lost ? keep_back(one, *(*outcomes)[at].lost) : take(one, (*outcomes)[at]);
            if (!done) return done;
        }
        progress_.advance(wanted.size());
        return {};
    }

    [[nodiscard]] result<void> take(outgoing_edit& one, const upload_outcome& stored) {
        return state_.local.inspect([&](unit_type& unit) -> result<void> {
            auto object = unit.object(one.row.object);
            const auto version = object.siblings.find(one.row.dot);
            if (version == nullptr) {
                return failure{errc::replica_corrupt, one.row.object.id.text(), "an attachment lost its edit"};
            }
            one.what = version->what;
            one.what.size = stored.size;
            one.what.stored = stored.stored;
            one.ready = true;
            return {};
        });
    }

    /// Without its source an attachment cannot be pushed, nor what was edited together with it. If its bytes are no
    /// more, and no edit that waits lists it, it is forgotten; a file that only cannot be read may come back.
    [[nodiscard]] result<void> keep_back(const outgoing_edit& one, const failure& why) {
        held_.lost_sources.insert(one.row.object);
        held_.kept_back.insert(one.row.group);
        const bool is_gone = why == errc::source_changed || why == errc::not_found;
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            if (is_gone && !is_listed(unit, one.row.object)) {
                forget(unit, one);
            } else {
                ++held_.deferred;
            }
            return {};
        });
    }

    /// Whether an edit that waits lists the attachment.
    [[nodiscard]] static bool is_listed(unit_type& unit, const object_ref& attachment) {
        bool listed = false;
        unit.each_outbox(0, [&](std::uint64_t place, const outbox_row& row) {
            if (row.object.type != change_type::record || row.object.collection != attachment.collection) return true;
            auto object = unit.object(row.object);
            const auto version = object.siblings.find(row.dot);
            listed = version != nullptr && version->pending == place &&
                     contains_sorted(version->what.attachments, attachment.id);
            return !listed;
        });
        return listed;
    }

    static void forget(unit_type& unit, const outgoing_edit& one) {
        auto object = unit.object(one.row.object);
        drop_if(object.siblings.versions(), [&](const auto& v) { return v.what.dot == one.row.dot; });
        unit.store_object(one.row.object, object, false);
        unit.erase_outbox(one.place);
        unit.erase_source(one.row.object);
    }

    // Contents.

    using slice = std::span<outgoing_edit>;

    /// Seals one slice while the previous one uploads.
    [[nodiscard]] result<void> upload_contents(slice edits) {
        auto sealed = seal_next(edits);
        while (true) {
            if (!sealed) return keep_sent(std::move(sealed).error());
            const auto now = edits.first(*sealed);
            edits = edits.subspan(*sealed);
            result<void> put_now;
            state_.syncing.run_parts(edits.empty() ? 1 : 2, [&](std::size_t part) {
                if (part == 0) {
                    put_now = put_slice(now);
                } else {
                    sealed = seal_next(edits);
                }
            });
            if (!put_now) return keep_sent(std::move(put_now).error());
            if (edits.empty()) return {};
            if (auto kept = note_sent(); !kept) return kept;
        }
    }

    // What is in the store.

    /// What a push before this one has sent and could not commit. It sealed each content with another nonce: only its
    /// digest tells what is there.
    [[nodiscard]] result<void> recall_sent() {
        if (std::exchange(recalled_, true)) return {};
        return state_.local.inspect([&](unit_type& unit) -> result<void> {
            const auto now = now_in_ns();
            unit.each_sent([&](std::string_view, const sent_contents& row) {
                if (row.since > now || now - row.since > trusted_for) return;
                for (const auto& item : row.items) sent_.push_back(item);
            });
            sort_stably(sent_, [](const auto& left, const auto& right) { return left.outbox < right.outbox; });
            return {};
        });
    }
    [[nodiscard]] const sent_contents::item* find_sent(std::uint64_t place) const noexcept {
        const auto at = partition_place(sent_, [&](const auto& item) { return item.outbox < place; });
        return at < sent_.size() && sent_[at].outbox == place ? &sent_[at] : nullptr;
    }
    [[nodiscard]] result<void> note_sent() {
        if (fresh_.items.empty()) return {};
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            fresh_.since = now_in_ns();
            unit.store_sent(std::exchange(fresh_, {}));
            return {};
        });
    }
    /// The push has failed, and is told so; that nothing could be noted as well would only mean to send it again.
    [[nodiscard]] result<void> keep_sent(failure why) {
        (void)note_sent();
        return why;
    }
    /// The caller holds the lock of the local side.
    [[nodiscard]] std::uint64_t now_in_ns() {
        return static_cast<std::uint64_t>(state_.local.clock.now().time_since_epoch().count());
    }

    /// Loads and seals as many contents as fit into one batch; gives the number of edits that it has gone through.
    [[nodiscard]] result<std::size_t> seal_next(slice edits) {
        auto count = load(edits);
        if (!count) return count;
        for (auto& one : edits.first(*count)) {
            if (!one.ready || one.row.object.type == change_type::attachment) continue;
            if (one.what.action == change_action::erase || one.what.stored) continue;
            if (auto sealed = seal(one); !sealed) return std::move(sealed).error();
        }
        return count;
    }

    [[nodiscard]] result<std::size_t> load(slice edits) {
        const auto held_max = state_.settings.batch_bytes_max / (state_.syncing.width() > 1 ? 2 : 1);
        return state_.local.inspect([&](unit_type& unit) -> result<std::size_t> {
            std::size_t held = 0, loaded = 0, i = 0;
            for (; i < edits.size() && loaded < state_.settings.batch_objects_max && held <= held_max; ++i) {
                if (edits[i].row.object.type == change_type::attachment) continue;
                if (auto done = load(unit, edits[i]); !done) return std::move(done).error();
                held += edits[i].content.size();
                loaded += edits[i].ready ? 1 : 0;
            }
            return i;
        });
    }

    /// Leaves out what was replaced meanwhile, and what lists an attachment that cannot be read.
    [[nodiscard]] result<void> load(unit_type& unit, outgoing_edit& one) {
        auto object = unit.object(one.row.object);
        auto* const version = object.siblings.find(one.row.dot);
        if (version == nullptr || version->pending != one.place) {
            if (unit.in_outbox(one.place)) {
                return failure{errc::replica_corrupt, object.name, "an edit in the outbox has lost its version"};
            }
            held_.overtaken.insert(one.row.group);
            return {};
        }
        if (held_.relies_on_lost_source(version->what)) {
            held_.deferred += held_.kept_back.contains(one.row.group) ? 0 : 1;
            held_.kept_back.insert(one.row.group);
            return {};
        }
        const auto* sent = find_sent(one.place);
        if (!version->erased() && sent == nullptr) {
            auto found = unit.content(one.row.object, *version);
            if (!found) return failure{errc::replica_corrupt, object.name, "an edit has lost its content"};
            one.content = *std::move(found);
        }
        state_.local.taken.insert(one.place);
        one.what = pushed_form(std::move(*version));
        if (sent != nullptr) {
            one.what.size = sent->size;
            one.what.stored = sent->stored;
        }
        one.name = std::move(object.name);
        one.ready = true;
        return {};
    }

    [[nodiscard]] result<void> seal(outgoing_edit& one) {
        const auto edit = one.what.dot.text();
        const auto collection = collection_name(one.what.collection);
        if (!collection) return collection.error();
        const auto plain = encode(payload{*collection, one.name, one.content});
        bytes sealed;
        auto done = state_.syncing.cipher.seal(state_.context_of(one.what, edit), plain, sealed);
        if (!done) return std::move(done).error().during("seal a record");
        one.what.size = sealed.size();
        one.what.stored = state_.syncing.cipher.digest(sealed);
        one.content = std::move(sealed);
        return {};
    }

    [[nodiscard]] result<std::string_view> collection_name(const collection_id& id) {
        if (const auto* known = collection_names_.find(id)) return std::string_view{*known};
        auto name = state_.local.inspect(
            [&](unit_type& unit) -> result<std::string> { return unit.get(facts::collection_names, id.text()); });
        if (!name) return std::move(name).error();
        return std::string_view{collection_names_[id] = *std::move(name)};
    }

    [[nodiscard]] result<void> put_slice(slice edits) {
        std::uint64_t ready = 0;
        for (const auto& one : edits) {
            ready += one.ready && one.row.object.type != change_type::attachment ? 1 : 0;
        }
        if (!State::traits_type::rules.blobs_before_segment) {
            for (const auto& one : edits) {
                if (!one.content.empty()) late_.push_back(one);
            }
            return {};
        }
        if (auto done = put(edits); !done) return done;
        progress_.advance(ready);
        return {};
    }

    /// One PUT for each content; the contents are not needed after it.
    [[nodiscard]] result<void> put(slice edits) {
        list<put_op> ops;
        list<std::size_t> of_ops; // which edits
        ops.reserve(edits.size());
        for (std::size_t i = 0; i < edits.size(); ++i) {
            if (edits[i].content.empty()) continue;
            ops.push_back({state_.key_of(edits[i].what), edits[i].content});
            of_ops.push_back(i);
        }
        const auto stored = [&](std::size_t i) {
            const auto& one = edits[of_ops[i]];
            fresh_.items.push_back({one.place, one.what.size, *one.what.stored});
        };
        if (auto done = state_.syncing.store.put_each(ops, call_, stored); !done) {
            return std::move(done).error().during("upload records");
        }
        for (auto& one : edits) one.content = bytes{};
        return {};
    }

    /// Less than any age at which garbage is cleared away.
    static constexpr auto trusted_for =
        static_cast<std::uint64_t>(std::chrono::nanoseconds{std::chrono::hours{12}}.count());

    State& state_;
    held_edits& held_;
    const call_context& call_;
    progress_meter& progress_;
    attachment_uploader<State> attachments_;
    sorted_table<collection_id, std::string> collection_names_;
    list<sent_contents::item> sent_; ///< ascending by place in the outbox
    sent_contents fresh_;            ///< not noted in the replica yet
    bool recalled_ = false;
    list<outgoing_edit> late_; ///< only if the rule `blobs_before_segment` is off
};

}}} // namespace sealsync::detail

#endif
