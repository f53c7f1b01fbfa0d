#ifndef SEALSYNC_TESTING_SIMULATION_ORACLE_HPP
#define SEALSYNC_TESTING_SIMULATION_ORACLE_HPP

#include "../detail/sha256.hpp"
#include "../sync/unit_of_work.hpp"
#include "simulated_replica.hpp"
#include "simulation_model.hpp"

#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// The lines of several texts, each once, in order: a merge that does not care who merges what first.
[[nodiscard]] inline bytes union_of_lines(std::span<const bytes_view> contents) {
    std::set<std::string> lines;
    for (const auto content : contents) {
        auto text = as_text(content);
        while (!text.empty()) {
            const auto end = (std::min)(text.find('\n'), text.size());
            lines.emplace(text.substr(0, end));
            text.remove_prefix((std::min)(end + 1, text.size()));
        }
    }
    std::string merged;
    for (const auto& line : lines) merged += merged.empty() ? line : '\n' + line;
    return to_bytes(merged);
}

/// What a replica is doing when it commits.
struct simulated_intent {
    std::size_t device = 0;     ///< which device of the world, for the counts
    std::optional<dot> derived; ///< the version beside the shown one that is edited
    bool together = false;      ///< several edits in one update
    bool syncing = false;       ///< what is edited now is the conflict policy's merge
};

/// Follows every commit of every replica, and checks that what each holds is what it must hold: exactly the versions
/// that it has been given or made and that nobody who saw them has replaced. From this follow no loss, no
/// resurrection and atomicity at every moment; convergence is left for the end.
class simulation_oracle {
    using unit_type = detail::unit_of_work<memory_replica::transaction>;
    using slot = std::pair<log_id, std::uint64_t>;

public:
    /// Whether the store has this segment, in truth: asked whenever a replica believes so.
    using store_check = std::function<bool(const detail::cursor_row&, const log_id&)>;

    simulation_oracle(conflict_rule rule, store_check in_store) : model_{rule}, in_store_{std::move(in_store)} {}

    [[nodiscard]] const simulation_model& model() const noexcept { return model_; }

    struct sealed_segment {
        digest256 stored;
        std::vector<std::size_t> edits;
        std::size_t device = 0;
    };
    /// Null if nobody sealed it.
    [[nodiscard]] const sealed_segment* segment(const log_id& log, std::uint64_t seq) const {
        const auto at = segments_.find({log, seq});
        return at == segments_.end() ? nullptr : &at->second;
    }
    /// The edits of the last commit.
    [[nodiscard]] const std::vector<std::size_t>& made() const noexcept { return made_; }
    /// How often a pull left an object with several live versions.
    [[nodiscard]] std::uint64_t conflicts() const noexcept { return conflicts_; }

    /// Right after a commit. Throws `simulation_violation`.
    void committed(replica_view& view, const replica_commit& written, memory_replica rows,
                   const simulated_intent& doing) {
        unit_type unit{*rows.begin()};
        made_.clear();
        if (written.pending) note_sealed(unit, doing.device);
        std::set<detail::object_ref> touched;
        if (!written.cursors.empty()) deliver(view, unit.cursors(), touched);
        for (const auto& ref : touched) conflicts_ += has_conflict(view, ref) ? 1 : 0;
        for (const auto& key : written.objects) {
            if (auto ref = detail::object_ref::parse(key)) touched.insert(*std::move(ref));
        }
        for (const auto& ref : touched) check(view, unit, ref, doing);
        if (doing.together && made_.size() > 1) groups_.push_back(made_);
        if (!written.cursors.empty()) check_groups(view);
    }

    /// Everything of a replica, once more.
    void check_all(const replica_view& view, memory_replica rows) const {
        unit_type unit{*rows.begin()};
        std::set<detail::object_ref> refs;
        for (const auto& one : model_.edits()) refs.insert(detail::ref_of(one.what));
        for (const auto& ref : refs) compare(view, unit, ref, unit.object(ref));
    }

private:
    [[nodiscard]] bool has_conflict(const replica_view& view, const detail::object_ref& ref) const {
        const auto all = model_.siblings(view, ref);
        return ref.type != change_type::attachment &&
               std::count_if(all.begin(), all.end(), [&](auto edit) { return !model_.edits()[edit].erased(); }) > 1;
    }

    void note_sealed(unit_type& unit, std::size_t device) {
        const auto pending = unit.pending();
        if (!pending) return;
        sealed_segment sealed{detail::sha256_of(pending->stored), {}, device};
        for (const auto& item : pending->items) {
            const auto edit = model_.find(item.dot);
            if (!edit) violated("a segment with an edit that nobody made: " + item.dot.text());
            sealed.edits.push_back(*edit);
        }
        const auto [at, fresh] = segments_.emplace(slot{pending->log, pending->seq}, std::move(sealed));
        if (!fresh && at->second.stored != detail::sha256_of(pending->stored)) {
            violated("two segments were sealed for one slot of log " + pending->log.hex());
        }
    }

    void deliver(replica_view& view, const std::map<log_id, detail::cursor_row>& cursors,
                 std::set<detail::object_ref>& touched) {
        for (const auto& [log, cursor] : cursors) {
            auto& last = view.cursors[log];
            if (cursor.seq < last) violated("a cursor went back in log " + log.hex());
            if (cursor.seq == last) continue;
            if (!in_store_(cursor, log)) violated("the store lacks a committed segment of log " + log.hex());
            for (; last < cursor.seq; ++last) {
                const auto* const sealed = segment(log, last + 1);
                if (sealed == nullptr) violated("merged a segment that nobody sealed, of log " + log.hex());
                for (const auto edit : sealed->edits) {
                    model_.deliver(view, edit);
                    touched.insert(detail::ref_of(model_.edits()[edit].what));
                }
            }
            if (segment(log, last)->stored != cursor.stored) violated("merged an altered segment of log " + log.hex());
        }
    }

    void check(replica_view& view, unit_type& unit, const detail::object_ref& ref, const simulated_intent& doing) {
        const auto row = unit.object(ref);
        for (const auto& version : row.siblings.versions()) {
            if (!model_.find(version.what.dot)) learn(view, unit, ref, version, doing);
        }
        compare(view, unit, ref, row);
        if (ref.type != change_type::attachment) note_unread(view, row);
    }

    void note_unread(replica_view& view, const detail::object_row& row) const {
        for (const auto& version : row.siblings.versions()) {
            const auto edit = *model_.find(version.what.dot);
            if (version.fetched || version.erased()) {
                view.unread.erase(edit);
            } else {
                view.unread.insert(edit);
            }
        }
    }

    /// An edit that was just made here.
    void learn(replica_view& view, unit_type& unit, const detail::object_ref& ref, const sibling_version& version,
               const simulated_intent& doing) {
        if (version.pending == 0) violated("a version that nobody wrote, of " + simulation_model::name(ref));
        const auto seen = model_.siblings(view, ref);
        for (const auto& old : detail::pushed_form(version).replaces) {
            const auto known = model_.find(old);
            if (!known || !view.reflects(*known)) {
                violated("an edit of " + simulation_model::name(ref) + " replaces what its author had not seen");
            }
        }
        const bool is_attachment = ref.type == change_type::attachment;
        const auto content = unit.content(ref, version).value_or(bytes{});
        if (doing.syncing) check_merge(seen, content);
        for (const auto edit : seen) { // what was merged has been read, perhaps in this very commit
            if (doing.syncing) view.unread.erase(edit);
        }
        const auto replaced =
            is_attachment ? std::vector<std::size_t>{} : model_.replaced_by(view, seen, doing.derived);
        const auto made = model_.add(detail::pushed_form(version), content, replaced);
        model_.deliver(view, made);
        made_.push_back(made);
    }

    void check_merge(const std::vector<std::size_t>& seen, const bytes& content) const {
        std::vector<bytes_view> contents;
        for (const auto edit : seen) {
            if (!model_.edits()[edit].erased()) contents.push_back(model_.edits()[edit].content);
        }
        if (model_.rule() != conflict_rule::merge_lines || contents.size() < 2 || content != union_of_lines(contents)) {
            violated("a sync wrote \"" + std::string{as_text(content)} + "\" over " + names(seen));
        }
    }

    void compare(const replica_view& view, unit_type& unit, const detail::object_ref& ref,
                 const detail::object_row& row) const {
        const auto& versions = row.siblings.versions();
        const auto expected = model_.siblings(view, ref);
        bool equal = versions.size() == expected.size();
        for (std::size_t i = 0; equal && i < expected.size(); ++i) {
            equal = model_.edits()[expected[i]].what.dot == versions[i].what.dot;
        }
        if (!equal) violated(simulation_model::name(ref) + " is " + names(versions) + ", must be " + names(expected));
        for (std::size_t i = 0; i < expected.size(); ++i) compare(unit, ref, versions[i], expected[i]);
    }

    void compare(unit_type& unit, const detail::object_ref& ref, const sibling_version& version,
                 std::size_t expected) const {
        const auto& edit = model_.edits()[expected];
        auto what = edit.what; // size and digest of the sealed form are known only at the push
        what.size = version.what.size;
        what.stored = version.what.stored;
        const auto pushed = detail::pushed_form(version).replaces; // before its push it may come to name more
        if (!std::includes(pushed.begin(), pushed.end(), what.replaces.begin(), what.replaces.end())) {
            violated(model_.name(expected) + " replaces less than it did");
        }
        what.replaces = version.what.replaces;
        if (what != version.what) violated(model_.name(expected) + " is not described as its author did");
        if (version.erased() || !version.fetched || ref.type == change_type::attachment) return;
        const auto content = unit.content(ref, version);
        if (!content) violated(model_.name(expected) + " has lost its content");
        if (*content != edit.content) violated(model_.name(expected) + " reads as another content");
    }

    /// Several edits made together are seen together.
    void check_groups(const replica_view& view) const {
        for (const auto& group : groups_) {
            const auto reflected = [&](std::size_t edit) { return view.reflects(edit); };
            const bool all = std::all_of(group.begin(), group.end(), reflected);
            if (all || std::none_of(group.begin(), group.end(), reflected)) continue;
            std::string text = "half of an update is seen:";
            for (const auto edit : group) text += (reflected(edit) ? " with " : " without ") + model_.name(edit) + ";";
            violated(std::move(text));
        }
    }

    [[nodiscard]] std::string names(const std::vector<std::size_t>& edits) const {
        std::string text;
        for (const auto edit : edits) text += (text.empty() ? "" : " | ") + model_.name(edit);
        return "{" + text + "}";
    }
    [[nodiscard]] std::string names(const std::vector<sibling_version>& versions) const {
        std::string text;
        for (const auto& version : versions) {
            const auto edit = model_.find(version.what.dot);
            text += (text.empty() ? "" : " | ") + (edit ? model_.name(*edit) : version.what.dot.text());
        }
        return "{" + text + "}";
    }

    simulation_model model_;
    store_check in_store_;
    std::map<slot, sealed_segment> segments_;
    std::vector<std::vector<std::size_t>> groups_;
    std::vector<std::size_t> made_;
    std::uint64_t conflicts_ = 0;
};

}}} // namespace sealsync::testing

#endif
