#ifndef SEALSYNC_SYNC_EDITOR_HPP
#define SEALSYNC_SYNC_EDITOR_HPP

#include "../manifest/validate.hpp"
#include "../record.hpp"
#include "object_update.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline version version_of(const sibling_version& v) {
    return {v.what.dot, v.what.version, v.what.timestamp, v.what.device, v.erased(), v.pending == 0};
}

/// Makes edits in one unit of work: a version with a new dot, its content and its row in the outbox, together.
template <class State>
class editor {
public:
    using unit_type = typename State::unit_type;

    editor(State& state, unit_type& unit) : state_{state}, unit_{unit} {}

    /// What an edit is made on: an object, and one of its versions or the one that is shown.
    struct target {
        object_ref ref;
        std::optional<sealsync::dot> dot;
        std::string name;
    };

    struct request {
        target on;
        std::optional<bytes_view> content; ///< nothing: erase
        put_options options{};
        attachment_info info{};
    };

    /// Nothing if there was nothing to erase.
    [[nodiscard]] result<std::optional<version>> edit(request wanted) {
        if (wanted.content && wanted.content->size() > state_.settings.record_bytes_max) {
            return failure{errc::too_large, wanted.on.name, "attach what is larger than a record may be"};
        }
        object_update<State> object{state_, unit_, wanted.on.ref};
        const auto seen = state_.present(unit_, object.ref(), object.row());
        auto edited = edited_index(object.row(), seen, wanted.on.dot);
        if (auto current = check_current(object.row(), edited, wanted); !current) return std::move(current).error();
        if (auto named = check_name(object.row(), wanted); !named) return std::move(named).error();
        if (!wanted.content && !edited) return std::optional<version>{};
        if (edited && is_unseen(object.row().siblings.versions()[*edited], wanted)) {
            if (!wanted.content) return unseen(wanted);
            if (state_.local.policy.reads_content()) edited.reset(); // what is written stands beside it
        }
        if (auto known = check_attachments(wanted); !known) return std::move(known).error();

        auto made = make_version(wanted, object.row());
        if (wanted.content && !edited) made.what.action = change_action::insert;
        if (wanted.content && edited && !wanted.options.attachments) {
            made.what.attachments = object.row().siblings.versions()[*edited].what.attachments;
        }
        replace(made, object.row(), replaced_by_edit(object.row().siblings, seen, edited));
        if (auto valid = check(made); !valid) return std::move(valid).error();
        if (auto room = check_room(made); !room) return std::move(room).error();
        return std::optional{commit(object, std::move(made), wanted)};
    }

    /// Replaces every sibling by what the conflict policy made of them, on their base or without it.
    [[nodiscard]] version write_merged(object_update<State>& object, bytes_view content, merge_kind how) {
        request wanted{{object.ref(), {}, object.row().name}, content};
        auto made = make_version(wanted, object.row());
        std::vector<dot> all;
        for (const auto& old : object.row().siblings.versions()) {
            all.push_back(old.what.dot);
            for (const auto& id : old.what.attachments) made.what.attachments.push_back(id);
        }
        replace(made, object.row(), all);
        if (pushed_form(made).replaces.size() > 1) made.what.merge = how; // twins share a dot
        return commit(object, std::move(made), wanted);
    }

    /// Another name for bytes, or the first: nothing is replaced, the names stand beside each other.
    [[nodiscard]] result<version> attach(const object_ref& ref, std::uint64_t stored_size,
                                         const attachment_info& info) {
        object_update<State> object{state_, unit_, ref};
        request wanted{{ref, {}, {}}, bytes_view{}, {}, info};
        auto made = make_version(wanted, object.row());
        made.what.action = change_action::insert;
        made.what.version = 1;
        made.what.size = stored_size;
        if (auto valid = check(made); !valid) return std::move(valid).error();
        return commit(object, std::move(made), wanted);
    }

private:
    [[nodiscard]] static std::optional<std::size_t> edited_index(const object_row& row, const presentation& seen,
                                                                 const std::optional<dot>& wanted) {
        if (!wanted) return seen.shown;
        const auto& versions = row.siblings.versions();
        for (std::size_t i = 0; i < versions.size(); ++i) {
            if (versions[i].what.dot == *wanted) return i;
        }
        return std::nullopt;
    }

    [[nodiscard]] static result<void> check_current(const object_row& row, std::optional<std::size_t> edited,
                                                    const request& wanted) {
        if (!wanted.options.if_current) return {};
        if (edited && row.siblings.versions()[*edited].what.dot == wanted.options.if_current->dot) return {};
        return failure{errc::not_current, wanted.on.name,
                       edited ? "now at version " + std::to_string(row.siblings.versions()[*edited].what.version)
                              : "now deleted"};
    }

    /// What could not be read was not seen, and is not replaced by an edit that does not name it: its author may be the
    /// only one who has it.
    [[nodiscard]] static bool is_unseen(const sibling_version& edited, const request& wanted) noexcept {
        return !edited.fetched && !wanted.on.dot && !wanted.options.if_current;
    }
    [[nodiscard]] static failure unseen(const request& wanted) {
        return failure{errc::missing_object, wanted.on.name,
                       "its content is not here; to erase it unseen use if_current"};
    }

    /// A version beside another is edited by an id of its own: nobody would ever learn the name of what is written.
    [[nodiscard]] result<void> check_name(const object_row& row, const request& wanted) {
        const auto& all = row.siblings.versions();
        const bool known = !row.name.empty() || any_of(all, [](const auto& v) { return v.fetched; });
        if (known || !wanted.content || !wanted.on.dot) return {};
        return failure{errc::missing_object, state_.derived_id(wanted.on.ref, *wanted.on.dot),
                       "no content of this record is here, nor its name: erase it, or put the record by its name"};
    }

    [[nodiscard]] result<void> check_attachments(const request& wanted) {
        if (!wanted.options.attachments) return {};
        for (const auto& id : *wanted.options.attachments) {
            const auto row = unit_.object({change_type::attachment, wanted.on.ref.collection, id});
            if (row.siblings.empty()) return failure{errc::not_found, id.text(), "attach it before a record lists it"};
        }
        return {};
    }

    [[nodiscard]] sibling_version make_version(const request& wanted, const object_row& row) {
        sibling_version fresh{};
        auto& made = fresh.what;
        made.type = wanted.on.ref.type;
        made.collection = wanted.on.ref.collection;
        made.id = wanted.on.ref.id;
        made.dot = {state_.run, ++state_.local.edits};
        hybrid_clock clock{unit_.state().last};
        made.timestamp = clock.tick(state_.local.clock.now());
        unit_.state().last = clock.last();
        made.device = state_.device;
        made.action = row.siblings.live() ? change_action::update : change_action::insert;
        if (!wanted.content) made.action = change_action::erase;
        if (wanted.options.attachments) made.attachments = *wanted.options.attachments;
        made.filename = wanted.info.filename;
        made.media_type = wanted.info.media_type;
        fresh.fetched = true;
        return fresh;
    }

    void replace(sibling_version& made, const object_row& row, std::span<const dot> replaced) {
        std::vector<dot> unsent;
        for (const auto& old : replaced) (inherit(made, row, old) ? made.what.replaces : unsent).push_back(old);
        made.what.version = (std::min)(made.what.version + 1, version_max); // a greater one nobody would take
        sort_unique(made.what.replaces);
        sort_unique(made.what.attachments);
        forget_oldest(made.unsent);
        add_all(made.unsent, unsent);
    }

    /// An edit that was never pushed leaves the outbox with its version; the new one replaces what it replaced, too,
    /// and goes to the store together with whatever that had to go with. Gives whether others may know the edit.
    [[nodiscard]] bool inherit(sibling_version& made, const object_row& row, const dot& old) {
        bool known = false;
        for (const auto& version : row.siblings.versions()) {
            if (version.what.dot != old) continue;
            made.what.version = (std::max)(made.what.version, version.what.version);
            known = known || version.pending == 0 || is_taken(version.pending);
            if (version.pending == 0) continue;
            if (const auto waiting = unit_.outbox(version.pending)) join(waiting->group);
            add_all(made.what.replaces, version.what.replaces);
            add_all(made.unsent, version.unsent);
        }
        return known;
    }

    /// Whether a push has taken the edit: others may know it, even if that push never heard that its segment landed.
    [[nodiscard]] bool is_taken(std::uint64_t place) const noexcept {
        return State::traits_type::rules.taken_is_named && state_.local.taken.contains(place);
    }

    void join(std::uint64_t group) {
        group_ = group_ == 0 || group_ == group ? group : unit_.join_groups(group_, group);
        unit_.state().outbox_joined = unit_.state().outbox_next;
    }

    /// Nobody else knows these edits, unless this replica was copied with one of them: they are named for the copy's
    /// sake. Where it has one that is named no more, that one stands beside, and nothing is lost.
    void forget_oldest(std::vector<dot>& unsent) const {
        const auto most = state_.settings.unsent_edits_named_max;
        auto over = unsent.size() - (std::min)(most, unsent.size());
        drop_if(unsent, [&](const dot&) { return over > 0 && over-- > 0; });
    }

    /// What no segment could hold must not be acknowledged: it would wait in the outbox for ever.
    [[nodiscard]] result<void> check(const sibling_version& version) const {
        const auto& limits = state_.settings.manifest;
        auto made = pushed_form(version);
        if (made.action != change_action::erase) made.stored.emplace(); // known when it is pushed
        if (made.type == change_type::attachment && made.size == 0) made.size = 1;
        if (made.replaces.size() > limits.dots_max) {
            return failure{errc::too_large, made.id.text(), "too many versions replaced; sync first"};
        }
        if (made.attachments.size() > limits.attachments_max) {
            return failure{errc::too_large, made.id.text(), std::to_string(made.attachments.size()) + " attachments"};
        }
        return check_change(made, limits);
    }

    /// What is made together goes into one segment. Its edits are counted only if their places in the outbox, which are
    /// never used twice, say that there may be too many.
    [[nodiscard]] result<void> check_room(const sibling_version& made) {
        const auto& limits = state_.settings.manifest;
        bytes_ += written_bytes(pushed_form(made));
        auto& local = unit_.state();
        const auto first = group_ == 0 ? local.outbox_next : group_;
        std::size_t together = 0;
        if (local.outbox_next - first >= limits.changes_max) {
            unit_.each_outbox(first, [&](std::uint64_t, const outbox_row& row) {
                const bool stays = !contains_sorted(made.what.replaces, row.dot) && !contains(made.unsent, row.dot);
                together += row.group == first && stays ? 1 : 0;
                return true;
            });
        }
        if (together < limits.changes_max && bytes_ <= limits.bytes_max) return {};
        return failure{errc::too_large, made.what.id.text(),
                       "over " + std::to_string(limits.changes_max) + " edits, or " + std::to_string(limits.bytes_max) +
                           " bytes of manifest, made together: make smaller updates, or sync in between"};
    }
    /// In a manifest, about.
    [[nodiscard]] static std::size_t written_bytes(const change& made) noexcept {
        std::size_t size = 400 + made.collection.text().size() + made.id.text().size() + made.device.text().size();
        for (const auto& id : made.attachments) size += id.text().size() + 3;
        return size + made.replaces.size() * 56;
    }

    [[nodiscard]] version commit(object_update<State>& object, sibling_version fresh, const request& wanted) {
        if (group_ == 0) group_ = unit_.state().outbox_next;
        fresh.pending = unit_.append_outbox({object.ref(), fresh.what.dot, group_});
        const auto summary = version_of(fresh);
        if (wanted.content && object.ref().type != change_type::attachment) {
            unit_.store_content(object.ref(), fresh, *wanted.content);
        }
        if (object.row().name.empty()) object.row().name = wanted.on.name;
        ++state_.local.revision;
        object.merge(state_, unit_, std::move(fresh));
        object.save(state_, unit_);
        if (object.is_to_be_merged()) leave_to_sync(object.ref());
        return summary;
    }

    /// An edit may agree with what it leaves beside. Other devices may not be able to merge the two: this one must.
    void leave_to_sync(const object_ref& ref) {
        state_.local.unmerged.insert(ref);
        unit_.set(facts::unmerged, 1);
    }

    State& state_;
    unit_type& unit_;
    std::uint64_t group_ = 0;
    std::size_t bytes_ = 0; ///< of a manifest, that all edits so far will take
};

/// Whether an id is of the form that names versions beside a shown one: `derived_id`.
[[nodiscard]] inline bool is_derived(std::string_view id) noexcept {
    std::array<std::byte, 16> digits;
    return id.starts_with('~') && from_hex(id.substr(1), digits);
}

/// What an application's id names: the collection's profile if it is empty; a version beside a shown one, by such a
/// version's id, or `errc::not_current` if that stands beside no more; else a record.
template <class State>
[[nodiscard]] result<typename editor<State>::target> find_target(State& state, typename State::unit_type& unit,
                                                                 const collection_id& collection, std::string_view id) {
    if (id.empty()) return typename editor<State>::target{{change_type::profile, collection, {}}, std::nullopt, {}};
    if (is_derived(id)) {
        const auto derived = unit.derived(collection, id);
        if (!derived) return failure{errc::not_current, std::string{id}, "nothing stands beside under this id"};
        return typename editor<State>::target{derived->object, derived->dot, unit.object(derived->object).name};
    }
    auto key = object_id::make(state.local.cipher.keyed_id(id_purpose::record, collection.text(), id));
    if (!key) return std::move(key).error();
    return typename editor<State>::target{
        {change_type::record, collection, *std::move(key)}, std::nullopt, std::string{id}};
}

}}} // namespace sealsync::detail

#endif
