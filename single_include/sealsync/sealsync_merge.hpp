// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_MERGE_HPP
#define SEALSYNC_SINGLE_SEALSYNC_MERGE_HPP

#include "sealsync.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#ifndef SEALSYNC_DETAIL_VECTOR_LEVEL_HPP
#define SEALSYNC_DETAIL_VECTOR_LEVEL_HPP

/// Functions for a processor that need not be there are compiled by an attribute, and chosen when the program runs:
/// the user gives no flags. Everything here leaves the meaning as it is.
#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define SEALSYNC_SCAN_X86 1
#define SEALSYNC_TARGET(level) __attribute__((target(level)))
#endif
#if (defined(__GNUC__) || defined(__clang__)) && defined(__aarch64__)
#define SEALSYNC_SCAN_NEON 1
#endif

/// For what must become part of a function of another target, or must not; and for a function that everything it calls
/// must become part of.
#if defined(__GNUC__) || defined(__clang__)
#define SEALSYNC_INLINES_ALL __attribute__((flatten))
#define SEALSYNC_ALWAYS_INLINE __attribute__((always_inline)) inline
#define SEALSYNC_NEVER_INLINE __attribute__((noinline))
#else
#define SEALSYNC_INLINES_ALL
#define SEALSYNC_ALWAYS_INLINE inline
#define SEALSYNC_NEVER_INLINE
#endif

namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

/// `value`, which is mostly what it was the last time: a processor foresees that branch, and what follows does not wait
/// for the value.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::size_t foreseen(std::size_t value, std::size_t& usual) noexcept {
    std::size_t same = usual;
#if defined(__GNUC__) || defined(__clang__)
    asm("" : "+r"(same)); // else the compiler would know that it is the value, and wait for that
#endif
    if (value == usual) [[likely]]
        return same;
    usual = value;
    return value;
}

} // namespace detail

/// Which instructions a scan uses. The value and the acceptance are the same with each.
enum class vector_level : std::uint8_t { portable, neon, avx2, avx512 };

/// Whether this build and this processor have them. Asks the processor: hold the answer.
[[nodiscard]] inline bool has_level(vector_level level) noexcept {
    switch (level) {
    case vector_level::portable:
        return true;
    case vector_level::neon:
#if defined(SEALSYNC_SCAN_NEON)
        return true;
#else
        return false;
#endif
    case vector_level::avx2:
#if defined(SEALSYNC_SCAN_X86)
        return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
               __builtin_cpu_supports("bmi2") != 0;
#else
        return false;
#endif
    case vector_level::avx512:
#if defined(SEALSYNC_SCAN_X86)
        return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
               __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vbmi") != 0 &&
               has_level(vector_level::avx2);
#else
        return false;
#endif
    }
    return false;
}

[[nodiscard]] inline vector_level best_level() noexcept {
    for (const auto level : {vector_level::avx512, vector_level::avx2, vector_level::neon}) {
        if (has_level(level)) return level;
    }
    return vector_level::portable;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_DETAIL_PREFETCH_HPP
#define SEALSYNC_DETAIL_PREFETCH_HPP

/// Asking for memory before it is needed. Whatever the address, nothing else happens.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Inlined even where nothing else is: a call of it would be optimised away, as it seems to have no effect.
SEALSYNC_ALWAYS_INLINE void prefetch_line(const void* at) noexcept {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at);
#else
    static_cast<void>(at);
#endif
}

/// The same for a line that will be overwritten.
SEALSYNC_ALWAYS_INLINE void prefetch_line_to_write(void* at) noexcept {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at, 1);
#else
    static_cast<void>(at);
#endif
}

/// Of a text that is read to its end, what will be read in a while, as many bytes as are read now. Processors foresee
/// that themselves, but not all of them soon enough: a scan from memory then waits at many lines.
template <std::size_t Bytes>
SEALSYNC_ALWAYS_INLINE void prefetch_text(const void* at) noexcept {
    constexpr std::uintptr_t ahead = 4'096, line = 64;
    const auto begin = reinterpret_cast<std::uintptr_t>(at) + ahead;
    for (std::uintptr_t i = 0; i < Bytes; i += line) prefetch_line(reinterpret_cast<const void*>(begin + i));
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_MERGE_ENTRY_HPP
#define SEALSYNC_MERGE_MERGE_ENTRY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Four words, because a compiler compares arrays of bytes one by one.
[[nodiscard]] inline bool same_bytes(const std::array<std::byte, 32>& left,
                                     const std::array<std::byte, 32>& right) noexcept {
    std::array<std::uint64_t, 4> a, b;
    std::memcpy(a.data(), left.data(), sizeof a);
    std::memcpy(b.data(), right.data(), sizeof b);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
}

/// How an object's id is kept in 32 bytes.
enum class id_form : std::uint8_t {
    text,   ///< as it is written, at most 32 characters, zeros after them
    digest, ///< 64 lower-case hex digits, as their 32 bytes
    long_,  ///< the first 32 characters; the whole is in the rest
};

/// No rest, no entry, no index.
inline constexpr std::uint32_t no_index = 0xffffffff;

/// A version of an object in two cache lines. Texts that repeat are indices; what few changes have (a second replaced
/// dot, attachments, names, a packed place, a long id) is the `rest`, kept elsewhere.
struct alignas(64) merge_entry {
    std::array<std::byte, 32> id;
    std::array<std::byte, 32> stored; ///< zeros without a digest

    std::int64_t timestamp;
    std::uint64_t n;                 ///< of its dot; 0: of a plain manifest, which has none
    std::uint64_t replaced_n;        ///< of the first dot that it replaces; 0: none
    std::uint64_t version_and_facts; ///< the number below, `facts` above its 53 bits
    std::uint64_t size_and_marks;    ///< the number below, `marks` above

    std::uint32_t run, replaced_run, collection, device;
    std::uint32_t rest;
    std::uint32_t next; ///< the object's next sibling; of a staged entry, `no_index`

    /// Where four words of its own stand one after the other: `n`, `replaced_n`, and two numbers without facts and
    /// marks.
    [[nodiscard]] std::byte* numbers() noexcept {
        return reinterpret_cast<std::byte*>(this) + offsetof(merge_entry, n);
    }
    /// From `run` to `device`, two at a time.
    void set_texts(const std::array<std::uint64_t, 2>& pairs) noexcept {
        std::memcpy(reinterpret_cast<std::byte*>(this) + offsetof(merge_entry, run), pairs.data(), sizeof pairs);
    }
    [[nodiscard]] bool replaces_itself() const noexcept { return n == replaced_n && run == replaced_run; }

    static constexpr std::uint64_t number_mask = (std::uint64_t{1} << 53U) - 1;

    /// What a change says beside its numbers, in 11 bits: type, action, form of the id, whether it has a digest.
    [[nodiscard]] static constexpr std::uint64_t facts(change_type type, change_action action, id_form form,
                                                       bool has_digest) noexcept {
        return (static_cast<std::uint64_t>(type) | static_cast<std::uint64_t>(action) << 2U |
                static_cast<std::uint64_t>(form) << 4U | std::uint64_t{has_digest} << 6U)
               << 53U;
    }
    [[nodiscard]] change_type type() const noexcept { return static_cast<change_type>(version_and_facts >> 53U & 3U); }
    [[nodiscard]] change_action action() const noexcept {
        return static_cast<change_action>(version_and_facts >> 55U & 3U);
    }
    [[nodiscard]] id_form form() const noexcept { return static_cast<id_form>(version_and_facts >> 57U & 3U); }
    [[nodiscard]] bool has_digest() const noexcept { return (version_and_facts >> 59U & 1U) != 0; }
    [[nodiscard]] std::uint64_t version() const noexcept { return version_and_facts & number_mask; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_and_marks & number_mask; }

    /// Of the first sibling of an object, about the object.
    static constexpr std::uint64_t is_object = std::uint64_t{1} << 53U;   ///< the table points here
    static constexpr std::uint64_t is_vacant = std::uint64_t{1} << 54U;   ///< no version is left: its id alone counts
    static constexpr std::uint64_t is_changed = std::uint64_t{1} << 55U;  ///< since somebody asked
    static constexpr std::uint64_t has_history = std::uint64_t{1} << 56U; ///< `replaced_dots` knows of it
    static constexpr std::uint64_t all_marks = is_object | is_vacant | is_changed | has_history;
    [[nodiscard]] bool marked(std::uint64_t mark) const noexcept { return (size_and_marks & mark) != 0; }

    /// Type and form of the id: with the id and the collection, what tells objects apart.
    [[nodiscard]] std::uint32_t kind() const noexcept { return kind_in(version_and_facts); }
    [[nodiscard]] static constexpr std::uint32_t kind_of(change_type type, id_form form) noexcept {
        return kind_in(facts(type, change_action{}, form, false));
    }
    [[nodiscard]] bool same_edit(const merge_entry& other) const noexcept { return n == other.n && run == other.run; }
    [[nodiscard]] bool same_content(const merge_entry& other) const noexcept {
        return has_digest() == other.has_digest() && same_bytes(stored, other.stored);
    }
    [[nodiscard]] bool erased() const noexcept { return action() == change_action::erase; }

private:
    [[nodiscard]] static constexpr std::uint32_t kind_in(std::uint64_t version_and_facts) noexcept {
        return static_cast<std::uint32_t>(version_and_facts >> 53U) & 0x33U;
    }
};

static_assert(sizeof(merge_entry) == 128);
static_assert(offsetof(merge_entry, size_and_marks) - offsetof(merge_entry, n) == 24 &&
              offsetof(merge_entry, device) - offsetof(merge_entry, run) == 12);

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_ENTRY_POOL_HPP
#define SEALSYNC_MERGE_ENTRY_POOL_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Entries by number, in chunks that never move. What was freed is used again first.
class entry_pool {
public:
    [[nodiscard]] merge_entry& operator[](std::uint32_t at) noexcept { return chunks_[at / chunk][at % chunk]; }
    [[nodiscard]] const merge_entry& operator[](std::uint32_t at) const noexcept {
        return chunks_[at / chunk][at % chunk];
    }

    /// What it holds is what was there, or anything.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint32_t take() {
        if (free_ != no_index) [[unlikely]]
            return std::exchange(free_, (*this)[free_].next);
        if (size_ % chunk == 0) add_chunk();
        prefetch_to_write(chunks_.back()[(std::min)(size_ % chunk + ahead, chunk - 1)]);
        return size_++;
    }
    void give_back(std::uint32_t at) noexcept {
        (*this)[at].next = std::exchange(free_, at);
        (*this)[at].size_and_marks = 0;
    }

    /// All numbers given out so far are below; those that were given back have no marks.
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t bytes_held() const noexcept { return chunks_.size() * chunk * sizeof(merge_entry); }

private:
    static constexpr std::uint32_t chunk = 1'024, ahead = 16;

    SEALSYNC_NEVER_INLINE void add_chunk() { chunks_.push_back(std::make_unique_for_overwrite<merge_entry[]>(chunk)); }
    /// Those taken next are written from the first byte to the last: no need to wait for what they hold.
    SEALSYNC_ALWAYS_INLINE static void prefetch_to_write(merge_entry& later) noexcept {
        prefetch_line_to_write(&later.id);
        prefetch_line_to_write(&later.timestamp);
    }

    std::vector<std::unique_ptr<merge_entry[]>> chunks_;
    std::uint32_t size_ = 0, free_ = no_index;
};

/// Blocks of any size by number, in chunks that never move. A freed block is used again for one of its size class:
/// sizes are rounded up to a power of two, so that versions replacing each other need no more than the largest.
class rest_pool {
public:
    [[nodiscard]] const std::byte* operator[](std::uint32_t at) const noexcept {
        return chunks_[at / units].get() + std::size_t{at % units} * unit;
    }

    [[nodiscard]] std::uint32_t copy(const std::byte* block, std::uint32_t bytes) {
        const auto at = take(bytes);
        std::memcpy(chunks_[at / units].get() + std::size_t{at % units} * unit, block, bytes);
        return at;
    }
    void give_back(std::uint32_t at, std::uint32_t bytes) { free_[size_class(bytes)].push_back(at); }
    [[nodiscard]] std::size_t bytes_held() const noexcept { return bytes_held_; }

private:
    static constexpr std::uint32_t unit = 32, units = 8'192; ///< a chunk of 256 KiB holds blocks that fit it

    [[nodiscard]] static std::size_t size_class(std::uint32_t bytes) noexcept {
        return static_cast<std::size_t>(std::bit_width((bytes - 1) / unit));
    }
    [[nodiscard]] std::uint32_t take(std::uint32_t bytes) {
        const auto which = size_class(bytes);
        if (free_.size() <= which) free_.resize(which + 1);
        if (!free_[which].empty()) {
            const auto at = free_[which].back();
            free_[which].pop_back();
            return at;
        }
        const auto needed = std::uint32_t{1} << which;
        if (needed >= units) return add_chunk(needed);
        if (used_ + needed > units) {
            current_ = add_chunk(units);
            used_ = 0;
        }
        return current_ + std::exchange(used_, used_ + needed);
    }
    /// The number of its first unit. One larger than others takes as many numbers as it has units.
    [[nodiscard]] std::uint32_t add_chunk(std::uint32_t size) {
        const auto at = static_cast<std::uint32_t>(chunks_.size()) * units;
        chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(std::size_t{size} * unit));
        bytes_held_ += std::size_t{size} * unit;
        return at;
    }

    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    std::vector<std::vector<std::uint32_t>> free_;
    std::uint32_t current_ = 0, used_ = units;
    std::size_t bytes_held_ = 0;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SLOT_BUCKET_HPP
#define SEALSYNC_MERGE_SLOT_BUCKET_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What a bucket has of what is looked for: which of its slots may be it, and which are empty, a bit each.
struct bucket_search {
    unsigned alike = 0, empty = 0;
};

/// The used slots of a bucket, a bit each: those whose hash says that they stand here, by another bit of it, and those
/// that only found no room elsewhere.
struct bucket_partition {
    unsigned low = 0, high = 0, others = 0;
};

/// A cache line of small slots, each `empty()` when default constructed.
template <class Slot>
class alignas(64) slot_bucket {
public:
    using slot_type = Slot;
    static constexpr std::size_t size = 64 / sizeof(Slot);
    [[nodiscard]] static slot_bucket cleared() noexcept { return {}; }

    [[nodiscard]] const Slot& get(std::size_t i) const noexcept { return slots_[i]; }
    void set(std::size_t i, const Slot& slot) noexcept { slots_[i] = slot; }

    /// Its empty slots, a bit each.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE unsigned empty() const noexcept {
        unsigned slots = 0;
        for (std::size_t i = 0; i < size; ++i) slots |= unsigned{slots_[i].empty()} << i;
        return slots;
    }
    /// Any may be anything.
    template <class Key>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_search search(const Key&) const noexcept {
        return {((1U << size) - 1) & ~empty(), empty()};
    }
    /// With those slots empty that have no bit.
    [[nodiscard]] slot_bucket kept(unsigned slots) const noexcept {
        slot_bucket some;
        for (std::size_t i = 0; i < size; ++i) {
            if ((slots >> i & 1U) != 0) some.slots_[i] = slots_[i];
        }
        return some;
    }
    /// Here stand those of which `hash & mask` is `home`; the high ones have bit `bit`.
    template <class HashOf>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_partition partition(const HashOf& hash_of, std::uint32_t mask,
                                                                    std::uint32_t home, unsigned bit) const {
        bucket_partition parts;
        for (std::size_t i = 0; i < size; ++i) {
            const std::uint32_t hash = hash_of(slots_[i]);
            const unsigned used = unsigned{!slots_[i].empty()}, here = used & unsigned{(hash & mask) == home},
                           high = here & hash >> bit & 1U;
            parts.high |= high << i;
            parts.low |= (here ^ high) << i;
            parts.others |= (used ^ here) << i;
        }
        return parts;
    }

private:
    std::array<Slot, size> slots_{};
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_INDEXED_BUCKET_HPP
#define SEALSYNC_MERGE_INDEXED_BUCKET_HPP

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A place in a table and the hash that found it.
struct indexed_slot {
    std::uint32_t hash = 0;
    std::uint32_t index = no_index;
    [[nodiscard]] bool empty() const noexcept { return index == no_index; }
};

struct hash_of_indexed {
    [[nodiscard]] std::uint32_t operator()(const indexed_slot& slot) const noexcept { return slot.hash; }
};

/// Eight slots in a cache line, the hashes together, so that all are compared at once, without a branch.
class alignas(64) indexed_bucket {
public:
    using slot_type = indexed_slot;
    static constexpr std::size_t size = 8;

    /// One that is not made so holds anything.
    [[nodiscard]] static indexed_bucket cleared() noexcept {
        indexed_bucket none;
        none.hashes_.fill(0);
        none.indices_.fill(no_index);
        return none;
    }

    [[nodiscard]] indexed_slot get(std::size_t i) const noexcept { return {hashes_[i], indices_[i]}; }
    void set(std::size_t i, const indexed_slot& slot) noexcept {
        hashes_[i] = slot.hash;
        indices_[i] = slot.index;
    }

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE unsigned empty() const noexcept { return search(0).empty; }
    /// Those of a hash.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_search search(std::uint32_t hash) const noexcept {
#if defined(__SSE2__)
        const auto both = _mm_packs_epi16(equal(hashes_, hash), equal(indices_, no_index));
        const auto bits = static_cast<unsigned>(_mm_movemask_epi8(both));
        const unsigned empty = bits >> size;
        return {bits & 0xffU & ~empty, empty};
#else
        bucket_search found;
        for (std::size_t i = 0; i < size; ++i) {
            const bool used = indices_[i] != no_index;
            found.alike |= unsigned{used && hashes_[i] == hash} << i;
            found.empty |= unsigned{!used} << i;
        }
        return found;
#endif
    }
    /// With those slots empty that have no bit; their hashes stay.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE indexed_bucket kept(unsigned slots) const noexcept {
        indexed_bucket some = *this;
#if defined(__SSE2__)
        const auto drop = [&](std::uint32_t* indices, __m128i bits) {
            auto* const four = reinterpret_cast<__m128i*>(indices);
            const auto gone = _mm_cmpeq_epi32(_mm_and_si128(all_are(slots), bits), _mm_setzero_si128());
            _mm_store_si128(four, _mm_or_si128(_mm_load_si128(four), gone));
        };
        drop(&some.indices_[0], _mm_setr_epi32(0x01, 0x02, 0x04, 0x08));
        drop(&some.indices_[4], _mm_setr_epi32(0x10, 0x20, 0x40, 0x80));
#else
        for (std::size_t i = 0; i < size; ++i) some.indices_[i] |= (slots >> i & 1U) - 1U;
#endif
        return some;
    }
    /// The first of this hash, or an empty one; that may be too if a slot that was emptied has this hash.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE indexed_slot guess(std::uint32_t hash) const noexcept {
#if defined(__SSE2__)
        const auto alike = bits_of(equal(hashes_, hash));
        const auto index = indices_[static_cast<std::size_t>(std::countr_zero(alike | 1U << (size - 1)))];
        static_assert(no_index == ~std::uint32_t{0});
        return {hash, index | (0U - std::uint32_t{alike == 0})}; // as a branch, it could not be foreseen
#else
        const auto found = search(hash).alike;
        return found != 0 ? get(static_cast<std::size_t>(std::countr_zero(found))) : indexed_slot{};
#endif
    }

    /// As of any `slot_bucket`; the hashes are those of the slots.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_partition partition(const hash_of_indexed& hash_of, std::uint32_t mask,
                                                                    std::uint32_t home, unsigned bit) const noexcept {
#if defined(__SSE2__)
        static_cast<void>(hash_of);
        const auto to_top = _mm_cvtsi32_si128(static_cast<int>(31 - bit));
        const auto masked = [&](__m128i hashes) { return _mm_and_si128(hashes, all_are(mask)); };
        const auto topped = [&](__m128i hashes) { return _mm_srai_epi32(_mm_sll_epi32(hashes, to_top), 31); };
        const unsigned here = bits_of(equal(hashes_, home, masked)), high = bits_of(each_of(hashes_, topped)),
                       used = ~bits_of(equal(indices_, no_index)) & 0xffU;
        return {here & used & ~high, here & used & high, used & ~here};
#else
        bucket_partition parts;
        for (std::size_t i = 0; i < size; ++i) {
            if (indices_[i] == no_index) continue;
            const auto hash = hash_of(get(i));
            const bool here = (hash & mask) == home;
            (here ? (hash >> bit & 1U) != 0 ? parts.high : parts.low : parts.others) |= 1U << i;
        }
        return parts;
#endif
    }

private:
    using words = std::array<std::uint32_t, size>;
#if defined(__SSE2__)
    // SSE2 is part of every x86-64.

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i all_are(std::uint32_t word) noexcept {
        return _mm_set1_epi32(static_cast<int>(word));
    }
    /// Of each what `f` makes of it, all bits or none, in 16 bits.
    template <class F>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i each_of(const words& all, F&& f) noexcept {
        const auto four = [&](std::size_t i) { return f(_mm_load_si128(reinterpret_cast<const __m128i*>(&all[i]))); };
        return _mm_packs_epi32(four(0), four(4));
    }
    /// Of each whether it is this.
    template <class F>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i equal(const words& all, std::uint32_t word, F&& of) noexcept {
        return each_of(all, [&](__m128i four) { return _mm_cmpeq_epi32(of(four), all_are(word)); });
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i equal(const words& all, std::uint32_t word) noexcept {
        return equal(all, word, [](__m128i four) { return four; });
    }
    /// A bit for each.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static unsigned bits_of(__m128i each) noexcept {
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(each, each))) & 0xffU;
    }
#endif

    alignas(16) words hashes_;
    alignas(16) words indices_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_PAGED_TABLE_HPP
#define SEALSYNC_MERGE_PAGED_TABLE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A hash table that grows page by page (extendible hashing: Fagin et al., 1979): a full page becomes two, so that no
/// insertion ever pays for all that is there. The top bits of a hash choose the page, the low bits the bucket in it: a
/// cache line of slots; what finds none that is empty there stands in one of those that follow: all between are full.
///
/// A slot has a 32 bit hash by `hash_of(slot)` of the table's `HashOf`, which is asked only when a page is split.
template <class Bucket, class HashOf>
class paged_table {
public:
    using slot_type = typename Bucket::slot_type;
    /// Where a slot is, or would be, and what is there. Valid until the next insertion.
    struct place {
        Bucket* in;
        std::size_t at;
        slot_type slot;
        std::uint32_t page;
    };

    explicit paged_table(HashOf hash_of = {}) : hash_of_{std::move(hash_of)} {
        pages_.emplace_back(first_buckets, 0U);
        pages_.back().clear();
        directory_.push_back({pages_.front().buckets.get(), pages_.front().mask, 0});
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Where `find` of this hash begins to look.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Bucket* first_place(std::uint32_t hash) const noexcept {
        const auto& to = directory_[place_of(hash)];
        return &to.buckets[hash >> place_shift & to.mask];
    }

    /// One that may be of this hash and stands in its first bucket, or an empty slot, which says nothing: a guess
    /// without a branch. Where that bucket may be full the line behind it is brought nearer.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE slot_type guess(std::uint32_t hash) const noexcept {
        const auto* const first = first_place(hash);
        prefetch_line(first + std::size_t{!first->get(Bucket::size - 1).empty()});
        return first->guess(hash);
    }

    /// The slot that `matches`, of those that the buckets find by `key`, or the empty one where it would be.
    template <class Key, class Matches>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE place find(std::uint32_t hash, const Key& key, Matches&& matches) const {
        const auto& to = directory_[place_of(hash)];
        for (std::size_t at = hash >> place_shift & to.mask;; at = (at + 1) & to.mask) {
            auto& bucket = to.buckets[at];
            const auto found = bucket.search(key);
            for (auto left = found.alike; left != 0; left &= left - 1) {
                const auto i = first_of(left);
                if (matches(bucket.get(i))) return {&bucket, i, bucket.get(i), to.page};
            }
            if (found.empty != 0) return {&bucket, first_of(found.empty), {}, to.page};
        }
    }

    /// Of a hash of which `find` found no slot.
    void insert(std::uint32_t hash, const slot_type& slot) {
        insert_at(find(hash, hash, [](const slot_type&) { return false; }), hash, slot);
    }
    /// The same, where `find` says.
    SEALSYNC_ALWAYS_INLINE void insert_at(const place& empty, std::uint32_t hash, const slot_type& slot) {
        empty.in->set(empty.at, slot);
        ++size_;
        auto& page = pages_[empty.page];
        if (++page.used > page.used_max) make_room(hash);
    }

    /// Calls `f(slot)` for each, in no particular order.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& page : pages_) {
            for_each_in(page, [&](std::size_t, const slot_type& slot) { f(slot); });
        }
    }

    /// How many slots are passed by if each is looked for once: itself, and those of the full buckets before its own.
    [[nodiscard]] std::size_t probes() const noexcept {
        std::size_t all = 0;
        for (const auto& page : pages_) {
            for_each_in(page, [&](std::size_t at, const slot_type& slot) {
                all += 1 + ((at - home(slot, page)) & page.mask) * Bucket::size;
            });
        }
        return all;
    }
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t held = directory_.capacity() * sizeof(direction) + pages_.capacity() * sizeof(page_type) +
                           moved_.capacity() * sizeof(slot_type);
        for (const auto& page : pages_) held += (page.mask + 1) * sizeof(Bucket);
        return held;
    }

private:
    static constexpr std::size_t page_buckets = 256, first_buckets = 8;
    /// A place is not told by the bits that choose the page, at the top, nor by those that choose a shard, at the end.
    static constexpr unsigned place_shift = 4;
    /// Hashes that agree in so many more bits than others are no accident: then a page grows, not the directory.
    static constexpr std::size_t directory_per_page_max = 64;

    struct page_type {
        /// Its buckets hold anything until they are cleared.
        page_type(std::size_t size, unsigned bits)
            : buckets{std::make_unique_for_overwrite<Bucket[]>(size)},
              mask{size - 1},
              used_max{size * Bucket::size / 4 * 3},
              depth{bits} {}

        void clear() { std::fill_n(buckets.get(), mask + 1, Bucket::cleared()); }

        std::unique_ptr<Bucket[]> buckets;
        std::size_t mask;
        std::size_t used = 0, used_max; ///< slots
        unsigned depth;                 ///< of the directory, if this were its largest
    };

    /// To a page, with what a search needs of it.
    struct direction {
        Bucket* buckets;
        std::size_t mask;
        std::uint32_t page;
    };

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static std::size_t first_of(unsigned slots) noexcept {
        return static_cast<std::size_t>(std::countr_zero(slots));
    }
    template <class F>
    static void for_each_in(const page_type& page, F&& f) {
        for (std::size_t at = 0; at <= page.mask; ++at) {
            for (std::size_t i = 0; i < Bucket::size; ++i) {
                if (const auto& slot = page.buckets[at].get(i); !slot.empty()) f(at, slot);
            }
        }
    }
    /// The bucket in which it stands if that had room.
    [[nodiscard]] std::size_t home(const slot_type& slot, const page_type& page) const {
        return hash_of_(slot) >> place_shift & page.mask;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::size_t place_of(std::uint32_t hash) const noexcept {
        return static_cast<std::size_t>(std::uint64_t{hash} << depth_ >> 32U);
    }
    [[nodiscard]] page_type& page_of(std::uint32_t hash) noexcept { return pages_[directory_[place_of(hash)].page]; }

    SEALSYNC_NEVER_INLINE void make_room(std::uint32_t hash) {
        const auto& full = page_of(hash);
        if (full.mask + 1 < page_buckets) return grow(hash);
        if (full.depth == depth_) {
            if (directory_.size() >= directory_per_page_max * pages_.size()) return grow(hash);
            double_directory();
        }
        split(hash);
    }
    void double_directory() {
        std::vector<direction> doubled(directory_.size() * 2);
        for (std::size_t i = 0; i < doubled.size(); ++i) doubled[i] = directory_[i / 2];
        directory_ = std::move(doubled);
        ++depth_;
    }
    /// The places of a page are a run of the directory; its second half then leads to a new page.
    SEALSYNC_NEVER_INLINE void split(std::uint32_t hash) {
        const auto lower = directory_[place_of(hash)].page, upper = static_cast<std::uint32_t>(pages_.size());
        const auto depth = pages_[lower].depth + 1;
        const auto buckets = pages_[lower].mask + 1;
        moved_.clear();
        moved_.reserve(pages_[lower].used);
        pages_.emplace_back(buckets, depth); // nothing fails from here on
        pages_[lower].depth = depth;
        pages_[lower].used = 0;
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead((place_of(hash) & ~(2 * run - 1)) + run, run, upper);
        for (std::size_t i = 0; i < buckets; ++i) {
            const auto later = (i + 16) % buckets;
            prefetch_line_to_write(&pages_[lower].buckets[later]);
            prefetch_line_to_write(&pages_[upper].buckets[later]);
            divide(i, pages_[lower], pages_[upper]);
        }
        for (const auto& each : moved_) {
            const auto its = hash_of_(each);
            move_to(pages_[is_upper(its, depth) ? upper : lower], its, each);
        }
    }
    [[nodiscard]] static bool is_upper(std::uint32_t hash, unsigned depth) noexcept {
        return (hash >> (32U - depth) & 1U) != 0;
    }
    /// What stands in the bucket that its hash says stays in its slot, in the one page or the other: without branches,
    /// which half the slots would mispredict. The others are `moved_`.
    SEALSYNC_ALWAYS_INLINE void divide(std::size_t at, page_type& lower, page_type& upper) {
        const Bucket all = lower.buckets[at];
        const auto home = static_cast<std::uint32_t>(at) << place_shift,
                   home_mask = static_cast<std::uint32_t>(lower.mask) << place_shift;
        const auto part = all.partition(hash_of_, home_mask, home, 32U - upper.depth);
        lower.buckets[at] = all.kept(part.low);
        upper.buckets[at] = all.kept(part.high);
        lower.used += static_cast<std::size_t>(std::popcount(part.low));
        upper.used += static_cast<std::size_t>(std::popcount(part.high));
        for (auto left = part.others; left != 0; left &= left - 1) moved_.push_back(all.get(first_of(left)));
    }
    SEALSYNC_ALWAYS_INLINE static void move_to(page_type& page, std::uint32_t hash, const slot_type& slot) noexcept {
        std::size_t at = hash >> place_shift & page.mask;
        unsigned empty = 0;
        while ((empty = page.buckets[at].empty()) == 0) at = (at + 1) & page.mask;
        page.buckets[at].set(first_of(empty), slot);
        ++page.used;
    }
    /// Only what is no larger than others, or cannot be split: the directory leads there from one run.
    void grow(std::uint32_t hash) {
        const auto which = directory_[place_of(hash)].page;
        const auto depth = pages_[which].depth;
        const page_type full = std::exchange(pages_[which], page_type{(pages_[which].mask + 1) * 2, depth});
        pages_[which].clear();
        const std::size_t run = std::size_t{1} << (depth_ - depth);
        lead(place_of(hash) & ~(run - 1), run, which);
        for_each_in(full, [&](std::size_t, const slot_type& each) { move_to(pages_[which], hash_of_(each), each); });
    }
    void lead(std::size_t begin, std::size_t count, std::uint32_t to) {
        const direction there{pages_[to].buckets.get(), pages_[to].mask, to};
        for (std::size_t i = begin; i < begin + count; ++i) directory_[i] = there;
    }

    [[no_unique_address]] HashOf hash_of_;
    std::vector<page_type> pages_;
    std::vector<direction> directory_;
    std::vector<slot_type> moved_; ///< while a page is split
    unsigned depth_ = 0;
    std::size_t size_ = 0;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SEEDED_HASH_HPP
#define SEALSYNC_MERGE_SEEDED_HASH_HPP

#if defined(__SSE2__) && defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A hash that nobody can prepare collisions for who does not know its seed: ids come from whoever writes into the
/// store. NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: "UMAC", 1999): two different inputs of one length have equal
/// sums for one in 2^32 seeds, and so the top half of the sum times an odd number (Dietzfelbinger, 1997).
class seeded_hash {
public:
    explicit seeded_hash(std::uint64_t seed) noexcept {
        for (auto& each : keys_) each = next(seed);
        odd_ = next(seed) | 1U;
    }

    /// Of an id in 32 bytes, with two numbers that say what else tells objects apart.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint32_t of_id(const std::byte* id, std::uint32_t kind,
                                                             std::uint32_t collection) const noexcept {
        return of_id(id, of_kind(kind, collection));
    }
    /// The same in two parts, for those who meet many ids of one kind and collection.
    [[nodiscard]] std::uint64_t of_kind(std::uint32_t kind, std::uint32_t collection) const noexcept {
        return product(std::uint64_t{kind} << 32U | collection, keys_[4]);
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint32_t of_id(const std::byte* id, std::uint64_t kind) const noexcept {
        return finish(sum_of_id(id) + kind);
    }

    /// Of two words.
    [[nodiscard]] std::uint32_t of_words(std::uint64_t first, std::uint64_t second) const noexcept {
        return finish(product(first, keys_[5]) + product(second, keys_[6]));
    }

    /// Of a text of any length: the blocks of eight one after the other, each mixed into what came before.
    [[nodiscard]] std::uint32_t of_text(std::string_view text) const noexcept {
        std::uint32_t hash = static_cast<std::uint32_t>(text.size());
        for (; !text.empty(); text.remove_prefix(text.size() < 8 ? text.size() : 8)) {
            std::uint64_t block = 0;
            std::memcpy(&block, text.data(), text.size() < 8 ? text.size() : 8);
            hash = of_words(block, hash);
        }
        return hash;
    }

private:
    /// Four products, two at once where SSE2 is: in every x86-64.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t sum_of_id(const std::byte* id) const noexcept {
#if defined(__SSE2__) && defined(__x86_64__)
        const auto two = [&](std::size_t i) {
            const auto load = [](const void* at) { return _mm_loadu_si128(static_cast<const __m128i*>(at)); };
            const auto both = _mm_add_epi32(load(id + 8 * i), load(&keys_[i]));
            return _mm_mul_epu32(both, _mm_srli_epi64(both, 32));
        };
        const auto sums = _mm_add_epi64(two(0), two(2));
        return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_add_epi64(sums, _mm_unpackhi_epi64(sums, sums))));
#else
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < 4; ++i) sum += product(word(id + 8 * i), keys_[i]);
        return sum;
#endif
    }
    [[nodiscard]] static std::uint64_t word(const std::byte* at) noexcept {
        std::uint64_t value = 0;
        std::memcpy(&value, at, sizeof value);
        return value;
    }
    [[nodiscard]] static std::uint64_t product(std::uint64_t input, std::uint64_t key) noexcept {
        const auto low = static_cast<std::uint32_t>(input) + static_cast<std::uint32_t>(key);
        const auto high = static_cast<std::uint32_t>(input >> 32U) + static_cast<std::uint32_t>(key >> 32U);
        return std::uint64_t{low} * high;
    }
    [[nodiscard]] std::uint32_t finish(std::uint64_t sum) const noexcept {
        return static_cast<std::uint32_t>((sum * odd_) >> 32U);
    }
    /// Sebastiano Vigna's splitmix64: one seed, as many keys as are needed.
    [[nodiscard]] static std::uint64_t next(std::uint64_t& state) noexcept {
        state += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state;
        mixed = (mixed ^ mixed >> 30U) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27U) * 0x94d049bb133111eb;
        return mixed ^ mixed >> 31U;
    }

    std::array<std::uint64_t, 7> keys_{};
    std::uint64_t odd_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_TEXT_INDEX_HPP
#define SEALSYNC_MERGE_TEXT_INDEX_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Texts that come again and again (collections, devices, runs), numbered from 0 as they are met.
class text_index {
public:
    explicit text_index(const seeded_hash& hash) : hash_{&hash} {}

    /// Quickest of the text that was asked for before.
    [[nodiscard]] std::uint32_t index_of(std::string_view text) {
        if (last_ < texts_.size() && texts_[last_].text == text) return last_;
        const auto hash = hash_->of_text(text);
        const auto known = find(text, hash);
        if (known != no_index) return last_ = known;
        last_ = static_cast<std::uint32_t>(texts_.size());
        texts_.push_back({std::string{text}, hash});
        slots_.insert(hash, {hash, last_});
        return last_;
    }
    /// `no_index` if it was never met.
    [[nodiscard]] std::uint32_t known(std::string_view text) const { return find(text, hash_->of_text(text)); }

    [[nodiscard]] std::string_view text(std::uint32_t index) const noexcept { return texts_[index].text; }
    /// The same in every index of one seed.
    [[nodiscard]] std::uint32_t hash(std::uint32_t index) const noexcept { return texts_[index].hash; }
    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

private:
    struct known_text {
        std::string text;
        std::uint32_t hash;
    };
    [[nodiscard]] std::uint32_t find(std::string_view text, std::uint32_t hash) const {
        return slots_.find(hash, hash, [&](const indexed_slot& slot) { return texts_[slot.index].text == text; })
            .slot.index;
    }

    const seeded_hash* hash_;
    std::vector<known_text> texts_;
    std::uint32_t last_ = 0;
    paged_table<indexed_bucket, hash_of_indexed> slots_;
};

/// What a scope's manifests repeat. A run is kept as its 16 bytes.
struct repeated_texts {
    explicit repeated_texts(const seeded_hash& hash) : collections{hash}, devices{hash}, runs{hash}, hash_{&hash} {}

    [[nodiscard]] std::uint32_t index_of(const run_id& run) { return runs.index_of(as_text(run.value)); }
    [[nodiscard]] run_id run(std::uint32_t index) const noexcept {
        run_id id;
        std::memcpy(id.value.data(), runs.text(index).data(), id.value.size());
        return id;
    }
    [[nodiscard]] std::size_t size() const noexcept { return collections.size() + devices.size() + runs.size(); }

    [[nodiscard]] const seeded_hash& hash() const noexcept { return *hash_; }

    text_index collections, devices, runs;

private:
    const seeded_hash* hash_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_ENTRY_REST_HPP
#define SEALSYNC_MERGE_ENTRY_REST_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A dot whose run is an index.
struct indexed_dot {
    std::uint64_t n = 0;
    std::uint32_t run = 0;
    std::uint32_t unused = 0;
};

/// What few changes have, in one block: this, then the dots, the digests and the texts that it counts.
struct rest_header {
    std::uint32_t bytes = 0; ///< of the whole block
    std::uint32_t dots = 0;  ///< replaced beside the first
    std::uint32_t attachments = 0;
    std::uint32_t id = 0; ///< bytes of a long id; else 0
    std::uint32_t filename = 0;
    std::uint32_t media_type = 0;
    std::uint32_t packed_object = 0; ///< 0: not packed
    std::uint32_t merge = 0;         ///< as `merge_kind`
    std::uint64_t packed_offset = 0;
    std::uint64_t packed_length = 0;
};

/// Reads a block. Valid as long as the block.
class rest_view {
public:
    explicit rest_view(const std::byte* block) noexcept : block_{block} {
        std::memcpy(&header_, block, sizeof header_);
    }

    [[nodiscard]] const rest_header& header() const noexcept { return header_; }
    [[nodiscard]] indexed_dot dot(std::size_t i) const noexcept {
        indexed_dot at;
        std::memcpy(&at, block_ + sizeof header_ + i * sizeof at, sizeof at);
        return at;
    }
    [[nodiscard]] digest256 attachment(std::size_t i) const noexcept {
        digest256 at;
        std::memcpy(at.value.data(), block_ + attachments_begin() + i * 32, 32);
        return at;
    }
    [[nodiscard]] std::string_view id() const noexcept { return text(texts_begin(), header_.id); }
    [[nodiscard]] std::string_view filename() const noexcept {
        return text(texts_begin() + header_.id, header_.filename);
    }
    [[nodiscard]] std::string_view media_type() const noexcept {
        return text(texts_begin() + header_.id + header_.filename, header_.media_type);
    }
    [[nodiscard]] std::string_view packed_object() const noexcept {
        return text(texts_begin() + header_.id + header_.filename + header_.media_type, header_.packed_object);
    }

private:
    [[nodiscard]] std::size_t attachments_begin() const noexcept {
        return sizeof header_ + header_.dots * sizeof(indexed_dot);
    }
    [[nodiscard]] std::size_t texts_begin() const noexcept { return attachments_begin() + header_.attachments * 32; }
    [[nodiscard]] std::string_view text(std::size_t begin, std::size_t size) const noexcept {
        return {reinterpret_cast<const char*>(block_ + begin), size};
    }

    const std::byte* block_;
    rest_header header_;
};

/// Appends to `out` the block of what of `view` an entry has no place for. Nothing allocates once `out` has grown.
inline void append_rest(std::vector<std::byte>& out, const change_view& view, bool long_id, repeated_texts& texts) {
    const auto begin = out.size();
    const auto put = [&](const void* from, std::size_t size) {
        const auto* const first = static_cast<const std::byte*>(from);
        out.insert(out.end(), first, first + size);
    };
    const auto put_text = [&](std::string_view text) {
        put(text.data(), text.size());
        return static_cast<std::uint32_t>(text.size());
    };
    rest_header header;
    out.resize(begin + sizeof header);
    for (std::size_t i = 1; i < view.replaces.size(); ++i, ++header.dots) {
        const indexed_dot replaced{view.replaces[i].n, texts.index_of(view.replaces[i].run), 0};
        put(&replaced, sizeof replaced);
    }
    for (const auto attachment : view.attachments) {
        const auto digest = digest256::parse(attachment);
        SEALSYNC_ASSERT(digest);
        put(digest->value.data(), 32);
        ++header.attachments;
    }
    if (long_id) header.id = put_text(view.id);
    header.merge = static_cast<std::uint32_t>(view.merge);
    header.filename = put_text(view.filename);
    header.media_type = put_text(view.media_type);
    if (view.packed) {
        header.packed_object = put_text(view.packed->object);
        header.packed_offset = view.packed->offset;
        header.packed_length = view.packed->length;
    }
    out.resize((out.size() + 15) / 16 * 16);
    header.bytes = static_cast<std::uint32_t>(out.size() - begin);
    std::memcpy(out.data() + begin, &header, sizeof header);
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_STAGED_CHANGES_HPP
#define SEALSYNC_MERGE_STAGED_CHANGES_HPP

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

#ifndef SEALSYNC_MERGE_COMPACT_SCAN_HPP
#define SEALSYNC_MERGE_COMPACT_SCAN_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Stages the changes of a compact segment, most of them straight from their rows: what repeats is looked up once for
/// the manifest, not for each change. What it takes `compact_codec` takes, with the same value. Kept and used again by
/// one thread: nothing is allocated per change once it has grown.
class compact_scan {
public:
    explicit compact_scan(const manifest_limits& limits) : limits_{limits} {}

    /// Fails as `compact_codec` does; then what it staged counts for nothing.
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, staged_changes& stage) {
        compact_segment_reader in{manifest, limits_};
        look_up(in.tables(), stage.texts);
        for (compact_row row; in.next(row);) {
            if (row.stored != nullptr) prefetch_text<128>(row.stored);
            if (fits_entry(row)) {
                add(row, stage);
            } else {
                stage.stage(viewer_(row, in.tables()));
            }
        }
        if (auto done = in.finish(); !done) return std::move(done).error();
        return header_of(in.header());
    }

private:
    struct known_collection {
        std::uint32_t index = 0, hash = 0;
    };

    void look_up(const compact_tables& tables, repeated_texts& texts) {
        collections_.clear();
        devices_.clear();
        runs_.clear();
        for (const auto& each : tables.collections) {
            const auto index = texts.collections.index_of(each.text());
            collections_.push_back({index, texts.collections.hash(index)});
        }
        for (const auto& each : tables.devices) devices_.push_back(texts.devices.index_of(each.text()));
        for (std::uint32_t i = 0; i < tables.run_count(); ++i) runs_.push_back(texts.index_of(tables.run(i)));
    }

    /// Whether an entry has a place for all of it.
    [[nodiscard]] static bool fits_entry(const compact_row& row) noexcept {
        return row.replaces.size() < 2 && row.extras == nullptr && row.shape != row_shape::record_text;
    }

    SEALSYNC_ALWAYS_INLINE void add(const compact_row& row, staged_changes& stage) const {
        auto& entry = stage.next();
        const auto form = put_row_id(row, entry.id);
        const auto& collection = collections_[row.collection];
        if (row.stored != nullptr) {
            std::memcpy(entry.stored.data(), row.stored, entry.stored.size());
        } else {
            entry.stored = {};
        }
        entry.timestamp = row.timestamp;
        entry.n = row.n;
        entry.replaced_n = row.replaces.empty() ? 0 : row.replaces[0].n;
        entry.version_and_facts = row.version | merge_entry::facts(row.type(), row.action, form, row.stored != nullptr);
        entry.size_and_marks = row.size;
        entry.run = runs_[row.run];
        entry.replaced_run = row.replaces.empty() ? entry.run : runs_[row.replaces[0].run];
        entry.collection = collection.index;
        entry.device = devices_[row.device];
        entry.rest = entry.next = no_index;
        stage.keep(staged_changes::hash_of(stage.hash(), entry, collection.hash));
    }

    /// As `put_id` puts its text. Of 128 bits an entry has the digits, of 256 the bytes.
    SEALSYNC_ALWAYS_INLINE static id_form put_row_id(const compact_row& row, std::array<std::byte, 32>& out) noexcept {
        if (row.shape == row_shape::record_128) {
            put_hex({row.id.data(), 16}, reinterpret_cast<char*>(out.data()));
            return id_form::text;
        }
        out = {};
        if (row.shape == row_shape::profile) return id_form::text;
        std::memcpy(out.data(), row.id.data(), out.size());
        return id_form::digest;
    }

    manifest_limits limits_;
    row_viewer viewer_;
    std::vector<known_collection> collections_;
    std::vector<std::uint32_t> devices_, runs_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_COVERED_EDITS_HPP
#define SEALSYNC_MERGE_COVERED_EDITS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The edits that checkpoints have met: those of them that are no siblings are gone, though no version that is known
/// here says so. By the numbers of their runs.
class covered_edits {
public:
    void join(std::uint32_t run, const interval_set& edits) {
        if (run >= runs_.size()) runs_.resize(std::size_t{run} + 1);
        runs_[run].join(edits);
    }
    [[nodiscard]] bool contains(const merge_entry& version) const noexcept {
        return version.run < runs_.size() && runs_[version.run].contains(version.n);
    }
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t all = runs_.capacity() * sizeof(interval_set);
        for (const auto& each : runs_) all += each.intervals().size() * sizeof(interval_set::interval);
        return all;
    }

private:
    std::vector<interval_set> runs_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_ENTRY_CHANGE_HPP
#define SEALSYNC_MERGE_ENTRY_CHANGE_HPP

/// What entries mean: the changes that they were, and their orders. `rest` is the entry's block, or null.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline std::string id_of(const merge_entry& entry, const std::byte* rest) {
    if (entry.form() == id_form::digest) return to_hex(entry.id);
    if (entry.form() == id_form::long_) return std::string{rest_view{rest}.id()};
    const auto* const text = reinterpret_cast<const char*>(entry.id.data());
    const auto* const end = std::find(text, text + entry.id.size(), '\0');
    return {text, end};
}

/// Calls `f(indexed_dot)`, ascending.
template <class F>
void for_each_replaced(const merge_entry& entry, const std::byte* rest, F&& f) {
    if (entry.replaced_n == 0) return;
    f(indexed_dot{entry.replaced_n, entry.replaced_run, 0});
    if (rest == nullptr) return;
    const rest_view more{rest};
    for (std::size_t i = 0; i < more.header().dots; ++i) f(more.dot(i));
}

inline void put_rest(const rest_view& rest, change& c) {
    for (std::size_t i = 0; i < rest.header().attachments; ++i) {
        c.attachments.push_back(*object_id::make(rest.attachment(i).hex()));
    }
    c.merge = static_cast<merge_kind>(rest.header().merge);
    c.filename = rest.filename();
    c.media_type = rest.media_type();
    if (rest.header().packed_object == 0) return;
    c.packed =
        packed_place{std::string{rest.packed_object()}, rest.header().packed_offset, rest.header().packed_length};
}

[[nodiscard]] inline change change_of(const merge_entry& entry, const std::byte* rest, const repeated_texts& texts) {
    change c;
    c.type = entry.type();
    c.collection = *collection_id::make(texts.collections.text(entry.collection));
    if (c.type != change_type::profile) c.id = *object_id::make(id_of(entry, rest));
    c.version = entry.version();
    c.timestamp = {entry.timestamp};
    c.device = *device_id::make(texts.devices.text(entry.device));
    c.action = entry.action();
    c.dot = {texts.run(entry.run), entry.n};
    for_each_replaced(entry, rest, [&](const indexed_dot& dot) { c.replaces.push_back({texts.run(dot.run), dot.n}); });
    c.size = entry.size();
    if (entry.has_digest()) c.stored = digest256{entry.stored};
    if (rest != nullptr) put_rest(rest_view{rest}, c);
    return c;
}

/// The same version word for word, of two entries without a rest.
[[nodiscard]] inline bool says_the_same(const merge_entry& left, const merge_entry& right) noexcept {
    return same_bytes(left.stored, right.stored) && left.same_edit(right) && left.timestamp == right.timestamp &&
           left.version_and_facts == right.version_and_facts && left.size() == right.size() &&
           left.replaced_n == right.replaced_n && left.replaced_run == right.replaced_run &&
           left.device == right.device;
}

/// Of changes that say different things of one edit and one stored object, any order that all devices share.
[[nodiscard]] inline bool said_before(const change& left, const change& right) {
    const auto all = [](const change& c) {
        return std::tie(c.version, c.timestamp, c.device, c.action, c.size, c.replaces, c.attachments, c.filename,
                        c.media_type, c.merge);
    };
    const auto place = [](const change& c) {
        return c.packed ? std::tuple{c.packed->object, c.packed->offset, c.packed->length}
                        : std::tuple{std::string{}, std::uint64_t{0}, std::uint64_t{0}};
    };
    return all(left) != all(right) ? all(left) < all(right) : place(left) < place(right);
}

/// Siblings by (dot, stored digest), as `sibling_set` orders them.
[[nodiscard]] inline bool entry_before(const merge_entry& left, const merge_entry& right, const repeated_texts& texts) {
    if (left.run != right.run) return texts.run(left.run) < texts.run(right.run);
    if (left.n != right.n) return left.n < right.n;
    if (left.has_digest() != right.has_digest()) return right.has_digest();
    return left.stored < right.stored;
}

/// Plain versions by (version, timestamp, device), then by what else they say.
[[nodiscard]] inline bool plain_before(const merge_entry& left, const merge_entry& right, const repeated_texts& texts) {
    const auto key = [&](const merge_entry& entry) {
        return std::tuple{entry.version(), entry.timestamp, texts.devices.text(entry.device), entry.action()};
    };
    return key(left) < key(right);
}

/// What `last_write_wins` shows first: of live versions before tombstones the greatest by (timestamp, dot).
[[nodiscard]] inline bool wins(const merge_entry& left, const merge_entry& right, const repeated_texts& texts) {
    if (left.erased() != right.erased()) return right.erased();
    if (left.timestamp != right.timestamp) return left.timestamp > right.timestamp;
    if (left.run != right.run) return texts.run(left.run) > texts.run(right.run);
    if (left.n != right.n) return left.n > right.n;
    if (left.version() != right.version()) return left.version() > right.version();
    return entry_before(left, right, texts);
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_PATTERN_HPP
#define SEALSYNC_MERGE_SCAN_PATTERN_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Characters that must stand somewhere, with holes for what is read there. It is compared in whole blocks: behind its
/// end it is all hole.
template <std::size_t Capacity>
struct pattern {
    static_assert(Capacity % 64 == 0, "whole blocks at every level");

    constexpr pattern() = default;
    constexpr explicit pattern(std::string_view characters) noexcept { put(characters); }

    constexpr pattern& put(std::string_view characters) noexcept {
        SEALSYNC_ASSERT(fits(characters.size()));
        for (const char c : characters) {
            text[size] = c;
            mask[size++] = '\xff';
        }
        return *this;
    }
    constexpr pattern& put_hole(std::size_t width) noexcept {
        SEALSYNC_ASSERT(fits(width));
        size += static_cast<std::uint32_t>(width);
        return *this;
    }
    /// How much to compare. A block is compared as a whole, so that its size need not be predicted.
    [[nodiscard]] constexpr std::size_t compared() const noexcept { return Capacity == 64 ? Capacity : size; }
    /// Whether it has the size of most that are so large, up to `usual`: they are compared without a loop.
    [[nodiscard]] constexpr bool is_usual() const noexcept { return Capacity > usual && size <= usual; }
    /// Of these, those up to `short_one`: asked first.
    [[nodiscard]] constexpr bool is_short() const noexcept { return is_usual() && size <= short_one; }
    static constexpr std::size_t usual = 192, short_one = 128;
    [[nodiscard]] constexpr bool fits(std::size_t more) const noexcept { return more <= Capacity - size; }

    std::uint32_t size = 0;
    alignas(64) std::array<char, Capacity> text{};
    std::array<char, Capacity> mask{}; ///< all bits, or none in a hole
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_WORD_HPP
#define SEALSYNC_MERGE_SCAN_WORD_HPP

/// Eight characters at a time in an ordinary register: the first is the lowest byte, whatever the machine's order.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t load_word(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) {
        std::uint64_t turned = 0;
        for (int i = 0; i < 8; ++i) turned = turned << 8U | (word >> (8 * i) & 0xffU);
        return turned;
    }
    return word;
}

/// Up to eight characters as `load_word` would see them.
[[nodiscard]] constexpr std::uint64_t word_of(std::string_view text) noexcept {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    }
    return word;
}

/// Zero if `text`, whose length is known when this is compiled, stands at `at`. Two words that overlap see 9 to 16.
template <std::size_t Size>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t differs(const char* at, const char (&text)[Size]) noexcept {
    constexpr std::size_t size = Size - 1;
    static_assert(size >= 8, "read more at once");
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i + 8 < size; i += 8) difference |= load_word(at + i) ^ load_word(text + i);
    return difference | (load_word(at + size - 8) ^ load_word(text + size - 8));
}

/// The digits that stand somewhere, at most eight: what follows them must be looked at, be it a digit.
struct digit_word {
    std::uint64_t digits; ///< their values, right-aligned: the last is the highest byte, zeros before the first
    std::size_t count;
    unsigned char first; ///< value of the first character: over 9 if it is no digit
};

/// Reads eight bytes.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE digit_word find_digits(const char* at) noexcept {
    constexpr std::uint64_t zeros = 0x3030303030303030, ones = 0x0101010101010101;
    const std::uint64_t digits = load_word(at) ^ zeros;
    // A byte over 9 gets its high bit; the carry out of it reaches only what is behind the first of them.
    const std::uint64_t ends = ((digits + ones * 0x76) | digits) & ones * 0x80;
    const auto bits = static_cast<unsigned>(std::countr_zero(ends)) & 0x78U;
    return {digits << ((64U - bits) & 63U), bits / 8, static_cast<unsigned char>(digits)};
}

/// Not zero unless these are the digits of a number, without zeros before it.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t no_number(const digit_word& word) noexcept {
    return std::uint64_t{word.first > 9} | (std::uint64_t{word.first == 0} & std::uint64_t{word.count > 1});
}

/// What stands before the first character that has not the bit 0x10, at most eight: all digits have it, `,` and `"`
/// have not. Whether they are digits is not seen to.
struct guessed_digits {
    std::uint64_t digits; ///< as in `digit_word`
    std::size_t count;
};
/// Reads eight bytes.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE guessed_digits guess_digits(const char* at) noexcept {
    const std::uint64_t digits = load_word(at) ^ 0x3030303030303030U;
    const auto bits = static_cast<unsigned>(std::countr_zero(digits & 0x1010101010101010U)) & 0x78U;
    return {digits << ((64U - bits) & 63U), bits / 8};
}

/// By how many digits a number has, the least that it can be; none has no digits.
using least_by_count = std::array<std::uint64_t, 9>;
inline constexpr least_by_count least_number = {
    std::uint64_t{1} << 62U, 0, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};
inline constexpr least_by_count least_positive = {
    std::uint64_t{1} << 62U, 1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};

[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t value_of_digits(std::uint64_t digits) noexcept {
    digits = digits * 10 + (digits >> 8U);
    return ((digits & 0x000000ff000000ffU) * 0x000f424000000064U +
            (digits >> 16U & 0x000000ff000000ffU) * 0x0000271000000001U) >>
           32U;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_PORTABLE_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_PORTABLE_VECTOR_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The numbers of a canonical time.
struct time_parts {
    std::uint32_t date;        ///< the number YYYYMMDD
    std::uint32_t seconds;     ///< of hour and minute
    std::uint64_t nanoseconds; ///< since the minute began
};

[[nodiscard]] constexpr bool is_id_character(unsigned char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-';
}

/// What a scan asks of many characters at once, in plain C++; the other levels mean the same. What is not as it must be
/// is remembered, and asked for once: `faults()` is 0 if all was right. All may read 64 bytes from where they look.
class portable_vector {
public:
    [[nodiscard]] std::uint64_t faults() const noexcept { return faults_; }

    template <std::size_t Capacity>
    void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        for (std::size_t i = 0; i < expected.compared(); i += 8) {
            faults_ |= (load_word(at + i) ^ load_word(&expected.text[i])) & load_word(&expected.mask[i]);
        }
    }

    /// An id of at most 32 characters, to 32 bytes: zeros after them.
    void copy_id(const char* at, std::size_t size, std::byte* out) noexcept {
        unsigned allowed = 1;
        for (std::size_t i = 0; i < size; ++i) allowed &= allowed_in_id[static_cast<unsigned char>(at[i])];
        faults_ |= allowed ^ 1U;
        std::memset(out, 0, 32);
        std::memcpy(out, at, size);
    }

    /// 64 lower-case hex digits.
    void decode_digest(const char* at, std::byte* out) noexcept {
        unsigned fault = 0;
        for (std::size_t i = 0; i < 32; ++i) {
            const unsigned high = nibbles[static_cast<unsigned char>(at[2 * i])];
            const unsigned low = nibbles[static_cast<unsigned char>(at[2 * i + 1])];
            fault |= high | low;
            out[i] = static_cast<std::byte>(high << 4U | (low & 15U));
        }
        faults_ |= fault >> 4U;
    }

    /// `2025-01-20T14:30:00.123456789Z`: digits, of which the hours, minutes and seconds are in range. What is between
    /// them others see, as they do the calendar.
    [[nodiscard]] time_parts decode_time(const char* at) noexcept {
        const auto number = [&](std::size_t begin, std::size_t end, std::uint32_t most) {
            std::uint32_t value = 0;
            for (auto i = begin; i < end; ++i) {
                const unsigned digit = static_cast<unsigned char>(at[i]) - unsigned{'0'};
                faults_ |= std::uint64_t{digit > 9};
                value = value * 10 + digit;
            }
            faults_ |= std::uint64_t{value > most};
            return value;
        };
        const auto year = number(0, 4, 9'999), month = number(5, 7, 99), day = number(8, 10, 99);
        const auto hour = number(11, 13, 23), minute = number(14, 16, 59), second = number(17, 19, 59);
        return {year * 10'000 + month * 100 + day, hour * 3'600 + minute * 60,
                std::uint64_t{second} * 1'000'000'000 + number(20, 29, 999'999'999)};
    }

    using words = std::array<std::uint64_t, 4>;
    /// What four words of digits are as numbers, to `out`: none may be less than its `least`, which is less than 2^63.
    /// `kept` has all bits, or none where 0 shall be read, whatever stands there.
    void read_numbers(const words& digits, const words& least, const words& kept, std::byte* out) noexcept {
        words numbers;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto over_9 = (digits[i] + 0x7676767676767676U) | digits[i];
            numbers[i] = value_of_digits(digits[i]) & kept[i];
            faults_ |= ((over_9 & 0x8080808080808080U) | std::uint64_t{numbers[i] < least[i]}) & kept[i];
        }
        std::memcpy(out, numbers.data(), sizeof numbers);
    }

    /// How far the first `}` is, among 64 characters; 64 if it is not there.
    [[nodiscard]] static std::size_t find_brace(const char* at) noexcept {
        const auto* const brace = static_cast<const char*>(std::memchr(at, '}', 64));
        return brace == nullptr ? 64 : static_cast<std::size_t>(brace - at);
    }

private:
    static constexpr auto allowed_in_id = [] {
        std::array<std::uint8_t, 256> table{};
        for (unsigned c = 0; c < 256; ++c) table[c] = is_id_character(static_cast<unsigned char>(c)) ? 1 : 0;
        return table;
    }();
    /// 16 and more for what is no digit: what follows it in a sum of bits shows the fault.
    static constexpr auto nibbles = [] {
        std::array<std::uint8_t, 256> table{};
        for (auto& each : table) each = 0xf0;
        for (std::uint8_t i = 0; i < 10; ++i) table[static_cast<unsigned>('0' + i)] = i;
        for (std::uint8_t i = 0; i < 6; ++i) table[static_cast<unsigned>('a' + i)] = static_cast<std::uint8_t>(10 + i);
        return table;
    }();

    std::uint64_t faults_ = 0;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_AVX2_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_AVX2_VECTOR_HPP

#if defined(SEALSYNC_SCAN_X86)
#include <immintrin.h>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `portable_vector` with 32 characters at a time.
class avx2_vector {
public:
    [[nodiscard]] SEALSYNC_TARGET("avx2") std::uint64_t faults() const noexcept {
        return std::uint64_t{_mm256_testz_si256(faults_, faults_) == 0};
    }

    template <std::size_t Capacity>
    SEALSYNC_TARGET("avx2")
    void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        if (expected.is_short()) {
            for (const std::size_t i : {0U, 32U, 64U, 96U}) compare(at, expected, i);
        } else if (expected.is_usual()) {
            for (const std::size_t i : {0U, 32U, 64U, 96U, 128U, 160U}) compare(at, expected, i);
        } else {
            for (std::size_t i = 0; i < expected.compared(); i += 32) compare(at, expected, i);
        }
    }

    /// A character is allowed if the bits of its two halves meet: bit 0 for `-.`, 1 for digits, 2 for `A-Oa-o`, 3 for
    /// `P-Z_`, 4 for `p-z~`. Characters over 0x7f have no bit.
    SEALSYNC_TARGET("avx2") void copy_id(const char* at, std::size_t size, std::byte* out) noexcept {
        const auto low_bits = twice(_mm_setr_epi8(0x1a, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1e, 0x1c,
                                                  0x04, 0x04, 0x05, 0x15, 0x0c));
        const auto high_bits = twice(_mm_setr_epi8(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0));
        const auto kept = load(first_bytes.data() + 32 - size);
        const auto text = _mm256_and_si256(load(at), kept);
        const auto high = _mm256_and_si256(_mm256_srli_epi16(text, 4), _mm256_set1_epi8(15));
        const auto bits = _mm256_and_si256(_mm256_shuffle_epi8(low_bits, text), _mm256_shuffle_epi8(high_bits, high));
        fault(_mm256_and_si256(_mm256_cmpeq_epi8(bits, _mm256_setzero_si256()), kept));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), text);
    }

    SEALSYNC_TARGET("avx2") void decode_digest(const char* at, std::byte* out) noexcept {
        const auto first = decode_hex(load(at)), second = decode_hex(load(at + 32));
        const auto packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(first, second), 0xd8);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
    }

    [[nodiscard]] SEALSYNC_TARGET("avx2") time_parts decode_time(const char* at) noexcept {
        // YYYYMMDDhhmm; ss, the first six decimals, one again, the last three.
        const auto begin =
            _mm_shuffle_epi8(load_half(at), _mm_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 0, 0, 0, 0));
        const auto end = _mm_shuffle_epi8(load_half(at + 14),
                                          _mm_setr_epi8(3, 4, 6, 7, 8, 9, 10, 11, 14, 12, 13, 14, 14, 14, 14, 14));
        return time_of_digits(_mm256_sub_epi8(_mm256_set_m128i(end, begin), _mm256_set1_epi8('0')));
    }

    using words = portable_vector::words;
    SEALSYNC_TARGET("avx2")
    void read_numbers(const words& digits, const words& least, const words& kept, std::byte* out) noexcept {
        const auto all = set(digits), mask = load(kept.data());
        const auto fours =
            _mm256_madd_epi16(_mm256_maddubs_epi16(all, _mm256_set1_epi16(0x010a)), _mm256_set1_epi32(0x00010064));
        const auto eights = _mm256_madd_epi16(_mm256_packus_epi32(fours, fours), _mm256_set1_epi32(0x00012710));
        const auto numbers = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(_mm256_permute4x64_epi64(eights, 0x08)));
        const auto less = _mm256_cmpgt_epi64(set(least), numbers);
        fault(_mm256_and_si256(_mm256_or_si256(less, _mm256_subs_epu8(all, _mm256_set1_epi8(9))), mask));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_and_si256(numbers, mask));
    }

    [[nodiscard]] SEALSYNC_TARGET("avx2,bmi") static std::size_t find_brace(const char* at) noexcept {
        return _tzcnt_u64(braces(at));
    }

protected:
    SEALSYNC_TARGET("avx2") void fault(__m256i bits) noexcept { faults_ = _mm256_or_si256(faults_, bits); }
    [[nodiscard]] SEALSYNC_TARGET("avx2") __m256i all_faults() const noexcept { return faults_; }

    /// Of the digits' values, as `decode_time` orders them.
    [[nodiscard]] SEALSYNC_TARGET("avx2") time_parts time_of_digits(__m256i digits) noexcept {
        const auto tens = _mm256_setr_epi8(10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 0, 0, 0, 0, //
                                           10, 1, 10, 1, 10, 1, 10, 1, 0, 1, 10, 1, 0, 0, 0, 0);
        const auto most = _mm256_setr_epi16(99, 99, 99, 99, 23, 59, 0, 0, 59, 99, 99, 99, 9, 99, 0, 0);
        const auto weights = _mm256_setr_epi16(100, 1, 100, 1, 60, 1, 0, 0, 100, 1, 100, 1, 100, 1, 0, 0);
        const auto last_weights = _mm256_setr_epi16(10'000, 1, 60, 0, 0, 0, 0, 0, 10'000, 1, 1, 0, 0, 0, 0, 0);
        fault(_mm256_subs_epu8(digits, _mm256_set1_epi8(9)));
        const auto pairs = _mm256_maddubs_epi16(digits, tens);
        fault(_mm256_subs_epu16(pairs, most));
        const auto fours = _mm256_madd_epi16(pairs, weights);
        const auto numbers = _mm256_madd_epi16(_mm256_packus_epi32(fours, fours), last_weights);
        const auto low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_castsi256_si128(numbers)));
        const auto high = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm256_extracti128_si256(numbers, 1)));
        return {static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32U),
                (high & 0xffffffffU) * 1'000 + (high >> 32U)};
    }

private:
    template <std::size_t Capacity>
    SEALSYNC_TARGET("avx2")
    void compare(const char* at, const pattern<Capacity>& expected, std::size_t i) noexcept {
        const auto difference = _mm256_xor_si256(load(at + i), load(&expected.text[i]));
        fault(_mm256_and_si256(difference, load(&expected.mask[i])));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i load(const void* at) noexcept {
        return _mm256_loadu_si256(static_cast<const __m256i*>(at));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i set(const words& four) noexcept {
        return _mm256_set_epi64x(static_cast<long long>(four[3]), static_cast<long long>(four[2]),
                                 static_cast<long long>(four[1]), static_cast<long long>(four[0]));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m128i load_half(const void* at) noexcept {
        return _mm_loadu_si128(static_cast<const __m128i*>(at));
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2") static __m256i twice(__m128i half) noexcept {
        return _mm256_broadcastsi128_si256(half);
    }
    /// A bit for each of 64 characters.
    [[nodiscard]] SEALSYNC_TARGET("avx2") static std::uint64_t braces(const char* at) noexcept {
        const auto brace = _mm256_set1_epi8('}');
        const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(at), brace)));
        const auto high = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(at + 32), brace)));
        return std::uint64_t{high} << 32U | low;
    }

    /// Sixteen bytes as words of 16 bits, from 32 digits.
    [[nodiscard]] SEALSYNC_TARGET("avx2") __m256i decode_hex(__m256i text) noexcept {
        const auto digit = _mm256_sub_epi8(text, _mm256_set1_epi8('0'));
        const auto letter = _mm256_sub_epi8(text, _mm256_set1_epi8('a'));
        const auto over_9 = _mm256_subs_epu8(digit, _mm256_set1_epi8(9));
        const auto over_f = _mm256_subs_epu8(letter, _mm256_set1_epi8(5));
        // Neither a digit nor a letter: both are over.
        fault(_mm256_min_epu8(over_9, over_f));
        const auto is_digit = _mm256_cmpeq_epi8(over_9, _mm256_setzero_si256());
        const auto value = _mm256_blendv_epi8(_mm256_add_epi8(letter, _mm256_set1_epi8(10)), digit, is_digit);
        return _mm256_maddubs_epi16(value, _mm256_set1_epi16(0x0110));
    }

    static constexpr auto first_bytes = [] {
        std::array<char, 64> bytes{};
        for (std::size_t i = 0; i < 32; ++i) bytes[i] = '\xff';
        return bytes;
    }();

    __m256i faults_{}; ///< any bit is one
};

}}} // namespace sealsync::detail

#endif

#endif

#ifndef SEALSYNC_MERGE_SCAN_AVX512_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_AVX512_VECTOR_HPP

#if defined(SEALSYNC_SCAN_X86)
#define SEALSYNC_TARGET_AVX512 SEALSYNC_TARGET("avx512f,avx512bw,avx512vl,avx512vbmi,avx2,bmi,bmi2")

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `portable_vector` with 64 characters at a time. What a character means is one look into a table of 128.
class avx512_vector : public avx2_vector {
public:
    [[nodiscard]] SEALSYNC_TARGET_AVX512 std::uint64_t faults() const noexcept {
        const auto refused = _mm512_and_si512(refused_, _mm512_set1_epi8('\x80'));
        const auto others = _mm512_maskz_broadcast_i64x4(0xff, all_faults());
        const auto any = _mm512_or_si512(_mm512_or_si512(differences_, refused), others);
        return _mm512_test_epi64_mask(any, any);
    }

    template <std::size_t Capacity>
    SEALSYNC_TARGET_AVX512 void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        if (expected.is_short()) {
            for (const std::size_t i : {0U, 64U}) compare(at, expected, i);
        } else if (expected.is_usual()) {
            for (const std::size_t i : {0U, 64U, 128U}) compare(at, expected, i);
        } else {
            for (std::size_t i = 0; i < expected.compared(); i += 64) compare(at, expected, i);
        }
    }

    SEALSYNC_TARGET_AVX512 void copy_id(const char* at, std::size_t size, std::byte* out) noexcept {
        const auto kept = _bzhi_u64(~std::uint64_t{0}, static_cast<unsigned>(size));
        const auto text = _mm512_maskz_loadu_epi8(kept, at);
        const auto refused = _mm512_or_si512(look_up(id_characters, text), text);
        refused_ = _mm512_or_si512(refused_, _mm512_maskz_mov_epi8(kept, refused));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_maskz_extracti64x4_epi64(0xff, text, 0));
    }

    SEALSYNC_TARGET_AVX512 void decode_digest(const char* at, std::byte* out) noexcept {
        const auto text = load(at), values = look_up(hex_digits, text);
        refused_ = _mm512_or_si512(refused_, _mm512_or_si512(values, text));
        const auto packed = _mm512_maskz_cvtepi16_epi8(all, _mm512_maddubs_epi16(values, _mm512_set1_epi16(0x0110)));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
    }

    [[nodiscard]] SEALSYNC_TARGET_AVX512 time_parts decode_time(const char* at) noexcept {
        const auto order = _mm256_setr_epi8(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 0, 0, 0, 0, //
                                            17, 18, 20, 21, 22, 23, 24, 25, 28, 26, 27, 28, 28, 28, 28, 28);
        const auto text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
        return time_of_digits(_mm256_sub_epi8(_mm256_maskz_permutexvar_epi8(all, order, text), _mm256_set1_epi8('0')));
    }

    [[nodiscard]] SEALSYNC_TARGET_AVX512 static std::size_t find_brace(const char* at) noexcept {
        return _tzcnt_u64(_mm512_cmpeq_epi8_mask(load(at), _mm512_set1_epi8('}')));
    }

private:
    /// g++ 12 takes the destination of an instruction without a mask for a variable that is not initialised, and warns.
    static constexpr std::uint32_t all = 0xffffffff;

    template <std::size_t Capacity>
    SEALSYNC_TARGET_AVX512 void compare(const char* at, const pattern<Capacity>& expected, std::size_t i) noexcept {
        const auto difference = _mm512_xor_si512(load(at + i), load(&expected.text[i]));
        differences_ = _mm512_or_si512(differences_, _mm512_and_si512(difference, load(&expected.mask[i])));
    }
    [[nodiscard]] SEALSYNC_TARGET_AVX512 static __m512i load(const void* at) noexcept { return _mm512_loadu_si512(at); }

    /// What each character of ASCII means, or `no_meaning`. One beyond ASCII has its highest bit itself.
    static constexpr char no_meaning = '\x80';
    using meanings = std::array<char, 128>;
    [[nodiscard]] SEALSYNC_TARGET_AVX512 static __m512i look_up(const meanings& table, __m512i text) noexcept {
        return _mm512_permutex2var_epi8(load(table.data()), text, load(table.data() + 64));
    }
    alignas(64) static constexpr meanings id_characters = [] {
        meanings table{};
        for (unsigned c = 0; c < 128; ++c)
            table[c] = is_id_character(static_cast<unsigned char>(c)) ? '\0' : no_meaning;
        return table;
    }();
    alignas(64) static constexpr meanings hex_digits = [] {
        meanings table{};
        table.fill(no_meaning);
        for (int i = 0; i < 16; ++i) table[static_cast<std::size_t>("0123456789abcdef"[i])] = static_cast<char>(i);
        return table;
    }();

    __m512i differences_{}; ///< any bit is one
    __m512i refused_{};     ///< each highest bit is one
};

}}} // namespace sealsync::detail

#endif

#endif

#ifndef SEALSYNC_MERGE_SCAN_EDIT_RANGES_HPP
#define SEALSYNC_MERGE_SCAN_EDIT_RANGES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether a segment has an edit twice. A device's edits mostly follow each other: then they are one range, and there
/// is nothing to sort.
class edit_ranges {
public:
    void clear() noexcept {
        ranges_.clear();
        last_ = {};
    }

    SEALSYNC_ALWAYS_INLINE void add(std::uint32_t run, std::uint64_t n) {
        if (run == last_.run && n == last_.last + 1) {
            last_.last = n;
        } else {
            begin(run, n);
        }
    }
    /// Asked when all were added.
    [[nodiscard]] bool distinct() {
        if (ranges_.empty()) return true;
        ranges_.push_back(last_);
        const auto before = [](const range& left, const range& right) {
            return std::tie(left.run, left.first) < std::tie(right.run, right.first);
        };
        if (!std::is_sorted(ranges_.begin(), ranges_.end(), before)) std::sort(ranges_.begin(), ranges_.end(), before);
        return std::adjacent_find(ranges_.begin(), ranges_.end(), [](const range& left, const range& right) {
                   return left.run == right.run && left.last >= right.first;
               }) == ranges_.end();
    }

private:
    struct range {
        std::uint64_t first = 0, last = 0; ///< edits count from 1: a last of 0 is none
        std::uint32_t run = 0;
    };
    SEALSYNC_NEVER_INLINE void begin(std::uint32_t run, std::uint64_t n) {
        if (last_.last != 0) ranges_.push_back(last_);
        last_ = {n, n, run};
    }

    range last_;
    std::vector<range> ranges_; ///< before it
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_SCAN_TIME_HPP
#define SEALSYNC_MERGE_SCAN_SCAN_TIME_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A day that was met, in seconds since 1970.
struct known_day {
    std::uint32_t date = ~std::uint32_t{0}; ///< as in `time_parts`
    std::uint64_t begin = 0;
};

struct scanned_time {
    std::int64_t nanoseconds;
    std::uint64_t bad; ///< not zero: no time from 1970 to 2261, which `stamp::parse` may still take (2262)
};

/// By the month's number and the day's in four digits: the days of a common year before it, or `no_day`. 29 February is
/// there.
inline constexpr std::uint16_t no_day = 0x8000;
inline constexpr auto days_before_day = [] {
    constexpr std::array<std::uint16_t, 12> lengths = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    std::array<std::uint16_t, 2'048> days{};
    for (auto& each : days) each = no_day;
    unsigned before = 0;
    for (unsigned m = 1; m <= 12; ++m) {
        for (unsigned d = 1; d <= lengths[m - 1]; ++d) days[m * 100 + d] = static_cast<std::uint16_t>(before + d - 1);
        before += m == 2 ? 28U : lengths[m - 1];
    }
    return days;
}();

/// Days from 1970 to a year.
inline constexpr auto days_before_year = [] {
    std::array<std::uint32_t, 512> days{};
    for (unsigned y = 1; y < 292; ++y) {
        const unsigned last = 1970 + y - 1;
        const bool leap = last % 4 == 0 && (last % 100 != 0 || last % 400 == 0);
        days[y] = days[y - 1] + (leap ? 366U : 365U);
    }
    return days;
}();

/// Whether there is such a day; then `day` is it.
[[nodiscard]] SEALSYNC_NEVER_INLINE inline bool find_day(std::uint32_t date, known_day& day) noexcept {
    const auto year = date / 10'000 - 1970, month_and_day = date % 10'000;
    if (year > 291 || month_and_day >= days_before_day.size()) return false;
    const std::uint32_t before_year = days_before_year[year], in_year = days_before_day[month_and_day];
    const bool leap = days_before_year[year + 1] - before_year == 366;
    if (in_year == no_day || (!leap && month_and_day == 229)) return false;
    const std::uint64_t days = std::uint64_t{before_year} + in_year + std::uint64_t{leap && month_and_day > 229};
    day = {date, days * 86'400};
    return true;
}

/// Most changes are of the day of the change before.
[[nodiscard]] SEALSYNC_ALWAYS_INLINE scanned_time time_of(const time_parts& t, known_day& day) noexcept {
    if (t.date != day.date && !find_day(t.date, day)) return {0, 1};
    const std::uint64_t seconds = day.begin + t.seconds;
    return {static_cast<std::int64_t>(seconds * 1'000'000'000 + t.nanoseconds), 0};
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_SCAN_MEMO_HPP
#define SEALSYNC_MERGE_SCAN_SCAN_MEMO_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What changes of a manifest have in common, by its first eight characters that differ: a place or none, and no
/// more than four are looked at. Who makes up manifests can fill it with what does not come again, and so have them
/// read slowly; nothing worse.
template <class Memo, std::size_t Size>
class memo_table {
public:
    memo_table() noexcept { clear(); }

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Memo* find(std::uint64_t key) const noexcept {
        const auto* const first = &memos_[place_of(key)];
        for (std::size_t i = 0; i < tries; ++i) {
            if (first[i].key == key) [[likely]]
                return &first[i];
        }
        return nullptr;
    }
    /// The same, if what was found the last time is mostly found again.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Memo* find_again(std::uint64_t key) noexcept {
        const auto& last = memos_[last_];
        if (last.key == key && last.text.size != 0) [[likely]]
            return &last;
        const auto* const found = find(key);
        if (found != nullptr) last_ = static_cast<std::size_t>(found - memos_.data());
        return found;
    }
    /// Where to learn what has this key.
    [[nodiscard]] Memo& place(std::uint64_t key) noexcept {
        const auto first = place_of(key);
        for (auto i = first; i < first + tries; ++i) {
            if (memos_[i].text.size == 0 || memos_[i].key == key) return memos_[i];
        }
        return memos_[first];
    }

    void clear() noexcept {
        memos_.fill({});
        for (std::size_t i = 0; i < memos_.size(); ++i) memos_[i].key = key_of_empty(i);
    }

private:
    static constexpr std::size_t tries = 4;
    [[nodiscard]] static std::size_t place_of(std::uint64_t key) noexcept {
        return static_cast<std::size_t>(key * 0x9e3779b97f4a7c15U >> 32U) % Size;
    }
    /// One that is never looked for there.
    [[nodiscard]] static std::uint64_t key_of_empty(std::size_t at) noexcept {
        std::uint64_t key = 0;
        while (at - place_of(key) < tries) ++key;
        return key;
    }

    std::array<Memo, Size + tries - 1> memos_;
    std::size_t last_ = 0;
};

/// Two numbers of texts, one after the other, as an entry has them: run and replaced run, collection and device.
[[nodiscard]] constexpr std::uint64_t text_pair(std::uint32_t first, std::uint32_t second) noexcept {
    return std::bit_cast<std::uint64_t>(std::array{first, second});
}

/// `{"type":"record","family_member_id":"...","record_id":"...","version":`, with a hole for the id.
struct beginning_memo {
    std::uint64_t key = 0;
    std::uint64_t kind_hash = 0;  ///< of records of this collection with ids of this size
    std::uint64_t facts = 0;      ///< of records with ids of this size
    std::uint64_t collection = 0; ///< and 0, a pair
    std::uint32_t id_at = 0, id_size = 0;
    pattern<256> text;
};

/// `,"timestamp":"...","device_id":"...","action":"......","dot":"...:`, with holes for time and action.
struct author_memo {
    std::uint64_t key = 0;
    std::uint64_t runs = 0, device = 0; ///< pairs: the run twice; 0 and the device
    std::uint32_t run = 0, action_at = 0;
    pattern<256> text;

    static constexpr std::string_view before_time = ",\"timestamp\":\"", before_device = "Z\",\"device_id\":\"",
                                      before_action = "\",\"action\":\"", before_dot = "\",\"dot\":\"";
    static constexpr std::size_t time_at = before_time.size(), time_size = 29;
    static constexpr std::size_t device_at = time_at + time_size + before_device.size();
    static constexpr std::size_t action_size = 6;
};

/// What follows an edit: `","replaces":["<run>:`, or `","replaces":[],"size":`.
struct replaced_memo {
    std::uint64_t key = 0;
    std::array<std::uint64_t, 4> kept{};   ///< of an entry's numbers, all bits of those that there are
    std::uint64_t kept_runs = 0, runs = 0; ///< pairs: all bits of the author's that count; 0 and the replaced one
    pattern<64> text;

    /// All bits, or none if nothing is replaced.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t if_any() const noexcept { return kept[1]; }

    static constexpr std::string_view before_dot = "\",\"replaces\":[\"", none = "\",\"replaces\":[],\"size\":";
    static constexpr std::size_t key_at = before_dot.size();
};

/// What a scan has learned from changes that were read with all care.
struct scan_memo {
    explicit scan_memo(std::string_view collection_field)
        : before_collection{"{\"type\":\"record\",\"" + std::string{collection_field} + "\":\""} {}

    void learn(const change& c, repeated_texts& texts);
    void forget() noexcept {
        beginnings.clear();
        authors.clear();
        replaced.clear();
    }

    std::string before_collection;
    memo_table<beginning_memo, 256> beginnings;
    memo_table<author_memo, 32> authors;
    memo_table<replaced_memo, 128> replaced;

    /// As it was in the change before.
    std::size_t usual_beginning = 0, usual_version = 0, usual_n = 0; ///< sizes
    known_day usual_day;

private:
    void learn_beginning(const change& c, repeated_texts& texts);
    void learn_author(const change& c, repeated_texts& texts);
    void learn_replaced(const change& c, repeated_texts& texts);
};

inline void scan_memo::learn(const change& c, repeated_texts& texts) {
    if (c.type != change_type::record) return;
    learn_beginning(c, texts);
    learn_author(c, texts);
    learn_replaced(c, texts);
}

inline void scan_memo::learn_beginning(const change& c, repeated_texts& texts) {
    constexpr std::string_view before_id = "\",\"record_id\":\"", before_version = "\",\"version\":";
    const auto &collection = c.collection.text(), &id = c.id.text();
    beginning_memo memo;
    memo.id_at = static_cast<std::uint32_t>(before_collection.size() + collection.size() + before_id.size());
    memo.id_size = static_cast<std::uint32_t>(id.size());
    if ((id.size() > 32 && id.size() != 64) || !memo.text.fits(memo.id_at + id.size() + before_version.size())) return;
    memo.text.put(before_collection).put(collection).put(before_id).put_hole(id.size()).put(before_version);
    memo.key = load_word(memo.text.text.data() + before_collection.size());
    const auto number = texts.collections.index_of(collection);
    memo.collection = text_pair(number, 0);
    const auto form = id.size() == 64 ? id_form::digest : id_form::text;
    memo.facts = merge_entry::facts(change_type::record, change_action{}, form, false);
    memo.kind_hash =
        texts.hash().of_kind(merge_entry::kind_of(change_type::record, form), texts.collections.hash(number));
    beginnings.place(memo.key) = memo;
}

inline void scan_memo::learn_author(const change& c, repeated_texts& texts) {
    author_memo memo;
    memo.text.put(memo.before_time).put("0000-00-00T00:00:00.000000000");
    for (std::size_t i = memo.time_at; i < memo.text.size; ++i) {
        if (memo.text.text[i] == '0') memo.text.mask[i] = '\0';
    }
    memo.text.put(memo.before_device).put(c.device.text()).put(memo.before_action);
    memo.action_at = memo.text.size;
    memo.text.put_hole(memo.action_size).put(memo.before_dot).put(c.dot.run.hex()).put(":");
    memo.key = load_word(memo.text.text.data() + memo.device_at);
    memo.run = texts.index_of(c.dot.run);
    memo.runs = text_pair(memo.run, memo.run);
    memo.device = text_pair(0, texts.devices.index_of(c.device.text()));
    authors.place(memo.key) = memo;
}

inline void scan_memo::learn_replaced(const change& c, repeated_texts& texts) {
    constexpr std::uint64_t all = ~std::uint64_t{0};
    constexpr std::uint32_t whole = ~std::uint32_t{0};
    const auto place = [&](const replaced_memo& what, std::uint64_t if_any) {
        auto memo = what;
        memo.key = load_word(memo.text.text.data() + memo.key_at);
        memo.kept = {all, if_any, all, all};
        memo.kept_runs = text_pair(whole, if_any == 0 ? whole : 0);
        replaced.place(memo.key) = memo;
    };
    if (c.replaces.empty()) place({.text = pattern<64>{replaced_memo::none}}, 0);
    for (const auto& each : c.replaces) {
        place({.runs = text_pair(0, texts.index_of(each.run)),
               .text = pattern<64>{replaced_memo::before_dot}.put(each.run.hex()).put(":")},
              all);
    }
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_CHANGE_SCAN_HPP
#define SEALSYNC_MERGE_SCAN_CHANGE_SCAN_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How much of the text a scanned change may look at.
inline constexpr std::size_t scan_window = 1'024;

/// How a record ends, behind its size; an erased one from the colon before that, which must be 0.
inline constexpr auto end_of_stored = pattern<128>{",\"digest\":\""}.put_hole(64).put("\",\"attachments\":[]}");
inline constexpr auto end_with_attachment =
    pattern<192>{",\"digest\":\""}.put_hole(64).put("\",\"attachments\":[\"").put_hole(64).put("\"]}");
inline constexpr auto end_of_erased = pattern<64>{":0,\"attachments\":[]}"};

[[nodiscard]] inline std::string_view attachment_before(const char* end) noexcept { return {end - 67, 64}; }
[[nodiscard]] SEALSYNC_NEVER_INLINE inline std::uint32_t put_attachment(std::string_view digest,
                                                                        staged_changes& stage) {
    return stage.put_rest({.attachments = {&digest, 1}}, false);
}

/// A word of six letters, found by two bits of its first: `d`, `i`, `u`.
class scanned_action {
public:
    using words = std::array<std::uint64_t, 4>;
    explicit scanned_action(const char* at) noexcept : word_{load_word(at) << 16U}, place_{word_ >> 19U & 3U} {}
    /// Zero if it is one of these.
    [[nodiscard]] std::uint64_t differs(const words& allowed) const noexcept { return allowed[place_] ^ word_; }
    [[nodiscard]] std::uint64_t facts() const noexcept { return all_facts[place_]; }

    static constexpr words erase = {word_of("delete") << 16U, 1, 1, 1},
                           store = {1, word_of("insert") << 16U, word_of("update") << 16U, 1};

private:
    static constexpr auto all_facts = [] {
        constexpr auto facts = [](change_action action) {
            return merge_entry::facts(change_type{}, action, id_form{}, action != change_action::erase);
        };
        return words{facts(change_action::erase), facts(change_action::insert), facts(change_action::update), 0};
    }();
    std::uint64_t word_;
    std::size_t place_;
};

/// Zero if an id may be this.
template <class Vector>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t read_id(const char* at, std::size_t size, Vector& seen,
                                                           std::byte* out) noexcept {
    if (size == 64) {
        seen.decode_digest(at, out);
        return 0;
    }
    seen.copy_id(at, size, out);
    return std::uint64_t{*at == '.'};
}

/// Where what stands behind the size begins, and the record ends.
struct scanned_end {
    const char *begin, *end;
    const scanned_action::words* actions; ///< that may end so
    bool attached;                        ///< whether there is an attachment
};

/// How much further a record can end than one of which the dot's number and the size have one digit and which replaces
/// nothing.
inline constexpr std::size_t end_varies_by =
    7 + 7 + std::string_view{"\"00000000000000000000000000000000:00000000\""}.size();
static_assert(end_varies_by < 64 && end_of_stored.size - end_of_erased.size >= 64 &&
              end_with_attachment.size - end_of_stored.size >= 64);

/// Where the record ends of which the number of its dot stands at `at`, if it is canonical and of the common shape: at
/// the first `}` among the 64 characters where only one of the three shapes can have it. (A shorter change behind it
/// may mislead, which is a fault like any other.) As the numbers need not be known to say so, a processor scans the
/// next change while it still reads this one. What stands before the end tells how it begins; that it does is seen to
/// as of all else.
template <class Vector>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE scanned_end read_end(const char* at, Vector& seen, std::byte* digest) noexcept {
    constexpr std::size_t digit = 1, digest_at = std::string_view{",\"digest\":\""}.size();
    const auto* const least = at + digit + replaced_memo::none.size() + digit;
    const auto* const stored = least + end_of_stored.size;
    if (const auto place = Vector::find_brace(stored - 1); place < 64) [[likely]] {
        const auto* const begin = least + place;
        seen.expect(begin, end_of_stored);
        seen.decode_digest(begin + digest_at, digest);
        return {begin, stored + place, &scanned_action::store, false};
    }
    const auto* const attached = least + end_with_attachment.size;
    if (const auto place = Vector::find_brace(attached - 1); place < 64) {
        const auto *const begin = least + place, *const end = attached + place;
        seen.expect(begin, end_with_attachment);
        seen.decode_digest(attachment_before(end).data(), digest); // to see that it is one
        seen.decode_digest(begin + digest_at, digest);
        return {begin, end, &scanned_action::store, true};
    }
    const auto* const begin = least - digit - 1 + Vector::find_brace(least - digit - 1 + end_of_erased.size - 1);
    seen.expect(begin, end_of_erased);
    std::memset(digest, 0, 32);
    return {begin + digit + 1, begin + end_of_erased.size, &scanned_action::erase, false};
}

/// Reads the record that stands at `at` in the canonical layout and stages it: where it ends, or null if it is no
/// record of the common shape, or not canonical, or of an author or a collection that was not learned yet. Every byte
/// is compared or decoded; what is wrong adds up in `seen` and `bad`, which are asked once. `scan_window` bytes must be
/// readable.
template <class Vector>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* scan_change(const char* at, scan_memo& memo, staged_changes& stage,
                                                             edit_ranges& edits) {
    const auto* const beginning = memo.beginnings.find(load_word(at + memo.before_collection.size()));
    if (beginning == nullptr) return nullptr;
    auto& entry = stage.next();
    Vector seen;
    std::uint64_t bad = 0;

    seen.expect(at, beginning->text);
    bad |= read_id(at + beginning->id_at, beginning->id_size, seen, entry.id.data());
    at += foreseen(beginning->text.size, memo.usual_beginning);
    const auto version = guess_digits(at);
    at += foreseen(version.count, memo.usual_version);

    const auto* const author = memo.authors.find_again(load_word(at + author_memo::device_at));
    if (author == nullptr) return nullptr;
    seen.expect(at, author->text);
    const auto time = time_of(seen.decode_time(at + author_memo::time_at), memo.usual_day);
    const scanned_action action{at + author->action_at};
    at += author->text.size;
    const auto rest = read_end(at, seen, entry.stored.data());
    bad |= time.bad | action.differs(*rest.actions);
    const auto n = guess_digits(at);
    at += foreseen(n.count, memo.usual_n);

    const auto* const replaced = memo.replaced.find(load_word(at + replaced_memo::key_at));
    if (replaced == nullptr) return nullptr;
    seen.expect(at, replaced->text);
    at += replaced->text.size;
    // No branch: where nothing is replaced, the size stands here, and is read twice.
    const auto replaced_n = guess_digits(at);
    bad |= differs(at + replaced_n.count, "\"],\"size\":") & replaced->if_any();
    at += (replaced_n.count + 10) & replaced->if_any();
    const auto size = guess_digits(at);
    bad |= static_cast<std::uint64_t>(rest.begin - at) - size.count;
    seen.read_numbers({n.digits, replaced_n.digits, version.digits, size.digits},
                      {least_positive[n.count], least_positive[replaced_n.count], least_positive[version.count],
                       least_number[size.count]},
                      replaced->kept, entry.numbers());
    entry.set_texts({(author->runs & replaced->kept_runs) | replaced->runs, beginning->collection | author->device});
    if (entry.replaces_itself() || bad != 0 || seen.faults() != 0) return nullptr;

    entry.timestamp = time.nanoseconds;
    entry.version_and_facts |= action.facts() | beginning->facts;
    entry.rest = rest.attached ? put_attachment(attachment_before(rest.end), stage) : no_index;
    entry.next = no_index;
    edits.add(author->run, entry.n);
    stage.keep(stage.hash().of_id(entry.id.data(), beginning->kind_hash));
    return rest.end;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_SCAN_NEON_VECTOR_HPP
#define SEALSYNC_MERGE_SCAN_NEON_VECTOR_HPP

#if defined(SEALSYNC_SCAN_NEON)
#include <arm_neon.h>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `portable_vector` with 16 characters at a time. Every 64-bit ARM has it.
class neon_vector : public portable_vector {
public:
    [[nodiscard]] std::uint64_t faults() const noexcept { return portable_vector::faults() | vmaxvq_u8(faults_); }

    template <std::size_t Capacity>
    void expect(const char* at, const pattern<Capacity>& expected) noexcept {
        for (std::size_t i = 0; i < expected.compared(); i += 16) {
            const auto difference = veorq_u8(load(at + i), load(&expected.text[i]));
            faults_ = vorrq_u8(faults_, vandq_u8(difference, load(&expected.mask[i])));
        }
    }

    void decode_digest(const char* at, std::byte* out) noexcept {
        for (std::size_t i = 0; i < 2; ++i) {
            const auto pairs = vld2q_u8(reinterpret_cast<const std::uint8_t*>(at + 32 * i));
            const auto high = decode_hex(pairs.val[0]), low = decode_hex(pairs.val[1]);
            vst1q_u8(reinterpret_cast<std::uint8_t*>(out + 16 * i), vorrq_u8(vshlq_n_u8(high, 4), low));
        }
    }

private:
    [[nodiscard]] static uint8x16_t load(const char* at) noexcept {
        return vld1q_u8(reinterpret_cast<const std::uint8_t*>(at));
    }
    [[nodiscard]] uint8x16_t decode_hex(uint8x16_t text) noexcept {
        const auto digit = vsubq_u8(text, vdupq_n_u8('0')), letter = vsubq_u8(text, vdupq_n_u8('a'));
        const auto is_digit = vcleq_u8(digit, vdupq_n_u8(9)), is_letter = vcleq_u8(letter, vdupq_n_u8(5));
        faults_ = vorrq_u8(faults_, vmvnq_u8(vorrq_u8(is_digit, is_letter)));
        return vbslq_u8(is_digit, digit, vaddq_u8(letter, vdupq_n_u8(10)));
    }

    uint8x16_t faults_ = vdupq_n_u8(0);
};

}}} // namespace sealsync::detail

#endif

#endif

#ifndef SEALSYNC_MERGE_SCAN_SEGMENT_SCAN_HPP
#define SEALSYNC_MERGE_SCAN_SEGMENT_SCAN_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The verified scan: stages the changes of a segment in the canonical layout, most of them by `scan_change`, the
/// others by the strict reader, one at a time. What it takes `canonical_codec` takes, with the same value. It says no
/// more of what it does not take: a reader will, from the beginning. Kept and used again by one thread, with one
/// stage.
class segment_scan {
public:
    segment_scan(std::string_view collection_field, const manifest_limits& limits, vector_level level)
        : field_{collection_field},
          limits_{limits},
          level_{level},
          memo_{collection_field},
          common_{limits.dots_max > 0 && limits.attachments_max > 0 && collection_field.size() < 128} {
        SEALSYNC_ASSERT(has_level(level) && is_collection_field(collection_field));
    }

    /// If it returns false, what it staged counts for nothing.
    [[nodiscard]] bool read(bytes_view manifest, staged_changes& stage) {
        const auto text = as_text(manifest);
        if (text.size() > limits_.bytes_max || text.substr(0, beginning.size()) != beginning) return false;
        json_reader in{text};
        header_ = {};
        lay_out_segment_header(in, header_, limits_);
        if (!in.ok()) return false;
        auto rest = text.substr(in.position());
        if (rest.substr(0, changes.size()) != changes) return false;
        rest.remove_prefix(changes.size());
        if (rest == "]}") return true;
        edits_.clear();
        const auto* const end = read_changes(rest, stage);
        return end != nullptr && std::string_view{end, 2} == "]}" && edits_.distinct();
    }

    /// When the numbers that the stage gave to texts mean nothing any more.
    void forget() noexcept { memo_.forget(); }

private:
    static constexpr std::string_view beginning = "{\"format\":1,\"critical\":[],", changes = ",\"changes\":[";

    /// Where the changes of a text end, which then has two more characters, or null.
    [[nodiscard]] const char* read_changes(std::string_view text, staged_changes& stage) {
        switch (level_) {
#if defined(SEALSYNC_SCAN_X86)
        case vector_level::avx512:
            return read_by_avx512(text, stage);
        case vector_level::avx2:
            return read_by_avx2(text, stage);
#endif
#if defined(SEALSYNC_SCAN_NEON)
        case vector_level::neon:
            return read_by<neon_vector>(text, stage);
#endif
        default:
            return read_by<portable_vector>(text, stage);
        }
    }
#if defined(SEALSYNC_SCAN_X86)
    [[nodiscard]] SEALSYNC_TARGET_AVX512 SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE const char*
    read_by_avx512(std::string_view text, staged_changes& stage) {
        return read_by<avx512_vector>(text, stage);
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2,bmi,bmi2") SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE const
        char* read_by_avx2(std::string_view text, staged_changes& stage) {
        return read_by<avx2_vector>(text, stage);
    }
#endif

    /// The last changes are read from a copy with room behind it, so that none looks beyond the text.
    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_by(std::string_view text, staged_changes& stage) {
        const char *at = text.data(), *end = at + text.size();
        const auto left = [&] { return static_cast<std::size_t>(end - at); };
        for (std::size_t count = 1; count <= limits_.changes_max; ++count, ++at) {
            if (left() < scan_window && end != tail_.data() + tail_size_) {
                end = copy_tail(at, left());
                at = tail_.data();
            }
            prefetch_text<512>(at);
            const char* next = common_ ? scan_change<Vector>(at, memo_, stage, edits_) : nullptr;
            if (next == nullptr) {
                next = read_with_care({at, left()}, stage);
                if (next == nullptr || next == end) return nullptr;
            }
            at = next;
            if (*at != ',') return left() == 2 ? at : nullptr;
        }
        return nullptr;
    }
    /// Reads on from the copy, to its end.
    [[nodiscard]] SEALSYNC_NEVER_INLINE const char* copy_tail(const char* at, std::size_t size) noexcept {
        tail_.fill('\0');
        std::memcpy(tail_.data(), at, size);
        tail_size_ = size;
        return tail_.data() + size;
    }

    /// One change of any shape, and what it teaches.
    [[nodiscard]] SEALSYNC_NEVER_INLINE const char* read_with_care(std::string_view text, staged_changes& stage) {
        json_reader in{text};
        change c;
        lay_out_change(in, c, field_, limits_);
        if (!in.ok()) return nullptr;
        stage.stage(viewer_(c));
        edits_.add(stage.texts.index_of(c.dot.run), c.dot.n);
        memo_.learn(c, stage.texts);
        return text.data() + in.position();
    }

    std::string field_;
    manifest_limits limits_;
    vector_level level_;
    scan_memo memo_;
    bool common_; ///< the common shape fits the limits and the window
    segment header_;
    change_viewer viewer_;
    std::array<char, 2 * scan_window> tail_{};
    std::size_t tail_size_ = 0;
    edit_ranges edits_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_MERGE_LANE_HPP
#define SEALSYNC_MERGE_MERGE_LANE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Readers may offer a quicker way to what they read: `scan(manifest, field, limits, level, stage)` stages all of a
/// manifest and returns true, or false, and then what it staged counts for nothing.
template <class Reader>
concept scanning_reader = requires(Reader& reader, bytes_view manifest, std::string_view field,
                                   const manifest_limits& limits, vector_level level, staged_changes& stage) {
    { reader.scan(manifest, field, limits, level, stage) } -> std::same_as<bool>;
};

/// What one thread needs to read manifests into a stage of its own.
template <class Reader>
class merge_lane {
public:
    merge_lane(std::string_view collection_field, const manifest_limits& limits, vector_level level,
               const seeded_hash& hash)
        : stage{hash},
          field_{collection_field},
          limits_{limits},
          level_{level},
          compact_{limits},
          scan_{collection_field, limits, level} {}

    /// Stages a manifest, or nothing of it and fails as `Reader` does, or `compact_codec` of a compact one.
    [[nodiscard]] result<void> read(bytes_view manifest) {
        if (stage.texts_dropped() != texts_dropped_) forget_numbers();
        const auto begin = stage.size();
        if (is_compact(manifest)) return kept(begin, compact_.read(manifest, stage));
        if (scan_.read(manifest, stage)) return {};
        stage.drop(begin);
        if constexpr (scanning_reader<Reader>) {
            if (reader_.scan(manifest, field_, limits_, level_, stage)) return {};
            stage.drop(begin);
        }
        return kept(begin,
                    reader_.read(manifest, field_, limits_, [&](const change_view& each) { stage.stage(each); }));
    }

    staged_changes stage;

private:
    [[nodiscard]] result<void> kept(std::size_t begin, result<manifest_header> header) {
        if (header) return {};
        stage.drop(begin);
        return std::move(header).error();
    }

    /// Scans remember what number a text has.
    void forget_numbers() {
        scan_.forget();
        reader_ = Reader{};
        texts_dropped_ = stage.texts_dropped();
    }

    std::string field_;
    manifest_limits limits_;
    vector_level level_;
    compact_scan compact_;
    segment_scan scan_;
    Reader reader_;
    std::size_t texts_dropped_ = 0;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_MERGE_COUNTS_HPP
#define SEALSYNC_MERGE_MERGE_COUNTS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

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
    merge_counts& operator+=(merge_outcome outcome) noexcept {
        added += std::uint64_t{outcome == merge_outcome::added};
        known += std::uint64_t{outcome == merge_outcome::known};
        twins += std::uint64_t{outcome == merge_outcome::twin};
        return *this;
    }
    [[nodiscard]] std::uint64_t changes() const noexcept { return added + known + twins; }
    [[nodiscard]] friend bool operator==(const merge_counts&, const merge_counts&) = default;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MERGE_REPLACED_BUCKET_HPP
#define SEALSYNC_MERGE_REPLACED_BUCKET_HPP

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A version of an object, by the number of the object and its dot.
struct replaced_slot {
    std::uint64_t n = 0;
    std::uint32_t run = 0, object = 0;
    [[nodiscard]] bool empty() const noexcept { return n == 0; }
    [[nodiscard]] friend bool operator==(const replaced_slot&, const replaced_slot&) = default;
};

/// Four in a cache line, compared at once: that one is there or not cannot be foreseen.
class alignas(64) replaced_bucket : public slot_bucket<replaced_slot> {
public:
    [[nodiscard]] static replaced_bucket cleared() noexcept { return {}; }

    /// Those that are this.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bucket_search search(const replaced_slot& like) const noexcept {
        unsigned alike = 0;
#if defined(__SSE2__)
        const auto wanted = load(like);
        for (std::size_t i = 0; i < size; ++i) {
            const auto equal = _mm_movemask_epi8(_mm_cmpeq_epi32(load(get(i)), wanted));
            alike |= unsigned{equal == 0xffff} << i;
        }
#else
        for (std::size_t i = 0; i < size; ++i) alike |= unsigned{get(i) == like} << i;
#endif
        return {alike, empty()};
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE replaced_bucket kept(unsigned slots) const noexcept {
        replaced_bucket some;
        for (std::size_t i = 0; i < size; ++i) {
            const auto mask = ~std::uint64_t{0} * (slots >> i & 1U); // a branch would half the time be wrong
            const auto& slot = get(i);
            const auto half = static_cast<std::uint32_t>(mask);
            some.set(i, {slot.n & mask, slot.run & half, slot.object & half});
        }
        return some;
    }

private:
#if defined(__SSE2__)
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE static __m128i load(const replaced_slot& slot) noexcept {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(&slot));
    }
#endif
};

static_assert(sizeof(replaced_slot) == 16);

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_REPLACED_DOTS_HPP
#define SEALSYNC_MERGE_REPLACED_DOTS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Which versions of which objects were replaced by versions that are themselves gone. (What a sibling replaces the
/// sibling says.) By object and dot, so that a dot named for another object means nothing, and whatever numbers a
/// manifest makes up cost 16 bytes each.
class replaced_dots {
public:
    explicit replaced_dots(const seeded_hash& hash) : hash_{hash}, slots_{hash_of_slot{hash}} {}

    void insert(std::uint32_t object, std::uint32_t run, std::uint64_t n) {
        const replaced_slot slot{n, run, object};
        const auto hash = hash_of_slot{hash_}(slot);
        if (const auto place = find(slot, hash); place.slot.empty()) slots_.insert_at(place, hash, slot);
    }
    [[nodiscard]] bool contains(std::uint32_t object, std::uint32_t run, std::uint64_t n) const {
        const replaced_slot slot{n, run, object};
        return !find(slot, hash_of_slot{hash_}(slot)).slot.empty();
    }
    /// Brings nearer where the others will look.
    SEALSYNC_ALWAYS_INLINE void prefetch(std::uint32_t object, std::uint32_t run, std::uint64_t n) const noexcept {
        prefetch_line(slots_.first_place(hash_of_slot{hash_}({n, run, object})));
    }
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
    [[nodiscard]] std::size_t bytes_held() const noexcept { return slots_.bytes_held(); }

    /// Calls `f(run, n)` for each, in no particular order.
    template <class F>
    void for_each(F&& f) const {
        slots_.for_each([&](const replaced_slot& slot) { f(slot.run, slot.n); });
    }

private:
    struct hash_of_slot {
        seeded_hash hash;
        [[nodiscard]] std::uint32_t operator()(const replaced_slot& slot) const noexcept {
            return hash.of_words(slot.n, std::uint64_t{slot.run} << 32U | slot.object);
        }
    };
    using table = paged_table<replaced_bucket, hash_of_slot>;
    [[nodiscard]] table::place find(const replaced_slot& slot, std::uint32_t hash) const {
        return slots_.find(hash, slot, [](const replaced_slot&) { return true; });
    }

    seeded_hash hash_;
    table slots_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MERGE_OBJECT_SHARD_HPP
#define SEALSYNC_MERGE_OBJECT_SHARD_HPP

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

#ifndef SEALSYNC_MERGE_MERGE_VIEWS_HPP
#define SEALSYNC_MERGE_MERGE_VIEWS_HPP

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

#ifndef SEALSYNC_MERGE_MANIFEST_MERGER_HPP
#define SEALSYNC_MERGE_MANIFEST_MERGER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

struct merge_settings {
    std::string collection_field; ///< the layout's: `family_member_id`
    manifest_limits limits{};
    std::uint64_t seed = 0;      ///< of the hash: give a random one where ids are chosen by others, or they can collide
    executor* workers = nullptr; ///< threads that may help; none: the calling thread. Must outlive the merger
    vector_level level = best_level(); ///< that the scan uses; the processor must have it
};

/// Merges manifests of any number of devices, in any order and grouping, as often as they come: the siblings of every
/// object, its winner, and what changed. Nothing is sorted; merging into a standing state costs what is new.
/// The meaning is `sibling_set`'s: versions known, less those that a known version of the same object replaces. A
/// manifest that is refused changes nothing. Compact segments are read row by row, those in the canonical layout are
/// scanned; whatever that does not take goes to `Reader`, which says what JSON means: see `canonical_changes`.
///
/// Not thread-safe: one thread at a time. Threads may read together while none feeds it or takes what changed.
template <class Reader = canonical_changes>
class basic_manifest_merger {
public:
    explicit basic_manifest_merger(merge_settings settings) : state_{std::make_unique<state>(std::move(settings))} {}

    /// Merges a manifest. Fails as `Reader` does, and nothing is changed.
    [[nodiscard]] result<merge_counts> add(bytes_view manifest) {
        auto& lane = state_->lanes.front();
        lane.stage.clear();
        if (auto ok = lane.read(manifest); !ok) return std::move(ok).error();
        return fold_first();
    }

    /// Merges several, with the threads of `workers` if there are any. Fails as `Reader` does at the first that is
    /// refused, which the failure names by its place: those before it are merged, it and those after it are not.
    [[nodiscard]] result<merge_counts> add(std::span<const bytes_view> manifests) {
        merge_counts counts;
        for (std::size_t begin = 0; begin < manifests.size();) {
            const auto wave = manifests.subspan(begin, wave_size(manifests.subspan(begin)));
            std::vector<staged_part> staged(wave.size());
            auto refused = read(wave, staged);
            counts += fold(staged);
            if (refused) return std::move(*refused).during("manifest " + std::to_string(begin + staged.size()));
            begin += wave.size();
        }
        return counts;
    }

    /// Merges the changes of a manifest that has been read. They must hold what `detail::check_change` asks, and no
    /// number over 2^53 - 1, which every codec has seen to.
    merge_counts add(const segment& s) {
        auto& stage = state_->lanes.front().stage;
        stage.clear();
        change_viewer viewer;
        for (const auto& each : s.changes) stage.stage(viewer(each));
        return fold_first();
    }

    /// Merges a checkpoint, as its parts have been read: what its author had merged, and what was left of it. The
    /// result is that of the logs it covers, less what its author has dropped since. Costs what is known, not only what
    /// is new. Fails with `errc::invalid_argument` if these are not all parts of one checkpoint, in order; nothing is
    /// changed.
    [[nodiscard]] result<merge_counts> add_checkpoint(std::span<const checkpoint> parts) {
        if (auto whole = detail::check_parts(parts); !whole) return std::move(whole).error();
        auto& stage = state_->lanes.front().stage;
        stage.clear();
        change_viewer viewer;
        std::vector<detail::indexed_dot> left;
        for (const auto& part : parts) {
            for (const auto& each : part.siblings) {
                stage.stage(viewer(each));
                left.push_back({each.dot.n, state_->texts.index_of(each.dot.run)});
            }
        }
        drop_what_was_met(parts, std::move(left));
        const auto counts = fold_first();
        join_met(parts, state_->covered);
        return counts;
    }

    /// Objects known, deleted ones included.
    [[nodiscard]] std::size_t objects() const noexcept {
        std::size_t all = 0;
        for (const auto& each : state_->shards) all += each.objects();
        return all;
    }
    /// Of the state, without the buffers that reading uses.
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t all = 0;
        for (const auto& each : state_->shards) all += each.bytes_held();
        return all + state_->covered.bytes_held();
    }

    /// Slots that are passed by to find every object once, one or a few for each: more tell of a seed that is known.
    [[nodiscard]] std::size_t probes() const noexcept {
        std::size_t all = 0;
        for (const auto& each : state_->shards) all += each.probes();
        return all;
    }

    /// `id` is empty for a profile.
    [[nodiscard]] std::optional<object_view> find(change_type type, std::string_view collection,
                                                  std::string_view id) const {
        const auto number = state_->texts.collections.known(collection);
        if (number == detail::no_index) return std::nullopt;
        detail::merge_entry like{};
        const auto form = detail::put_id(id, like.id);
        like.collection = number;
        like.version_and_facts = detail::merge_entry::facts(type, change_action::insert, form, false);
        const auto hash = detail::staged_changes::hash_of(state_->hash, like, state_->texts.collections.hash(number));
        const auto& shard = state_->shards[hash % state_->shards.size()];
        const auto at = shard.find(like, hash, form == detail::id_form::long_ ? id : std::string_view{});
        if (at == detail::no_index) return std::nullopt;
        return object_view{shard, at};
    }

    /// Calls `f(object_view)` for each object, in no particular order.
    template <class F>
    void for_each_object(F&& f) const {
        for (const auto& shard : state_->shards) {
            shard.for_each([&](std::uint32_t at) { f(object_view{shard, at}); });
        }
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
        for (auto& shard : state_->shards) {
            shard.take_changed([&](std::uint32_t at) { f(object_view{shard, at}); });
        }
    }

private:
    using lane_type = detail::merge_lane<Reader>;

    /// Its parts refer to each other, so that it stays where it is when the merger moves.
    struct state {
        explicit state(merge_settings settings)
            : hash{settings.seed}, texts{hash}, limits{settings.limits}, workers{settings.workers} {
            const auto width = workers == nullptr ? std::size_t{1} : (std::min)(workers->width(), lanes_max);
            lanes.reserve(width);
            shards.reserve(std::bit_ceil(width));
            for (std::size_t i = 0; i < width; ++i) {
                lanes.emplace_back(settings.collection_field, settings.limits, settings.level, hash);
            }
            for (std::size_t i = 0; i < std::bit_ceil(width); ++i) shards.emplace_back(hash, texts, covered);
        }

        detail::seeded_hash hash;
        detail::repeated_texts texts;
        detail::covered_edits covered;
        manifest_limits limits;
        executor* workers;
        std::vector<lane_type> lanes;
        std::vector<detail::object_shard> shards;
    };

    /// Of what a lane has staged, one manifest's.
    struct staged_part {
        std::size_t lane = 0, begin = 0, end = 0;
    };

    static constexpr std::size_t lanes_max = 16, block_size = 64;
    static constexpr std::size_t lane_bytes = std::size_t{1} << 20U, wave_bytes = 64 * lane_bytes;

    /// How many manifests are read before they are merged: one; with several lanes so many that none waits long for
    /// another, but no more, so that what they stage is mostly still near when it is merged. What is staged is at most
    /// `wave_bytes` for each lane, and a manifest more for each.
    [[nodiscard]] std::size_t wave_size(std::span<const bytes_view> manifests) const noexcept {
        const auto lanes = state_->lanes.size();
        if (lanes == 1) return 1;
        std::size_t size = 0, all = 0, enough = lane_bytes;
        while (size < manifests.size() && (size % lanes != 0 || all < lanes * enough)) {
            const auto staged = staged_bytes(manifests[size++]);
            all += staged;
            enough = std::clamp(staged / 4 * 3, enough, wave_bytes);
        }
        return size;
    }
    /// About what its changes need when they are staged, if it is read to its end.
    [[nodiscard]] std::size_t staged_bytes(bytes_view manifest) const noexcept {
        constexpr std::size_t row = 80, text = 400;
        const auto size = (std::min)(manifest.size(), std::size_t{state_->limits.bytes_max});
        return (size / (is_compact(manifest) ? row : text) + 1) * sizeof(detail::merge_entry);
    }

    void run(std::size_t parts, function_ref<void(std::size_t)> f) {
        if (state_->workers == nullptr || parts == 1) {
            for (std::size_t i = 0; i < parts; ++i) f(i);
        } else {
            state_->workers->run(parts, f);
        }
    }

    /// The lanes read what is next, the largest first, so that they end together. Where the first is refused `staged`
    /// ends, and that and what stands behind it is not staged.
    [[nodiscard]] std::optional<failure> read(std::span<const bytes_view> wave, std::vector<staged_part>& staged) {
        std::vector<std::size_t> order(wave.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](auto left, auto right) { return wave[left].size() > wave[right].size(); });
        std::vector<std::optional<failure>> refused(wave.size());
        std::atomic<std::size_t> turn{0};
        run(state_->lanes.size(), [&](std::size_t which) {
            auto& lane = state_->lanes[which];
            lane.stage.clear();
            for (auto at = turn++; at < order.size(); at = turn++) {
                const auto place = order[at], begin = lane.stage.size();
                if (auto ok = lane.read(wave[place]); !ok) refused[place] = std::move(ok).error();
                staged[place] = {which, begin, lane.stage.size()};
            }
        });
        const auto first =
            std::find_if(refused.begin(), refused.end(), [](const auto& each) { return each.has_value(); });
        if (first == refused.end()) return std::nullopt;
        const auto kept = static_cast<std::size_t>(first - refused.begin());
        staged.resize(kept);
        return std::move(*first);
    }

    void join_met(std::span<const checkpoint> parts, detail::covered_edits& covered) {
        for (const auto& part : parts) {
            for (const auto& each : part.met) covered.join(state_->texts.index_of(each.run), each.edits);
        }
    }
    /// `left` are the dots of the checkpoint's siblings.
    void drop_what_was_met(std::span<const checkpoint> parts, std::vector<detail::indexed_dot> left) {
        detail::covered_edits met;
        join_met(parts, met);
        const auto before = [](const detail::indexed_dot& a, const detail::indexed_dot& b) {
            return std::tie(a.run, a.n) < std::tie(b.run, b.n);
        };
        std::sort(left.begin(), left.end(), before);
        for (auto& shard : state_->shards) {
            shard.drop_if([&](const detail::merge_entry& version) {
                const detail::indexed_dot dot{version.n, version.run};
                return met.contains(version) && !std::binary_search(left.begin(), left.end(), dot, before);
            });
        }
    }

    /// Merges what the first lane has staged.
    merge_counts fold_first() {
        const staged_part all{0, 0, state_->lanes.front().stage.size()};
        return fold({&all, 1});
    }
    /// Each shard takes from all parts what is its own.
    merge_counts fold(std::span<const staged_part> parts) {
        for (auto& lane : state_->lanes) lane.stage.share_texts(state_->texts);
        const auto shards = state_->shards.size();
        std::vector<merge_counts> counts(shards);
        run(shards, [&](std::size_t which) {
            merge_counts own;
            for (const auto& each : parts) fold(each, which, own);
            counts[which] = own;
        });
        merge_counts all;
        for (const auto& each : counts) all += each;
        return all;
    }
    /// In blocks, each in steps, so that the memory that all of a block need is asked for before any waits for it; the
    /// table's while the block before is merged.
    void fold(const staged_part& from, std::size_t which, merge_counts& counts) {
        auto& stage = state_->lanes[from.lane].stage;
        auto& shard = state_->shards[which];
        std::array<block, 2> blocks;
        auto at = take_own(blocks[0], from.begin, from.end, which, stage);
        for (std::size_t i = 0; blocks[i].count > 0; i = 1 - i) {
            at = take_own(blocks[1 - i], at, from.end, which, stage);
            merge(blocks[i], stage, shard, counts);
        }
    }
    struct block {
        std::size_t count = 0;
        std::array<std::size_t, block_size> staged;
    };
    /// The next that are of this shard. Returns where it ended.
    [[nodiscard]] std::size_t take_own(block& own, std::size_t at, std::size_t end, std::size_t which,
                                       const detail::staged_changes& stage) const noexcept {
        const auto others = state_->shards.size() - 1;
        own.count = 0;
        for (; at < end && own.count < block_size; ++at) {
            own.staged[own.count] = at;
            own.count += std::size_t{(stage.hash(at) & others) == which};
        }
        const auto& shard = state_->shards[which];
        for (std::size_t i = 0; i < own.count; ++i) shard.prefetch(stage.hash(own.staged[i]));
        return at;
    }
    /// Those of which no object is guessed, mostly of new ones, are merged while memory brings the others' objects: as
    /// what is guessed depends on the hash alone, none of one kind is about the object of one of the other. (If the
    /// stage has other numbers than the shard, what history says of the versions themselves is asked for in vain.)
    static void merge(const block& own, detail::staged_changes& stage, detail::object_shard& shard,
                      merge_counts& counts) {
        std::array<std::size_t, block_size> fresh, met;
        std::array<std::uint32_t, block_size> objects; // of those that were met
        std::array<detail::sibling_walk, block_size> walks;
        std::size_t fresh_count = 0, met_count = 0;
        for (std::size_t i = 0; i < own.count; ++i) {
            const auto staged = own.staged[i];
            const auto at = shard.guess(stage.hash(staged));
            fresh[fresh_count] = met[met_count] = staged;
            objects[met_count] = at;
            walks[met_count] = {&stage[staged], at, at};
            fresh_count += std::size_t{at == detail::no_index};
            met_count += std::size_t{at != detail::no_index};
        }
        shard.prefetch_objects(std::span{walks}.first(met_count));
        for (std::size_t i = 0; i < fresh_count; ++i) {
            const auto& version = stage.shared(fresh[i]);
            counts += shard.merge(version, stage.hash(fresh[i]), stage.rest(version));
        }
        shard.prefetch_siblings(std::span{walks}.first(met_count));
        for (std::size_t i = 0; i < met_count; ++i) {
            const auto& version = stage.shared(met[i]);
            counts += shard.merge(version, stage.hash(met[i]), stage.rest(version), objects[i]);
        }
    }

    std::unique_ptr<state> state_;
};

using manifest_merger = basic_manifest_merger<>;

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_MERGE_HPP
#define SEALSYNC_SEALSYNC_MERGE_HPP

// Generated by cmake/amalgamate.py: the core, and the part on merge.

#endif

#endif
