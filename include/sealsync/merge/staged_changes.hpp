#ifndef SEALSYNC_MERGE_STAGED_CHANGES_HPP
#define SEALSYNC_MERGE_STAGED_CHANGES_HPP

#include "../detail/vector_level.hpp"
#include "entry_pool.hpp"
#include "entry_rest.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The changes of manifests that have been read, and are not merged yet: a manifest that turns out to be malformed is
/// dropped from here. Its texts are numbered by the stage, so that several threads can fill stages of their own. Kept
/// and used again: nothing is allocated per change once it has grown.
class staged_changes {
public:
    explicit staged_changes(const seeded_hash& hash) : texts{hash}, hash_{&hash} {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] const merge_entry& operator[](std::size_t i) const noexcept { return entries_[i]; }
    [[nodiscard]] const std::byte* rest(const merge_entry& staged) const noexcept {
        return staged.rest == no_index ? nullptr : rests_.data() + std::size_t{staged.rest} * 16;
    }
    /// Drops all; the texts stay known, unless they are more than manifests that are refused should leave behind.
    void clear();
    /// How often it has dropped the texts: numbers that were remembered before mean nothing after.
    [[nodiscard]] std::size_t texts_dropped() const noexcept { return texts_dropped_; }
    /// Back to the first `size`.
    void drop(std::size_t size) noexcept { size_ = size; }

    /// The hash of the object that an entry is about.
    [[nodiscard]] std::uint32_t hash(std::size_t i) const noexcept { return hashes_[i]; }

    /// Learns how `shared` numbers the texts, which gets those that are new to it there.
    void share_texts(repeated_texts& shared);
    /// An entry to be merged, its texts numbered so. Once for each; threads may do so at once for different ones.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const merge_entry& shared(std::size_t i) {
        if (!same_) renumber(entries_[i]);
        return entries_[i];
    }

    /// A place for the next entry: fill it, then `keep` it with the hash of its object.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE merge_entry& next() {
        if (size_ == capacity_) grow();
        return entries_[size_];
    }
    void keep(std::uint32_t hash) noexcept { hashes_[size_++] = hash; }

    void stage(const change_view& view);
    /// What an entry has no place for, of a change that has some of that: its number.
    [[nodiscard]] SEALSYNC_NEVER_INLINE std::uint32_t put_rest(const change_view& view, bool long_id) {
        const auto begin = static_cast<std::uint32_t>(rests_.size() / 16);
        append_rest(rests_, view, long_id, texts);
        return begin;
    }

    /// What the staged entries' numbers mean.
    repeated_texts texts;
    [[nodiscard]] const seeded_hash& hash() const noexcept { return *hash_; }

    /// The hash of the object that an entry is about.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static std::uint32_t hash_of(const seeded_hash& hash, const merge_entry& entry,
                                                                      std::uint32_t collection_hash) noexcept {
        return hash.of_id(entry.id.data(), entry.kind(), collection_hash);
    }

private:
    SEALSYNC_NEVER_INLINE void grow() {
        const auto larger = (std::max)(std::size_t{1'024}, capacity_ * 2);
        auto moved = std::make_unique_for_overwrite<merge_entry[]>(larger);
        if (size_ > 0) std::memcpy(moved.get(), entries_.get(), size_ * sizeof(merge_entry));
        entries_ = std::move(moved);
        auto hashes = std::make_unique_for_overwrite<std::uint32_t[]>(larger);
        std::copy_n(hashes_.get(), size_, hashes.get());
        hashes_ = std::move(hashes);
        capacity_ = larger;
    }

    static constexpr std::size_t texts_max = 4'096;

    /// What the numbers of one kind of text are elsewhere.
    struct numbering {
        std::vector<std::uint32_t> shared;
        bool same = true; ///< as here

        void extend(const text_index& own, text_index& others) {
            for (auto i = static_cast<std::uint32_t>(shared.size()); i < own.size(); ++i) {
                shared.push_back(others.index_of(own.text(i)));
                same = same && shared.back() == i;
            }
        }
    };
    SEALSYNC_NEVER_INLINE void renumber(merge_entry& staged) {
        staged.collection = collections_.shared[staged.collection];
        staged.device = devices_.shared[staged.device];
        staged.run = runs_.shared[staged.run];
        staged.replaced_run = runs_.shared[staged.replaced_run];
        if (staged.rest != no_index) renumber_rest(staged);
    }
    void renumber_rest(const merge_entry& staged);

    const seeded_hash* hash_;
    numbering collections_, devices_, runs_;
    bool same_ = true;
    std::unique_ptr<merge_entry[]> entries_;
    std::unique_ptr<std::uint32_t[]> hashes_; ///< of the entries' objects, beside them: whose they are is seen at once
    std::size_t size_ = 0, capacity_ = 0, texts_dropped_ = 0;
    std::vector<std::byte> rests_;
};

inline void staged_changes::clear() {
    drop(0);
    rests_.clear();
    if (texts.size() <= texts_max) return;
    ++texts_dropped_;
    texts = repeated_texts{*hash_};
    collections_ = devices_ = runs_ = {};
}

inline void staged_changes::share_texts(repeated_texts& shared) {
    collections_.extend(texts.collections, shared.collections);
    devices_.extend(texts.devices, shared.devices);
    runs_.extend(texts.runs, shared.runs);
    same_ = collections_.same && devices_.same && runs_.same;
}

inline void staged_changes::renumber_rest(const merge_entry& staged) {
    auto* const block = rests_.data() + std::size_t{staged.rest} * 16;
    const rest_view view{block};
    for (std::size_t i = 0; i < view.header().dots; ++i) {
        auto dot = view.dot(i);
        dot.run = runs_.shared[dot.run];
        std::memcpy(block + sizeof(rest_header) + i * sizeof dot, &dot, sizeof dot);
    }
}

[[nodiscard]] inline id_form put_id(std::string_view id, std::array<std::byte, 32>& out) noexcept {
    if (id.size() == 64 && from_hex(id, out)) return id_form::digest;
    out = {}; // what were no hex digits may have left something
    std::copy_n(id.data(), (std::min)(id.size(), out.size()), reinterpret_cast<char*>(out.data()));
    return id.size() <= out.size() ? id_form::text : id_form::long_;
}

inline void staged_changes::stage(const change_view& view) {
    auto& entry = next();
    const auto form = put_id(view.id, entry.id);
    entry.stored = view.stored ? view.stored->value : std::array<std::byte, 32>{};
    entry.timestamp = view.timestamp.nanoseconds;
    entry.n = view.dot.n;
    entry.replaced_n = view.replaces.empty() ? 0 : view.replaces.front().n;
    entry.version_and_facts = view.version | merge_entry::facts(view.type, view.action, form, view.stored.has_value());
    entry.size_and_marks = view.size;
    entry.run = texts.index_of(view.dot.run);
    entry.replaced_run = view.replaces.empty() ? entry.run : texts.index_of(view.replaces.front().run);
    entry.collection = texts.collections.index_of(view.collection);
    entry.device = texts.devices.index_of(view.device);
    entry.rest = entry.next = no_index;
    const bool long_id = form == id_form::long_;
    if (long_id || view.replaces.size() > 1 || !view.attachments.empty() || !view.filename.empty() ||
        !view.media_type.empty() || view.packed || view.merge != merge_kind::none) {
        entry.rest = put_rest(view, long_id);
    }
    keep(hash_of(*hash_, entry, texts.collections.hash(entry.collection)));
}

}}} // namespace sealsync::detail

#endif
