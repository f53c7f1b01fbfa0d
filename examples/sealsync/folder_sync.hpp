#ifndef SEALSYNC_CLI_FOLDER_SYNC_HPP
#define SEALSYNC_CLI_FOLDER_SYNC_HPP

#include "applier.hpp"
#include "collector.hpp"

#include <set>

namespace cli {

struct folder_report {
    ss::sync_report sync{}; ///< of the last round
    apply_report applied{};
    std::uint64_t edits = 0; ///< records put or erased for what was changed in the folder
};

/// One device's folder and its vault: brings what changed in the folder into the vault, syncs it, and brings what
/// changed in the vault into the folder.
class folder_sync {
public:
    folder_sync(vault_type& vault, tree& folder, file_index& index, staging& stage, std::string device_name,
                console& out, ss::executor& workers)
        : vault_{vault},
          records_{vault.collection(collection_name)},
          folder_{folder},
          index_{index},
          stage_{stage},
          device_name_{std::move(device_name)},
          out_{out},
          workers_{workers} {}

    /// A failure leaves folder, index and replica such that a later run goes on.
    [[nodiscard]] ss::result<folder_report> run(const ss::sync_options& options) {
        auto done = sync_rounds(options);
        if (!done && changed_) {
            if (auto saved = index_.save(false); !saved) out_.complain(saved.error());
        }
        if (!done) return std::move(done).error();
        return std::move(report_);
    }

    /// Whether there is something to collect, that the last run did not find unreadable.
    [[nodiscard]] ss::result<bool> has_local_changes() {
        const auto changes = find_changes(folder_, index_, out_);
        if (!changes) return changes.error();
        const auto is_news = [&](const local_changes::changed_file& one) {
            return std::none_of(unreadable_.begin(), unreadable_.end(), [&](const auto& other) {
                return one.path == other.path && one.facts.untouched(other.facts);
            });
        };
        return !changes->gone.empty() || std::any_of(changes->changed.begin(), changes->changed.end(), is_news);
    }

private:
    static constexpr int rounds_max = 3;

    [[nodiscard]] ss::result<void> sync_rounds(const ss::sync_options& options) {
        report_ = {};
        lifted_folders::recover(folder_, folder_writer::list_of_lifted(stage_));
        changed_ = !index_.settled();
        const auto fresh = is_fresh();
        if (!fresh) return fresh.error();
        bool settled = index_.settled();
        if (auto marked = index_.unsettle(); !marked) return marked;
        if (*fresh) { // look first: files that are in both places are no edits
            if (auto synced = sync(options); !synced) return synced;
        }
        for (int round = 0; round < rounds_max && !report_.sync.stopped; ++round) {
            auto complete = one_round(options, settled);
            if (!complete) return std::move(complete).error();
            settled = *complete;
            if (settled || !report_.applied.refusals.empty() || report_.applied.lost > 0) break; // stays so for now
        }
        return changed_ ? index_.save(settled) : settled ? index_.settle() : ss::result<void>{};
    }

    /// Whether neither index nor replica knows anything. A replica that does is compared with the folder before
    /// anything is merged: what a lost index or a killed sync leaves is then found to be what was applied, and no edit,
    /// whatever the others have done with it since.
    [[nodiscard]] ss::result<bool> is_fresh() {
        if (index_.settled() || !index_.files().empty()) return false;
        const auto listed = records_.list();
        if (!listed) return listed.error();
        return listed->empty();
    }

    /// Whether folder, index and replica agree now.
    [[nodiscard]] ss::result<bool> one_round(const ss::sync_options& options, bool settled) {
        std::optional<placement> shown;
        const bool had_nothing = index_.files().empty();
        const auto revision = vault_.revision();
        if (!settled) {
            auto places = placement::of(vault_, records_, index_, out_);
            if (!places) return std::move(places).error();
            shown = *std::move(places);
        }
        auto changes = find_changes(folder_, index_, out_);
        if (!changes) return std::move(changes).error();
        changed_ = changed_ || !changes->none();
        collector collect{folder_, index_, records_, shown ? &*shown : nullptr, device_name_, out_, workers_};
        const auto edits = collect.run(*std::move(changes));
        if (!edits) return edits.error();
        report_.edits += *edits;
        unreadable_ = collect.unreadable();

        if (*edits > 0) { // no crash from here on makes anybody wonder which version a file is
            if (auto saved = index_.save(false); !saved) return std::move(saved).error();
        }
        const auto pulled = report_.sync.pulled, pushed = report_.sync.pushed;
        if (auto synced = sync(options); !synced) return std::move(synced).error();
        if (report_.sync.stopped) return false; // what is pulled can wait: what is to be pushed goes first
        if (report_.sync.deferred > 0) {
            auto found = find_sources();
            if (!found) return found;
            if (*found) return false; // another round pushes them
        }
        const bool was_equal = settled || (had_nothing && shown->all().empty() && shown->nameless() == 0);
        const bool own_edits_only = report_.sync.pulled == pulled && (*edits == 0 || every_file_has_its_own_name());
        if (was_equal && own_edits_only) return collect.complete();
        changed_ = true;
        if (vault_.revision() != revision || report_.sync.pushed != pushed) shown.reset();
        const auto all = apply(std::move(shown));
        if (!all) return all;
        return *all && collect.complete();
    }

    /// A large file is uploaded from where it was read last. Where that has been changed or removed since, another file
    /// of the same bytes may still be here: under a name that it was renamed or copied from, or moved to by a conflict.
    [[nodiscard]] ss::result<bool> find_sources() {
        bool any = false;
        for (const auto& [path, file] : index_.files()) {
            const auto id = ss::attachment_id::make(file.attachment);
            if (file.attachment.empty() || !id) continue;
            const auto waiting = records_.attachment(*id);
            if (!waiting) return waiting.error();
            const auto now = folder_.facts(path);
            if (!*waiting || (*waiting)->committed || !now || !*now || !file.facts.untouched(**now)) continue;
            any = records_.attach(ss::attachment_source::from_file(folder_.path() + "/" + path)).has_value() || any;
        }
        return any;
    }

    /// Then no edit made here shows another version of anything.
    [[nodiscard]] bool every_file_has_its_own_name() const {
        return std::all_of(index_.files().begin(), index_.files().end(),
                           [](const auto& entry) { return has_own_name(entry.first, entry.second); });
    }

    [[nodiscard]] ss::result<void> sync(ss::sync_options options) {
        const auto draw = [this](const ss::sync_progress& now) {
            out_.progress(now.phase == ss::sync_phase::pushing ? "pushing" : "pulling", now.done, now.total);
        };
        options.observer = draw;
        auto synced = vault_.sync(options);
        if (!synced) return std::move(synced).error();
        synced->pulled += report_.sync.pulled;
        synced->pushed += report_.sync.pushed;
        synced->cloned = synced->cloned || report_.sync.cloned;
        keep_refusals(synced->refusals);
        report_.sync = *std::move(synced);
        return {};
    }

    /// Some are told once only: a damaged head, which that sync wrote anew, or edits of a cloned device.
    void keep_refusals(std::vector<ss::failure>& later) {
        for (auto& why : report_.sync.refusals) {
            const auto same = [&](const ss::failure& other) {
                return other.code() == why.code() && other.object() == why.object();
            };
            if (std::none_of(later.begin(), later.end(), same)) later.push_back(std::move(why));
        }
    }

    [[nodiscard]] ss::result<bool> apply(std::optional<placement> known) {
        auto places = known ? ss::result<placement>{*std::move(known)} : placement::of(vault_, records_, index_, out_);
        if (!places) return std::move(places).error();
        if (auto done = forget_moved(*places); !done) return std::move(done).error();
        auto applied = applier{folder_, index_, records_, stage_, out_, workers_}.run(*places);
        if (!applied) return std::move(applied).error();
        report_.applied.written += applied->written;
        report_.applied.removed += applied->removed;
        report_.applied.left = applied->left;
        report_.applied.lost = applied->lost;
        report_.applied.refusals = std::move(applied->refusals);
        return report_.applied.left == 0;
    }

    /// A version that is to move to another name may be there, and not here, when a crash ends that: then an edit or a
    /// deletion of what is here by then is none of that version.
    [[nodiscard]] ss::result<void> forget_moved(const placement& places) {
        if (index_.files().empty()) return {};
        std::set<ss::dot> standing;
        for (const auto& [path, place] : places.all()) {
            if (const auto* known = index_.find(path); known == nullptr || known->dot != place.dot) {
                standing.insert(place.dot);
            }
        }
        bool any = false;
        for (auto& [path, file] : index_.files()) {
            if (file.dot == ss::dot{} || !standing.contains(file.dot)) continue;
            file.dot = {};
            any = true;
        }
        return any ? index_.save(false) : ss::result<void>{};
    }

    vault_type& vault_;
    collection_type records_;
    tree& folder_;
    file_index& index_;
    staging& stage_;
    std::string device_name_;
    console& out_;
    ss::executor& workers_;
    folder_report report_;
    std::vector<local_changes::changed_file> unreadable_; ///< in the last round
    bool changed_ = false;                                ///< the index, since it was loaded
};

} // namespace cli

#endif
