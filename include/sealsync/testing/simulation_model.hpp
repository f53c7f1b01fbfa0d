#ifndef SEALSYNC_TESTING_SIMULATION_MODEL_HPP
#define SEALSYNC_TESTING_SIMULATION_MODEL_HPP

#include "../conflict/ranking.hpp"
#include "../sync/rows.hpp"

#include <map>
#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Thrown where an invariant of the protocol is found broken. Not a `std::exception`: nothing on the way may catch it.
struct simulation_violation {
    std::string what;
};

[[noreturn]] inline void violated(std::string what) { throw simulation_violation{std::move(what)}; }

/// A set of edits by their numbers.
class edit_set {
public:
    void insert(std::size_t edit) {
        if (edit / 64 >= words_.size()) words_.resize(edit / 64 + 1);
        words_[edit / 64] |= std::uint64_t{1} << (edit % 64);
    }
    void insert(const edit_set& others) {
        if (words_.size() < others.words_.size()) words_.resize(others.words_.size());
        for (std::size_t i = 0; i < others.words_.size(); ++i) words_[i] |= others.words_[i];
    }
    [[nodiscard]] bool contains(std::size_t edit) const noexcept {
        return edit / 64 < words_.size() && (words_[edit / 64] >> (edit % 64) & 1U) != 0;
    }

private:
    std::vector<std::uint64_t> words_;
};

/// What the application sees of concurrent edits: said once more, not asked of the engine.
enum class conflict_rule { last_write_wins, keep_both, merge_lines };

/// An edit as its author made it.
struct simulated_edit {
    change what;
    bytes content;
    edit_set covers; ///< what it replaced, what that had replaced, and so on: by what its author saw, not by `replaces`

    [[nodiscard]] bool erased() const noexcept { return what.action == change_action::erase; }
};

/// What a replica has been given. Copied with it when it is copied or restored.
struct replica_view {
    edit_set known;               ///< made here, or in a segment that its cursors have passed
    edit_set covered;             ///< by what is known
    std::set<std::size_t> unread; ///< of the standing versions, those whose contents the store has kept to itself
    std::map<log_id, std::uint64_t> cursors;

    [[nodiscard]] bool reflects(std::size_t edit) const noexcept {
        return known.contains(edit) || covered.contains(edit);
    }
};

/// All edits of a world. From them and from what a replica has been given follows what it must hold: a second, plain
/// statement of the merge. It knows no order of arrival, no outbox and no crash.
class simulation_model {
public:
    explicit simulation_model(conflict_rule rule) : rule_{rule} {}

    [[nodiscard]] conflict_rule rule() const noexcept { return rule_; }
    [[nodiscard]] const std::vector<simulated_edit>& edits() const noexcept { return edits_; }
    [[nodiscard]] std::optional<std::size_t> find(const dot& edit) const {
        const auto at = by_dot_.find(edit);
        return at == by_dot_.end() ? std::nullopt : std::optional{at->second};
    }

    /// The siblings of an object: what is known and not covered, ascending by dot.
    [[nodiscard]] std::vector<std::size_t> siblings(const replica_view& view, const detail::object_ref& ref) const {
        std::vector<std::size_t> all;
        const auto object = by_object_.find(ref);
        if (object == by_object_.end()) return all;
        for (const auto edit : object->second) {
            if (view.known.contains(edit) && !view.covered.contains(edit)) all.push_back(edit);
        }
        std::sort(all.begin(), all.end(), [&](auto a, auto b) { return edits_[a].what.dot < edits_[b].what.dot; });
        return all;
    }

    /// Every object of a kind that anybody has edited.
    [[nodiscard]] std::vector<detail::object_ref> objects(change_type type) const {
        std::vector<detail::object_ref> all;
        for (const auto& [ref, edits] : by_object_) {
            if (ref.type == type) all.push_back(ref);
        }
        return all;
    }

    struct presented {
        std::optional<std::size_t> shown;
        std::vector<std::size_t> beside; ///< greatest first
    };
    /// Without contents nothing can be compared: such versions come last, and none of them is absorbed.
    [[nodiscard]] presented present(const replica_view& view, const std::vector<std::size_t>& siblings) const {
        auto live = siblings;
        std::erase_if(live, [&](auto edit) { return edits_[edit].erased(); });
        const auto standing = live;
        std::erase_if(live, [&](auto edit) {
            return std::any_of(standing.begin(), standing.end(),
                               [&](auto other) { return stands_for(edits_[other].what, edits_[edit].what); });
        });
        if (live.empty()) return {};
        std::sort(live.begin(), live.end(), [&](auto a, auto b) { return later(edits_[a].what, edits_[b].what); });
        if (rule_ == conflict_rule::last_write_wins) return {live.front(), {}};
        const auto is_read = [&](auto edit) { return !view.unread.contains(edit); };
        std::stable_partition(live.begin(), live.end(), is_read);
        presented seen{live.front(), {}};
        std::set<bytes> contents{edits_[live.front()].content};
        for (auto edit = live.begin() + 1; edit != live.end(); ++edit) {
            const bool differs = !is_read(*edit) || contents.insert(edits_[*edit].content).second;
            if (differs && (!is_read(*edit) || rule_ == conflict_rule::keep_both)) seen.beside.push_back(*edit);
        }
        return seen;
    }

    /// What an edit replaces whose author saw `siblings`, and edited the version `derived` that stands beside, or
    /// what is shown: never a version that stands beside what he edited.
    [[nodiscard]] std::vector<std::size_t> replaced_by(const replica_view& view,
                                                       const std::vector<std::size_t>& siblings,
                                                       const std::optional<dot>& derived) const {
        const auto seen = present(view, siblings);
        auto replaced = siblings;
        std::erase_if(replaced, [&](auto edit) {
            if (edits_[edit].erased()) return false;
            if (derived) return edits_[edit].what.dot != *derived;
            if (rule_ != conflict_rule::last_write_wins && view.unread.contains(edit)) return true;
            return std::find(seen.beside.begin(), seen.beside.end(), edit) != seen.beside.end();
        });
        return replaced;
    }

    std::size_t add(change what, bytes content, const std::vector<std::size_t>& replaced) {
        const auto number = edits_.size();
        simulated_edit made{std::move(what), std::move(content), {}};
        for (const auto old : replaced) {
            made.covers.insert(old);
            made.covers.insert(edits_[old].covers);
        }
        by_dot_.emplace(made.what.dot, number);
        by_object_[detail::ref_of(made.what)].push_back(number);
        edits_.push_back(std::move(made));
        return number;
    }

    void deliver(replica_view& view, std::size_t edit) const {
        view.known.insert(edit);
        view.covered.insert(edits_[edit].covers);
    }

    /// For a person: the edit's number, what it says and of what.
    [[nodiscard]] std::string name(std::size_t edit) const {
        const auto& one = edits_[edit];
        const auto content = one.erased() ? std::string{"erased"} : '"' + std::string{as_text(one.content)} + '"';
        return "#" + std::to_string(edit) + " " + name(detail::ref_of(one.what)) + " = " + content;
    }
    [[nodiscard]] static std::string name(const detail::object_ref& ref) {
        switch (ref.type) {
        case change_type::profile:
            return "profile of " + ref.collection.text();
        case change_type::attachment:
            return "attachment " + ref.id.text().substr(0, 8);
        default:
            return ref.id.text();
        }
    }

private:
    /// Whether `one` is enough of two merges of the same versions.
    [[nodiscard]] static bool stands_for(const change& one, const change& other) noexcept {
        const bool both = one.merge != merge_kind::none && other.merge != merge_kind::none;
        if (!both || one.replaces != other.replaces) return false;
        return one.merge == other.merge ? one.dot > other.dot : one.merge == merge_kind::based;
    }
    [[nodiscard]] static bool later(const change& left, const change& right) noexcept {
        return left.timestamp != right.timestamp ? left.timestamp > right.timestamp : left.dot > right.dot;
    }

    conflict_rule rule_;
    std::vector<simulated_edit> edits_;
    std::map<dot, std::size_t> by_dot_;
    std::map<detail::object_ref, std::vector<std::size_t>> by_object_;
};

}}} // namespace sealsync::testing

#endif
