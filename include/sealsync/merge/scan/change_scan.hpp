#ifndef SEALSYNC_MERGE_SCAN_CHANGE_SCAN_HPP
#define SEALSYNC_MERGE_SCAN_CHANGE_SCAN_HPP

#include "../staged_changes.hpp"
#include "edit_ranges.hpp"
#include "scan_memo.hpp"

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
