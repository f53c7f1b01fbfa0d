#ifndef SEALSYNC_MERGE_MERGE_ENTRY_HPP
#define SEALSYNC_MERGE_MERGE_ENTRY_HPP

#include "../manifest/change.hpp"

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
