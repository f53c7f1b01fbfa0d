#ifndef SEALSYNC_MERGE_TEXT_INDEX_HPP
#define SEALSYNC_MERGE_TEXT_INDEX_HPP

#include "merge_entry.hpp"
#include "paged_table.hpp"
#include "seeded_hash.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sealsync::inline SEALSYNC_ABI::detail {

/// A place in a table and the hash that found it.
struct indexed_slot {
    std::uint32_t hash = 0;
    std::uint32_t index = nothing;
    [[nodiscard]] bool empty() const noexcept { return index == nothing; }

    using line = std::array<indexed_slot, 8>;
    /// Which slots are of such a hash, a bit each, without a branch.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static unsigned alike(const line& slots, std::uint32_t hash) noexcept {
        return equal_words<0>(slots, hash) & ~equal_words<1>(slots, nothing);
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static std::size_t used(const line& slots) noexcept {
        return static_cast<std::size_t>(std::countr_zero(equal_words<1>(slots, nothing) | 0x100U));
    }

private:
    /// Of each slot the first or the second word. SSE2 is part of every x86-64.
    template <int Which>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static unsigned equal_words(const line& slots, std::uint32_t word) noexcept {
#if defined(__SSE2__)
        const auto wanted = _mm_set1_epi32(static_cast<int>(word));
        const auto four = [&](std::size_t i) {
            const auto* const at = reinterpret_cast<const float*>(slots.data() + i);
            constexpr int words = Which == 0 ? _MM_SHUFFLE(2, 0, 2, 0) : _MM_SHUFFLE(3, 1, 3, 1);
            const auto picked = _mm_shuffle_ps(_mm_loadu_ps(at), _mm_loadu_ps(at + 4), words);
            return _mm_cmpeq_epi32(_mm_castps_si128(picked), wanted);
        };
        const auto eight = _mm_packs_epi32(four(0), four(4));
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(eight, _mm_setzero_si128())));
#else
        unsigned equal = 0;
        for (std::size_t i = 0; i < slots.size(); ++i) {
            equal |= unsigned{(Which == 0 ? slots[i].hash : slots[i].index) == word} << i;
        }
        return equal;
#endif
    }
};

struct hash_of_indexed {
    [[nodiscard]] std::uint32_t operator()(const indexed_slot& slot) const noexcept { return slot.hash; }
};

/// Texts that come again and again (collections, devices, runs), numbered from 0 as they are met.
class text_index {
public:
    explicit text_index(const seeded_hash& hash) : hash_{&hash} {}

    /// Quickest of the text that was asked for before.
    [[nodiscard]] std::uint32_t index_of(std::string_view text) {
        if (last_ < texts_.size() && texts_[last_].text == text) return last_;
        const auto hash = hash_->of_text(text);
        const auto& slot = find(text, hash);
        if (!slot.empty()) return last_ = slot.index;
        last_ = static_cast<std::uint32_t>(texts_.size());
        texts_.push_back({std::string{text}, hash});
        slots_.insert(hash, {hash, last_});
        return last_;
    }
    /// `nothing` if it was never met.
    [[nodiscard]] std::uint32_t known(std::string_view text) const { return find(text, hash_->of_text(text)).index; }

    [[nodiscard]] std::string_view text(std::uint32_t index) const noexcept { return texts_[index].text; }
    /// The same in every index of one seed.
    [[nodiscard]] std::uint32_t hash(std::uint32_t index) const noexcept { return texts_[index].hash; }
    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

private:
    struct known_text {
        std::string text;
        std::uint32_t hash;
    };
    [[nodiscard]] const indexed_slot& find(std::string_view text, std::uint32_t hash) const {
        return slots_.find(hash, [&](const indexed_slot& slot) { return texts_[slot.index].text == text; });
    }

    const seeded_hash* hash_;
    std::vector<known_text> texts_;
    std::uint32_t last_ = 0;
    paged_table<indexed_slot, hash_of_indexed> slots_;
};

/// What a scope's manifests repeat. A run is kept as its 16 bytes.
struct repeated_texts {
    explicit repeated_texts(const seeded_hash& hash) : collections{hash}, devices{hash}, runs{hash} {}

    [[nodiscard]] std::uint32_t index_of(const run_id& run) { return runs.index_of(as_text(run.value)); }
    [[nodiscard]] run_id run(std::uint32_t index) const noexcept {
        run_id id;
        std::memcpy(id.value.data(), runs.text(index).data(), id.value.size());
        return id;
    }
    [[nodiscard]] std::size_t size() const noexcept { return collections.size() + devices.size() + runs.size(); }

    text_index collections, devices, runs;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
