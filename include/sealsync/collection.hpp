#ifndef SEALSYNC_COLLECTION_HPP
#define SEALSYNC_COLLECTION_HPP

#include "sync/attachment_reader.hpp"
#include "sync/editor.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Several edits of one collection, made together: other devices see all of them or none. The first failure sticks:
/// what follows does nothing, and `update()` returns it.
template <class Traits>
class edit_batch {
    using state_type = detail::vault_state<Traits>;
    using unit_type = typename state_type::unit_type;

public:
    /// The version it made, which stands if the update does; nothing after a failure.
    std::optional<version> put(std::string_view id, bytes_view content, put_options options = {}) {
        return edit(id, content, std::move(options));
    }
    /// Nothing also if there was nothing to erase.
    std::optional<version> erase(std::string_view id, put_options options = {}) {
        return edit(id, std::nullopt, std::move(options));
    }

    edit_batch(const edit_batch&) = delete;
    edit_batch& operator=(const edit_batch&) = delete;

private:
    template <class>
    friend class basic_collection;

    edit_batch(state_type& state, unit_type& unit, const collection_id& id)
        : state_{state}, unit_{unit}, id_{id}, editor_{state, unit} {}

    std::optional<version> edit(std::string_view id, std::optional<bytes_view> content, put_options options) {
        if (!outcome_) return std::nullopt;
        auto target = target_of(id);
        if (!target) {
            if (content || target.error() != errc::not_current) outcome_ = std::move(target).error();
            return std::nullopt;
        }
        auto made = editor_.edit({*std::move(target), content, std::move(options), {}});
        if (!made) {
            outcome_ = std::move(made).error();
            return std::nullopt;
        }
        return *made;
    }

    [[nodiscard]] result<typename detail::editor<state_type>::target> target_of(std::string_view id) {
        return detail::find_target(state_, unit_, id_, id);
    }

    state_type& state_;
    unit_type& unit_;
    const collection_id& id_;
    detail::editor<state_type> editor_;
    result<void> outcome_;
};

/// The records of one collection ("emma"). A handle: cheap to copy, valid as long as its engine; every function may be
/// called from any thread, also during a sync. Reads and edits touch only the replica: no requests, no waiting for a
/// network. Everything can fail as the replica does (`errc::busy`, `io_error`, `no_space`, `replica_corrupt`).
///
/// Ids are the application's: any text, but for two forms. The empty id is the collection's profile, a record like any
/// other. `~` and 32 hexadecimal digits is the id of a version that stands beside a shown one
/// (`conflict_version::id`).
template <class Traits>
class basic_collection {
    using state_type = detail::vault_state<Traits>;
    using unit_type = typename state_type::unit_type;
    using ref_type = detail::object_ref;

public:
    using batch_type = edit_batch<Traits>;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Creates or replaces a record; durable when it returns. Replaces what is shown, and nothing that was not seen:
    /// not a version whose content is lost (but with `last_write_wins`, or by `if_current`), which then stands beside.
    /// The attachments that it lists stay, unless `options` say otherwise.
    /// Fails with `errc::too_large`, `errc::not_current` (see `if_current`; or the id is of a version beside that
    /// somebody has settled meanwhile), `errc::not_found` (an attachment that was never attached).
    [[nodiscard]] result<version> put(std::string_view id, bytes_view content, put_options options = {}) {
        std::optional<version> made;
        auto done = update([&](batch_type& batch) { made = batch.edit(id, content, std::move(options)); });
        if (!done) return std::move(done).error();
        return *std::move(made);
    }

    /// Deletes a record; false if there was none. A concurrent edit elsewhere survives it. Fails with
    /// `errc::missing_object` if the content is lost, which nobody here has seen, unless `if_current` names the
    /// version.
    [[nodiscard]] result<bool> erase(std::string_view id, put_options options = {}) {
        bool erased = false;
        auto done =
            update([&](batch_type& batch) { erased = batch.edit(id, std::nullopt, std::move(options)).has_value(); });
        if (!done) return std::move(done).error();
        return erased;
    }

    /// Makes the edits of `work(batch)` together, or none of them. `work` runs under the replica's lock: it must not
    /// call the vault. Fails as `put` does, and with `errc::too_large` if one segment could not hold them: 100,000
    /// edits (`manifest_limits::changes_max`), together with earlier updates that they edit again before a sync.
    template <std::invocable<batch_type&> Work>
    [[nodiscard]] result<void> update(Work&& work) {
        return state_->local.transact([&](unit_type& unit) -> result<void> {
            remember_name(unit);
            batch_type batch{*state_, unit, id_};
            work(batch);
            return std::move(batch.outcome_);
        });
    }

    /// Nothing if there is no such record. Also takes the id of a version beside a shown one. Fails with
    /// `errc::missing_object` while its content is lost or damaged in the store: every sync looks for it.
    [[nodiscard]] result<std::optional<record>> get(std::string_view id) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::optional<record>> {
            auto target = detail::find_target(*state_, unit, id_, id);
            if (!target && target.error() == errc::not_current) return std::optional<record>{};
            if (!target) return std::move(target).error();
            return read(unit, target->ref, target->dot, id);
        });
    }

    /// Every record that is shown, ascending by key (not by id); also one whose content is lost: `unfetched`.
    [[nodiscard]] result<std::vector<record_entry>> list() {
        return state_->local.inspect(
            [&](unit_type& unit) -> result<std::vector<record_entry>> { return entries(unit, change_type::record); });
    }

    /// The records with versions beside the shown one, first the profile if it is one of them.
    [[nodiscard]] result<std::vector<record_entry>> conflicts() {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<record_entry>> {
            auto all = entries(unit, change_type::profile);
            for (auto& entry : entries(unit, change_type::record)) all.push_back(std::move(entry));
            detail::drop_if(all, [](const record_entry& entry) { return entry.conflicts.empty(); });
            return all;
        });
    }

    /// The edits of records that wait for a sync, deletions too, in the order they were made.
    [[nodiscard]] result<std::vector<pending_edit>> pending() {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<pending_edit>> {
            std::vector<pending_edit> all;
            unit.each_outbox(0, [&](std::uint64_t, const detail::outbox_row& waiting) {
                if (waiting.object.type == change_type::attachment || waiting.object.collection != id_) return true;
                auto row = unit.object(waiting.object);
                const auto* made = row.siblings.find(waiting.dot);
                if (made != nullptr) all.push_back({row.name, detail::version_of(*made)});
                return true;
            });
            return all;
        });
    }

    /// Finds the records that own an object of the store, by the object's key (`failure::object()`), as far as this
    /// device knows them. The owners of an attachment are all records that list it: finding them reads every record of
    /// the collection. A profile has no owner, because it is itself what would own it: the list is empty, as it is for
    /// a key of another collection or vault, and for a text that is no key.
    [[nodiscard]] result<std::vector<std::string>> owners(std::string_view key) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<std::string>> {
            std::vector<std::string> names;
            const auto parts = state_->keys.parse(key);
            if (!parts || parts->collection != id_ || parts->kind == key_kind::profile) return names;
            if (parts->kind == key_kind::record) {
                auto row = unit.object({change_type::record, id_, parts->id});
                if (!row.name.empty()) names.push_back(std::move(row.name));
                return names;
            }
            unit.each_object(change_type::record, id_, [&](const ref_type&, const detail::object_row& row) {
                const auto& all = row.siblings.versions();
                const auto lists = [&](const sibling_version& version) {
                    return detail::contains(version.what.attachments, parts->id);
                };
                if (!row.name.empty() && detail::any_of(all, lists)) names.push_back(row.name);
                return true;
            });
            return names;
        });
    }

    /// The versions known of a record, oldest first; at most `sync_settings::history_max` that were replaced, and
    /// those that stand now.
    [[nodiscard]] result<std::vector<version>> history(std::string_view id) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<version>> {
            auto target = detail::find_target(*state_, unit, id_, id);
            std::vector<version> all;
            if (!target && target.error() == errc::not_current) return all;
            if (!target) return std::move(target).error();
            const auto row = unit.object(target->ref);
            const auto most = state_->settings.history_max; // a merging policy may keep some more
            for (auto i = row.past.size() - (std::min)(most, row.past.size()); i < row.past.size(); ++i) {
                all.push_back(detail::version_of(sibling_version{row.past[i].what}));
            }
            for (const auto& now : row.siblings.versions()) all.push_back(detail::version_of(now));
            detail::sort_stably(all, [](const version& a, const version& b) { return a.timestamp < b.timestamp; });
            return all;
        });
    }

    /// What the collection says of itself: the record with the empty id, under a key of its own.
    [[nodiscard]] result<version> put_profile(bytes_view content, put_options options = {}) {
        return put({}, content, std::move(options));
    }
    [[nodiscard]] result<bool> erase_profile(put_options options = {}) { return erase({}, std::move(options)); }
    [[nodiscard]] result<std::optional<record>> profile() { return get({}); }

    /// Makes bytes known, to be listed by records (`put_options::attachments`) and uploaded by the next sync; durable
    /// when it returns. Reads the source once, for its id. Bytes that were attached under this name before are
    /// nothing to do. Fails with `errc::io_error`, `errc::source_changed`, `errc::too_large`.
    [[nodiscard]] result<attachment_id> attach(const attachment_source& source, attachment_info info = {}) {
        auto plain = source.open();
        if (!plain) return std::move(plain).error();
        const auto size = (*plain)->size();
        if (size > state_->settings.attachment_bytes_max) {
            return failure{errc::too_large, info.filename, std::to_string(size) + " bytes"};
        }
        auto id = detail::dedupe_id(*state_, id_, **plain);
        if (!id) return std::move(id).error();
        auto noted = state_->local.transact([&](unit_type& unit) -> result<void> {
            remember_name(unit);
            return detail::note_attachment(*state_, unit, {change_type::attachment, id_, *id}, source, size, info);
        });
        if (!noted) return std::move(noted).error();
        return id;
    }

    /// What is known of an attachment; nothing if it was never attached.
    [[nodiscard]] result<std::optional<attachment_entry>> attachment(const attachment_id& id) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::optional<attachment_entry>> {
            return detail::attachment_entry_of(unit, {change_type::attachment, id_, id}, state_->local.cipher.layout());
        });
    }

    /// Streams an attachment's plaintext in order into `sink(bytes_view) -> result<void>`: from its source while it
    /// is not uploaded, else from the store with one GET per 4 MiB. A chunk is authentic when the sink gets it; only
    /// success says that the whole was. Fails with `errc::busy` during a sync, which owns the store;
    /// `errc::not_found`, `errc::source_changed`, `errc::missing_object`, `errc::tampered`, and as the sink does.
    [[nodiscard]] result<void> read_attachment(const attachment_id& id, detail::byte_sink sink,
                                               const call_context& call = {}) {
        return detail::read_attachment(*state_, {change_type::attachment, id_, id}, sink, call);
    }

private:
    template <class, class, class, class, class, class>
    friend class basic_sync_engine;

    basic_collection(state_type& state, std::string name, collection_id id)
        : state_{&state}, name_{std::move(name)}, id_{std::move(id)} {}

    void remember_name(unit_type& unit) const {
        if (!unit.has(detail::facts::collection_names, id_.text())) {
            unit.set(detail::facts::collection_names, id_.text(), name_);
        }
    }

    [[nodiscard]] result<std::optional<record>> read(unit_type& unit, const ref_type& ref,
                                                     const std::optional<dot>& wanted, std::string_view id) {
        const auto row = unit.object(ref);
        const auto seen = state_->present(unit, ref, row);
        const auto& versions = row.siblings.versions();
        auto index = seen.shown;
        for (const auto i : seen.beside) {
            if (wanted && versions[i].what.dot == *wanted) index = i;
        }
        if (!index) return std::optional<record>{};
        const auto& version = versions[*index];
        // A content that a pull has staged is here before the version counts as fetched: the row decides.
        auto content = version.fetched ? unit.content(ref, version) : std::nullopt;
        if (!content) return unfetched(version, name_of(row, id));
        record out{row.name, detail::version_of(version), *std::move(content), version.what.attachments, {}};
        if (index == seen.shown) out.conflicts = beside(ref, row, seen);
        return std::optional{std::move(out)};
    }

    [[nodiscard]] static std::string name_of(const detail::object_row& row, std::string_view asked) {
        if (!row.name.empty()) return row.name;
        return asked.empty() ? "profile" : std::string{asked};
    }
    [[nodiscard]] failure unfetched(const sibling_version& version, std::string name) const {
        const auto what = version.what.stored ? state_->key_of(version.what).text() : std::string{"its content"};
        return failure{errc::missing_object, std::move(name), what + " is lost or damaged"};
    }

    [[nodiscard]] std::vector<record_entry> entries(unit_type& unit, change_type type) {
        std::vector<record_entry> all;
        unit.each_object(type, id_, [&](const ref_type& ref, const detail::object_row& row) {
            const auto seen = state_->present(unit, ref, row);
            if (!seen.shown) return true;
            const auto& shown = row.siblings.versions()[*seen.shown];
            all.push_back(
                {row.name, detail::version_of(shown), shown.what.attachments, beside(ref, row, seen), !shown.fetched});
            return true;
        });
        return all;
    }

    [[nodiscard]] std::vector<conflict_version> beside(const ref_type& ref, const detail::object_row& row,
                                                       const detail::presentation& seen) {
        std::vector<conflict_version> all;
        for (const auto i : seen.beside) {
            const auto& version = row.siblings.versions()[i];
            all.push_back({state_->derived_id(ref, version.what.dot), detail::version_of(version)});
        }
        return all;
    }

    state_type* state_;
    std::string name_;
    collection_id id_;
};

}} // namespace sealsync

#endif
