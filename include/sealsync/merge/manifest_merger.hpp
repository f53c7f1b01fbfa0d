#ifndef SEALSYNC_MERGE_MANIFEST_MERGER_HPP
#define SEALSYNC_MERGE_MANIFEST_MERGER_HPP

#include "../executor.hpp"
#include "../manifest/canonical_changes.hpp"
#include "../manifest/dot_set.hpp"
#include "../manifest/sibling_set.hpp"

#include <set>

namespace sealsync::inline SEALSYNC_ABI {

struct merge_settings {
    std::string collection_field; ///< the layout's: `family_member_id`
    manifest_limits limits{};
    std::uint64_t seed = 0;      ///< of the hash: give a random one where ids are chosen by others, or they can collide
    executor* workers = nullptr; ///< threads that may help; none: the calling thread. Must outlive the merger
};

/// What became of the changes of a manifest: `added + known + twins` is their number.
struct merge_counts {
    std::uint64_t added = 0; ///< versions not met before
    std::uint64_t known = 0; ///< met or replaced before
    std::uint64_t twins = 0; ///< of these dots another content was known: both are siblings now, and to be reported

    merge_counts& operator+=(const merge_counts& more) noexcept {
        added += more.added;
        known += more.known;
        twins += more.twins;
        return *this;
    }
    [[nodiscard]] std::uint64_t changes() const noexcept { return added + known + twins; }
    [[nodiscard]] friend bool operator==(const merge_counts&, const merge_counts&) = default;
};

/// A version that a merger holds. Valid until the merger is fed.
class version_view {
public:
    explicit version_view(const sibling_version& version) noexcept : version_{&version} {}

    [[nodiscard]] std::uint64_t version() const noexcept { return version_->what.version; }
    [[nodiscard]] stamp timestamp() const noexcept { return version_->what.timestamp; }
    [[nodiscard]] std::string_view device() const noexcept { return version_->what.device.text(); }
    [[nodiscard]] change_action action() const noexcept { return version_->what.action; }
    [[nodiscard]] bool erased() const noexcept { return version_->erased(); }
    [[nodiscard]] dot edit() const noexcept { return version_->what.edit; } ///< of a plain manifest: `dot{}`
    [[nodiscard]] std::uint64_t size() const noexcept { return version_->what.size; }
    [[nodiscard]] std::optional<digest256> stored() const noexcept { return version_->what.stored; }
    /// The whole change as its manifest said it.
    [[nodiscard]] change to_change() const { return version_->what; }

private:
    const sibling_version* version_;
};

/// An object that a merger knows and its siblings. Valid until the merger is fed.
class object_view {
public:
    explicit object_view(const sibling_set& siblings) noexcept : siblings_{&siblings} {}

    [[nodiscard]] change_type type() const noexcept { return siblings_->versions().front().what.type; }
    [[nodiscard]] std::string_view collection() const noexcept {
        return siblings_->versions().front().what.collection.text();
    }
    [[nodiscard]] std::string id() const { return siblings_->versions().front().what.id.text(); }

    /// None if its versions replace each other in a circle, which no honest device writes.
    [[nodiscard]] std::size_t siblings() const noexcept { return siblings_->versions().size(); }
    [[nodiscard]] bool live() const noexcept { return siblings_->live(); }

    /// Calls `f(version_view)`, ascending by (dot, stored digest), tombstones included.
    template <class F>
    void for_each_sibling(F&& f) const {
        for (const auto& each : siblings_->versions()) f(version_view{each});
    }

    /// The greatest by (timestamp, dot) of those that are not erased, or of all if all are: what last-write-wins
    /// shows. Nothing without siblings.
    [[nodiscard]] std::optional<version_view> winner() const noexcept {
        const sibling_version* best = nullptr;
        for (const auto& each : siblings_->versions()) {
            if (best == nullptr || beats(each, *best)) best = &each;
        }
        if (best == nullptr) return std::nullopt;
        return version_view{*best};
    }

private:
    static bool beats(const sibling_version& left, const sibling_version& right) noexcept {
        if (left.erased() != right.erased()) return right.erased();
        if (left.what.timestamp != right.what.timestamp) return left.what.timestamp > right.what.timestamp;
        return left.what.edit > right.what.edit;
    }

    const sibling_set* siblings_;
};

/// Merges manifests of any number of devices, in any order and grouping, as often as they come: the siblings of every
/// object, its winner, and what changed. Nothing is sorted; merging into a standing state costs what is new.
/// The meaning is `sibling_set`'s: versions known, less those that a known version of the same object replaces. A
/// manifest that is refused changes nothing. `Reader` says what a manifest means: see `canonical_changes`.
///
/// Not thread-safe: one thread at a time. Threads may read together while none feeds it or takes what changed.
template <class Reader = canonical_changes>
class basic_manifest_merger {
public:
    explicit basic_manifest_merger(merge_settings settings) : settings_{std::move(settings)} {}

    /// Merges a manifest. Fails as `Reader` does, and nothing is changed.
    [[nodiscard]] result<merge_counts> add(bytes_view manifest) {
        std::vector<change> changes;
        auto read = reader_.read(manifest, settings_.collection_field, settings_.limits,
                                 [&](const change_view& view) { changes.push_back(*to_change(view)); });
        if (!read) return std::move(read).error();
        merge_counts counts;
        for (auto& each : changes) merge(std::move(each), counts);
        return counts;
    }

    /// Merges several, with the threads of `workers` if there are any. Fails as `Reader` does at the first that is
    /// refused, which the failure names by its place: those before it are merged, it and those after it are not.
    [[nodiscard]] result<merge_counts> add(std::span<const bytes_view> manifests) {
        merge_counts counts;
        for (std::size_t i = 0; i < manifests.size(); ++i) {
            auto added = add(manifests[i]);
            if (!added) return added.error().during("manifest " + std::to_string(i));
            counts += *added;
        }
        return counts;
    }

    /// Merges the changes of a manifest that has been read. They must hold what `detail::check_change` asks, which
    /// every codec has seen to.
    merge_counts add(const segment& s) {
        merge_counts counts;
        for (const auto& each : s.changes) merge(each, counts);
        return counts;
    }

    /// Objects known, deleted ones included.
    [[nodiscard]] std::size_t objects() const noexcept { return objects_.size(); }

    /// `id` is empty for a profile.
    [[nodiscard]] std::optional<object_view> find(change_type type, std::string_view collection,
                                                  std::string_view id) const {
        const auto found = objects_.find(key{type, std::string{collection}, std::string{id}});
        if (found == objects_.end()) return std::nullopt;
        return object_view{found->second};
    }

    /// Calls `f(object_view)` for each object, in no particular order.
    template <class F>
    void for_each_object(F&& f) const {
        for (const auto& each : objects_) f(object_view{each.second});
    }

    /// Calls `f(object_view, version_view)` for each object that has a winner, tombstones included.
    template <class F>
    void for_each_winner(F&& f) const {
        for_each_object([&](const object_view& object) {
            if (const auto winner = object.winner()) f(object, *winner);
        });
    }

    /// Calls `f(object_view)` for each object that is new or whose siblings changed since the last call, once each.
    /// Costs what changed.
    template <class F>
    void take_changed(F&& f) {
        for (const auto* each : changed_) f(object_view{objects_.at(*each)});
        changed_.clear();
    }

private:
    using key = std::tuple<change_type, std::string, std::string>;

    void merge(change c, merge_counts& counts) {
        auto [at, fresh] = objects_.try_emplace(key{c.type, c.collection.text(), c.id.text()});
        changed_.insert(&at->first);
        sibling_version incoming;
        incoming.what = std::move(c);
        switch (at->second.merge(std::move(incoming), met_, [](sibling_version&&) {})) {
        case merge_outcome::added:
            ++counts.added;
            return;
        case merge_outcome::known:
            ++counts.known;
            return;
        case merge_outcome::twin:
            ++counts.twins;
            return;
        }
    }

    merge_settings settings_;
    Reader reader_;
    dot_set met_;
    std::map<key, sibling_set> objects_;
    std::set<const key*> changed_;
};

using manifest_merger = basic_manifest_merger<>;

} // namespace sealsync

#endif
