#ifndef SEALSYNC_MERGE_MERGE_VIEWS_HPP
#define SEALSYNC_MERGE_MERGE_VIEWS_HPP

#include "object_shard.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A version that a merger holds. Valid until the merger is fed.
class version_view {
public:
    version_view(const detail::object_shard& shard, const detail::merge_entry& entry) noexcept
        : shard_{&shard}, entry_{&entry} {}

    [[nodiscard]] std::uint64_t version() const noexcept { return entry_->version(); }
    [[nodiscard]] stamp timestamp() const noexcept { return {entry_->timestamp}; }
    [[nodiscard]] std::string_view device() const noexcept { return shard_->texts().devices.text(entry_->device); }
    [[nodiscard]] change_action action() const noexcept { return entry_->action(); }
    [[nodiscard]] bool erased() const noexcept { return entry_->erased(); }
    /// Of a plain manifest, which has none: `dot{}`.
    [[nodiscard]] dot edit() const noexcept { return {shard_->texts().run(entry_->run), entry_->n}; }
    [[nodiscard]] std::uint64_t size() const noexcept { return entry_->size(); }
    [[nodiscard]] std::optional<digest256> stored() const noexcept {
        return entry_->has_digest() ? std::optional{digest256{entry_->stored}} : std::nullopt;
    }
    /// The whole change as its manifest said it.
    [[nodiscard]] change to_change() const { return shard_->to_change(*entry_); }

private:
    const detail::object_shard* shard_;
    const detail::merge_entry* entry_;
};

/// An object that a merger knows and its siblings. Valid until the merger is fed.
class object_view {
public:
    object_view(const detail::object_shard& shard, std::uint32_t at) noexcept : shard_{&shard}, at_{at} {}

    [[nodiscard]] change_type type() const noexcept { return object().type(); }
    [[nodiscard]] std::string_view collection() const noexcept {
        return shard_->texts().collections.text(object().collection);
    }
    /// Empty for a profile.
    [[nodiscard]] std::string id() const { return shard_->id(object()); }

    /// 0 if its versions replace each other in a circle, which no honest device writes.
    [[nodiscard]] std::size_t siblings() const noexcept {
        std::size_t count = 0;
        for_each_entry([&](const detail::merge_entry&) { ++count; });
        return count;
    }
    [[nodiscard]] bool live() const noexcept {
        bool any = false;
        for_each_entry([&](const detail::merge_entry& each) { any = any || !each.erased(); });
        return any;
    }

    /// Calls `f(version_view)`, ascending by (dot, stored digest), tombstones included. Versions of one dot are twins.
    /// Sorts them, and allocates, if there are several.
    template <class F>
    void for_each_sibling(F&& f) const {
        if (object().next == detail::no_index) return for_each_entry([&](const auto& only) { f(view(only)); });
        std::vector<const detail::merge_entry*> all;
        for_each_entry([&](const detail::merge_entry& each) { all.push_back(&each); });
        std::sort(all.begin(), all.end(), [&](const auto* left, const auto* right) {
            return detail::entry_before(*left, *right, shard_->texts());
        });
        for (const auto* each : all) f(view(*each));
    }

    /// The greatest by (timestamp, dot) of those that are not erased, or of all if all are: what last-write-wins
    /// shows. Nothing without siblings.
    [[nodiscard]] std::optional<version_view> winner() const noexcept {
        const detail::merge_entry* best = nullptr;
        for_each_entry([&](const detail::merge_entry& each) {
            if (best == nullptr || detail::wins(each, *best, shard_->texts())) best = &each;
        });
        return best == nullptr ? std::nullopt : std::optional{view(*best)};
    }

private:
    /// In the order in which the shard has them.
    template <class F>
    void for_each_entry(F&& f) const {
        if (object().marked(detail::merge_entry::is_vacant)) return;
        for (auto at = at_; at != detail::no_index; at = shard_->entry(at).next) f(shard_->entry(at));
    }
    [[nodiscard]] version_view view(const detail::merge_entry& entry) const noexcept { return {*shard_, entry}; }
    [[nodiscard]] const detail::merge_entry& object() const noexcept { return shard_->entry(at_); }

    const detail::object_shard* shard_;
    std::uint32_t at_;
};

}} // namespace sealsync

#endif
