#ifndef SEALSYNC_MERGE_OBJECT_SHARD_HPP
#define SEALSYNC_MERGE_OBJECT_SHARD_HPP

#include "covered_edits.hpp"
#include "entry_change.hpp"
#include "merge_counts.hpp"
#include "replaced_dots.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A version that will be merged into what is probably its object, and a sibling of that.
struct sibling_walk {
    const merge_entry* version = nullptr;
    std::uint32_t object = no_index, at = no_index;
};

/// The objects of one part of the hashes, and the merge. Shards share nothing but the texts, which they only read.
///
/// The first sibling of an object stands where the table points, with what is known of the object in its marks; others
/// follow by `next`, in no order. A version is gone if a sibling says that it replaces it, or if `replaced_dots` does,
/// which remembers that of those that are gone themselves, or if it is `covered`.
///
/// Aligned, so that no thread waits for a line in which another's shard ends.
class alignas(128) object_shard {
public:
    object_shard(const seeded_hash& hash, const repeated_texts& texts, const covered_edits& covered)
        : texts_{&texts}, covered_{&covered}, history_{hash} {}

    /// Merges a version whose numbers are those of the texts. `rest` is its block, or null, and then its own `rest` is
    /// `no_index`. This is for one whose object is mostly new, the next for one whose object `guess` says where it is.
    SEALSYNC_ALWAYS_INLINE merge_outcome merge(const merge_entry& version, std::uint32_t hash, const std::byte* rest) {
        const auto place = find_place(version, hash, rest);
        if (place.slot.empty()) [[likely]]
            return add_new(place, version, hash, rest);
        return merge_met(place.slot.index, version, rest);
    }
    SEALSYNC_ALWAYS_INLINE merge_outcome merge(const merge_entry& version, std::uint32_t hash, const std::byte* rest,
                                               std::uint32_t guessed) {
        if (!same_object(entries_[guessed], version, rest)) [[unlikely]]
            return merge_elsewhere(version, hash, rest);
        return merge_into(guessed, version, rest);
    }

    /// Drops every version that `gone(version)` says is.
    template <class Gone>
    void drop_if(Gone&& gone) {
        for_each([&](std::uint32_t at) { drop_siblings(at, gone); });
    }

    /// Brings nearer where `guess` and `merge` of this hash will look first.
    SEALSYNC_ALWAYS_INLINE void prefetch(std::uint32_t hash) const noexcept { prefetch_line(table_.first_place(hash)); }
    /// Probably where the object of such a hash is, or `no_index`, which says nothing.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint32_t guess(std::uint32_t hash) const noexcept {
        return table_.guess(hash).index;
    }
    /// Brings nearer the objects that were guessed.
    void prefetch_objects(std::span<const sibling_walk> walks) const noexcept {
        for (const auto& walk : walks) prefetch_both_lines(walk.object);
    }
    /// And when they are there what else the merges of these will look at: their siblings, and what history says of
    /// them, all a step at a time, so that they wait together. What is not reached in some steps the merges themselves
    /// wait for.
    void prefetch_siblings(std::span<sibling_walk> walks) const noexcept {
        for (const auto& walk : walks) {
            if (entries_[walk.object].marked(merge_entry::has_history)) {
                history_.prefetch(walk.object, walk.version->run, walk.version->n);
            }
        }
        for (int step = 0; step < 8 && !walks.empty(); ++step) walks = prefetch_step(walks);
    }

    [[nodiscard]] std::size_t objects() const noexcept { return table_.size(); }
    [[nodiscard]] const merge_entry& entry(std::uint32_t at) const noexcept { return entries_[at]; }
    [[nodiscard]] change to_change(const merge_entry& version) const {
        return change_of(version, rest_of(version), *texts_);
    }
    [[nodiscard]] const repeated_texts& texts() const noexcept { return *texts_; }
    [[nodiscard]] std::string id(const merge_entry& version) const { return id_of(version, rest_of(version)); }

    /// Where the object of such an entry is, or `no_index`.
    [[nodiscard]] std::uint32_t find(const merge_entry& like, std::uint32_t hash, std::string_view long_id) const {
        const auto is_it = [&](const indexed_slot& slot) { return has_id(entries_[slot.index], like, long_id); };
        return table_.find(hash, hash, is_it).slot.index;
    }

    /// Calls `f(at)` for each object, in no particular order.
    template <class F>
    void for_each(F&& f) const {
        for (std::uint32_t at = 0; at < entries_.size(); ++at) {
            if (entries_[at].marked(merge_entry::is_object)) f(at);
        }
    }
    template <class F>
    void take_changed(F&& f) {
        for (const auto at : changed_) {
            entries_[at].size_and_marks &= ~merge_entry::is_changed;
            f(at);
        }
        changed_.clear();
    }

    [[nodiscard]] std::size_t bytes_held() const noexcept {
        return entries_.bytes_held() + rests_.bytes_held() + table_.bytes_held() + history_.bytes_held() +
               changed_.capacity() * sizeof(std::uint32_t);
    }
    /// Slots looked at to find every object once: a measure of the hash.
    [[nodiscard]] std::size_t probes() const noexcept { return table_.probes(); }

private:
    [[nodiscard]] std::span<sibling_walk> prefetch_step(std::span<sibling_walk> walks) const noexcept {
        std::size_t under_way = 0;
        for (auto walk : walks) {
            const auto &version = *walk.version, &sibling = entries_[walk.at];
            // What is remembered of the one that will be gone. In vain if that replaced nothing, which a branch could
            // not foresee.
            const auto& gone = sibling.n == version.replaced_n ? sibling : version;
            history_.prefetch(walk.object, gone.replaced_run, gone.replaced_n);
            walk.at = sibling.next;
            if (walk.at == no_index) continue;
            prefetch_line(&entries_[walk.at].timestamp); // all that tells siblings' relations
            walks[under_way++] = walk;
        }
        return walks.first(under_way);
    }
    SEALSYNC_ALWAYS_INLINE void prefetch_both_lines(std::uint32_t at) const noexcept {
        prefetch_line(&entries_[at].id);
        prefetch_line(&entries_[at].timestamp);
    }
    [[nodiscard]] const std::byte* rest_of(const merge_entry& version) const noexcept {
        return version.rest == no_index ? nullptr : rests_[version.rest];
    }
    /// `rest` is that of `like`.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bool same_object(const merge_entry& object, const merge_entry& like,
                                                          const std::byte* rest) const noexcept {
        return has_id(object, like, like.form() == id_form::long_ ? rest_view{rest}.id() : std::string_view{});
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bool has_id(const merge_entry& object, const merge_entry& like,
                                                     std::string_view long_id) const noexcept {
        return same_bytes(object.id, like.id) && object.collection == like.collection && object.kind() == like.kind() &&
               (like.form() != id_form::long_ || rest_view{rest_of(object)}.id() == long_id);
    }

    using table = paged_table<indexed_bucket, hash_of_indexed>;
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE table::place find_place(const merge_entry& like, std::uint32_t hash,
                                                                 const std::byte* rest) const {
        return table_.find(hash, hash,
                           [&](const indexed_slot& slot) { return same_object(entries_[slot.index], like, rest); });
    }

    SEALSYNC_ALWAYS_INLINE void write(merge_entry& place, const merge_entry& version, const std::byte* rest,
                                      std::uint64_t marks, std::uint32_t next) {
        const auto kept = rest == nullptr ? no_index : copy_rest(rest);
        place = version;
        place.size_and_marks = version.size() | marks;
        place.next = next;
        place.rest = kept;
    }
    [[nodiscard]] SEALSYNC_NEVER_INLINE std::uint32_t copy_rest(const std::byte* rest) {
        return rests_.copy(rest, rest_view{rest}.header().bytes);
    }
    void free_rest(merge_entry& version) {
        if (version.rest == no_index) return;
        rests_.give_back(version.rest, rest_view{rests_[version.rest]}.header().bytes);
        version.rest = no_index;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE merge_outcome add_new(const table::place& place, const merge_entry& version,
                                                               std::uint32_t hash, const std::byte* rest) {
        if (covered_->contains(version)) return merge_outcome::known;
        const auto at = entries_.take();
        write(entries_[at], version, rest, merge_entry::is_object | merge_entry::is_changed, no_index);
        changed_.push_back(at);
        table_.insert_at(place, hash, {hash, at});
        return merge_outcome::added;
    }
    void mark_changed(std::uint32_t at) {
        auto& object = entries_[at];
        if (object.marked(merge_entry::is_changed)) return;
        object.size_and_marks |= merge_entry::is_changed;
        changed_.push_back(at);
    }

    // Seldom, and so apart.

    SEALSYNC_NEVER_INLINE merge_outcome merge_elsewhere(const merge_entry& version, std::uint32_t hash,
                                                        const std::byte* rest) {
        return merge(version, hash, rest);
    }
    SEALSYNC_NEVER_INLINE merge_outcome merge_met(std::uint32_t at, const merge_entry& version, const std::byte* rest) {
        return merge_into(at, version, rest);
    }

    SEALSYNC_ALWAYS_INLINE merge_outcome merge_into(std::uint32_t at, const merge_entry& version,
                                                    const std::byte* rest) {
        const auto& object = entries_[at];
        if (rest == nullptr && is_simple(object) && version.n != 0) {
            if (succeeds(at, version)) {
                succeed(at, version);
                return merge_outcome::added;
            }
            if (precedes(version, object)) {
                precede(at, version);
                return merge_outcome::known;
            }
            if (says_the_same(object, version)) return merge_outcome::known;
        }
        return merge_with_care(at, version, rest);
    }

    // The common case: one sibling, at most one dot replaced by it and by what comes.

    [[nodiscard]] static bool is_simple(const merge_entry& object) noexcept {
        return object.next == no_index && object.rest == no_index && !object.marked(merge_entry::is_vacant);
    }
    [[nodiscard]] bool succeeds(std::uint32_t at, const merge_entry& version) const {
        const auto& object = entries_[at];
        return version.replaced_n != 0 && object.n == version.replaced_n && object.run == version.replaced_run &&
               !(object.replaced_n == version.n && object.replaced_run == version.run) &&
               !covered_->contains(version) && !in_history(at, version);
    }
    /// It comes after the one that replaces it, and does not replace that.
    [[nodiscard]] static bool precedes(const merge_entry& version, const merge_entry& object) noexcept {
        return object.replaced_n == version.n && object.replaced_run == version.run &&
               !(object.n == version.replaced_n && object.run == version.replaced_run);
    }
    void precede(std::uint32_t at, const merge_entry& version) {
        if (version.replaced_n != 0) remember(at, version.replaced_run, version.replaced_n);
    }
    void succeed(std::uint32_t at, const merge_entry& version) {
        auto& object = entries_[at];
        if (object.replaced_n != 0) remember(at, object.replaced_run, object.replaced_n);
        mark_changed(at);
        write(object, version, nullptr, object.size_and_marks & merge_entry::all_marks, no_index);
    }
    void remember(std::uint32_t object, std::uint32_t run, std::uint64_t n) {
        history_.insert(object, run, n);
        entries_[object].size_and_marks |= merge_entry::has_history;
    }

    // Any case.

    SEALSYNC_NEVER_INLINE merge_outcome merge_with_care(std::uint32_t at, const merge_entry& version,
                                                        const std::byte* rest) {
        if (version.n == 0) return merge_plain(at, version, rest);
        const auto met = relate(at, version, rest);
        const bool replaced = met.replaced || in_history(at, version);
        if (met.replaces == 1 && !replaced && !met.same && !covered_->contains(version)) {
            replace(at, met.one, version, rest);
            return merge_outcome::added;
        }
        if (met.replaces > 0) for_each_replaced(version, rest, [&](const indexed_dot& dot) { drop_edit(at, dot); });
        const bool gone = replaced || (covered_->contains(version) && !(met.same && has_edit(at, version)));
        if (gone) {
            remember_replaced(at, version, rest);
            return merge_outcome::known;
        }
        if (met.same) return merge_same_edit(at, version, rest);
        insert(at, version, rest);
        return merge_outcome::added;
    }

    /// How many siblings a version replaces, one of them, and whether it is replaced by one, or has the edit of one.
    struct relation {
        std::uint32_t replaces = 0, one = no_index;
        bool replaced = false, same = false;
    };
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE relation relate(std::uint32_t at, const merge_entry& version,
                                                         const std::byte* rest) const noexcept {
        relation met;
        for (auto each = first(at); each != no_index;) {
            const auto& sibling = entries_[each];
            const bool replaced = replaces(version, rest, sibling);
            met.replaces += std::uint32_t{replaced};
            met.one = replaced ? each : met.one;
            met.replaced |= replaces(sibling, rest_of(sibling), version);
            met.same |= sibling.same_edit(version);
            each = sibling.next;
        }
        return met;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static bool replaces(const merge_entry& version, const std::byte* rest,
                                                              const merge_entry& other) noexcept {
        bool any = (version.replaced_n == other.n) & (version.replaced_run == other.run) & (other.n != 0);
        if (rest != nullptr) {
            for_each_replaced(version, rest,
                              [&](const indexed_dot& dot) { any = any || (dot.n == other.n && dot.run == other.run); });
        }
        return any;
    }
    [[nodiscard]] bool in_history(std::uint32_t at, const merge_entry& version) const {
        return entries_[at].marked(merge_entry::has_history) && history_.contains(at, version.run, version.n);
    }
    [[nodiscard]] merge_outcome merge_same_edit(std::uint32_t at, const merge_entry& version, const std::byte* rest) {
        bool twin = false;
        for (auto each = first(at); each != no_index; each = entries_[each].next) {
            if (!entries_[each].same_edit(version)) continue;
            if (entries_[each].same_content(version)) {
                merge_again(at, each, version, rest);
                return merge_outcome::known;
            }
            twin = true;
        }
        insert(at, version, rest);
        return twin ? merge_outcome::twin : merge_outcome::added;
    }

    /// Plain manifests have no dots: of an object's versions in them the greatest is its sibling, beside those that
    /// have dots.
    [[nodiscard]] merge_outcome merge_plain(std::uint32_t at, const merge_entry& version, const std::byte* rest) {
        auto newest = first(at);
        while (newest != no_index && entries_[newest].n != 0) newest = entries_[newest].next;
        if (newest == no_index) {
            insert(at, version, rest);
            return merge_outcome::added;
        }
        if (!plain_before(entries_[newest], version, *texts_)) return merge_outcome::known;
        replace(at, newest, version, rest);
        return merge_outcome::added;
    }

    /// The same edit with the same stored bytes, met before. If it says otherwise what else it is, all must agree on
    /// one: the lesser.
    void merge_again(std::uint32_t at, std::uint32_t known, const merge_entry& version, const std::byte* rest) {
        auto& kept = entries_[known];
        remember_replaced(at, version, rest);
        if (!said_before(change_of(version, rest, *texts_), to_change(kept))) return;
        remember_replaced(at, kept, rest_of(kept));
        mark_changed(at);
        free_rest(kept);
        write(kept, version, rest, kept.size_and_marks & merge_entry::all_marks, kept.next);
    }

    [[nodiscard]] std::uint32_t first(std::uint32_t at) const noexcept {
        return entries_[at].marked(merge_entry::is_vacant) ? no_index : at;
    }
    void remember_replaced(std::uint32_t at, const merge_entry& version, const std::byte* rest) {
        for_each_replaced(version, rest, [&](const indexed_dot& dot) { remember(at, dot.run, dot.n); });
    }

    [[nodiscard]] bool has_edit(std::uint32_t at, const merge_entry& version) const noexcept {
        for (auto each = first(at); each != no_index; each = entries_[each].next) {
            if (entries_[each].same_edit(version)) return true;
        }
        return false;
    }

    void drop_edit(std::uint32_t at, const indexed_dot& dot) {
        drop_siblings(at, [&](const merge_entry& sibling) { return sibling.n == dot.n && sibling.run == dot.run; });
    }
    template <class Gone>
    void drop_siblings(std::uint32_t at, Gone&& gone) {
        auto before = no_index;
        for (auto each = first(at); each != no_index;) {
            const auto& sibling = entries_[each];
            if (!gone(sibling)) {
                before = std::exchange(each, sibling.next);
                continue;
            }
            remember_replaced(at, sibling, rest_of(sibling));
            each = drop(at, before, each);
        }
    }
    /// Takes a sibling out and returns the next. The first stays where it is: the second moves there, or its place is
    /// vacant, with the id that the table leads to.
    std::uint32_t drop(std::uint32_t at, std::uint32_t before, std::uint32_t which) {
        mark_changed(at);
        auto& dropped = entries_[which];
        const auto next = dropped.next;
        if (which != at) {
            free_rest(dropped);
            entries_[before].next = next;
            entries_.give_back(which);
            return next;
        }
        if (next == no_index) {
            dropped.size_and_marks |= merge_entry::is_vacant;
            if (dropped.form() != id_form::long_) free_rest(dropped);
            return no_index;
        }
        free_rest(dropped);
        const auto marks = dropped.size_and_marks & merge_entry::all_marks;
        dropped = entries_[next];
        dropped.size_and_marks |= marks;
        entries_.give_back(next);
        return at;
    }
    void insert(std::uint32_t at, const merge_entry& version, const std::byte* rest) {
        mark_changed(at);
        auto& object = entries_[at];
        const auto marks = object.size_and_marks & (merge_entry::all_marks & ~merge_entry::is_vacant);
        if (first(at) == no_index) {
            free_rest(object);
            return write(object, version, rest, marks, no_index);
        }
        const auto place = entries_.take();
        write(entries_[place], version, rest, 0, object.next);
        object.next = place;
    }
    /// Puts a version where the sibling is that it replaces.
    void replace(std::uint32_t at, std::uint32_t which, const merge_entry& version, const std::byte* rest) {
        auto& sibling = entries_[which];
        mark_changed(at);
        remember_replaced(at, sibling, rest_of(sibling));
        free_rest(sibling);
        write(sibling, version, rest, sibling.size_and_marks & merge_entry::all_marks, sibling.next);
    }

    const repeated_texts* texts_;
    const covered_edits* covered_;
    entry_pool entries_;
    rest_pool rests_;
    table table_;
    replaced_dots history_;
    std::vector<std::uint32_t> changed_;
};

}}} // namespace sealsync::detail

#endif
