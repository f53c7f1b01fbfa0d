#ifndef SEALSYNC_MANIFEST_SCAN_CHANGE_SCAN_HPP
#define SEALSYNC_MANIFEST_SCAN_CHANGE_SCAN_HPP

#include "../../merge/staged_changes.hpp"
#include "edit_ranges.hpp"
#include "scan_memo.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

/// How much of the text a scanned change may look at.
inline constexpr std::size_t scan_window = 1'024;

/// How a record ends, after the number that is its size.
inline constexpr auto end_of_stored = pattern<128>{",\"digest\":\""}.put_hole(64).put("\",\"attachments\":[]}");
inline constexpr auto end_with_attachment =
    pattern<192>{",\"digest\":\""}.put_hole(64).put("\",\"attachments\":[\"").put_hole(64).put("\"]}");
inline constexpr auto end_of_erased = pattern<64>{",\"attachments\":[]}"};

[[nodiscard]] inline std::string_view attachment_before(const char* end) noexcept { return {end - 67, 64}; }
[[nodiscard]] SEALSYNC_NEVER_INLINE inline std::uint32_t put_attachment(std::string_view digest,
                                                                        staged_changes& stage) {
    return stage.put_rest({.attachments = {&digest, 1}}, false);
}

/// Three words, found by two bits of their first character: `d`, `i`, `u`.
class scanned_action {
public:
    explicit scanned_action(const char* at) noexcept : word_{load_word(at) << 16U}, place_{word_ >> 19U & 3U} {}
    [[nodiscard]] std::uint64_t bad() const noexcept { return words[place_] ^ word_; }
    [[nodiscard]] bool erased() const noexcept { return place_ == 0; }
    [[nodiscard]] std::uint64_t facts(bool id_is_digest) const noexcept { return all_facts[id_is_digest][place_]; }

private:
    static constexpr std::array<std::uint64_t, 4> words = {word_of("delete") << 16U, word_of("insert") << 16U,
                                                           word_of("update") << 16U, 1};
    static constexpr auto all_facts = [] {
        constexpr auto facts = [](change_action action, id_form form) {
            return merge_entry::facts(change_type::record, action, form, action != change_action::erase);
        };
        std::array<std::array<std::uint64_t, 4>, 2> all{};
        for (const auto form : {id_form::text, id_form::digest}) {
            all[form == id_form::digest] = {facts(change_action::erase, form), facts(change_action::insert, form),
                                            facts(change_action::update, form), 0};
        }
        return all;
    }();
    std::uint64_t word_;
    std::size_t place_;
};

/// Where the record that begins at `at` ends, if it is canonical and of the common shape: behind the first `}` that can
/// end it. As its numbers need not be read to say so, a processor scans the next change while it still reads this one.
template <class Vector>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* guess_end(const char* at, const beginning_memo& beginning,
                                                           const scan_memo& memo) noexcept {
    constexpr std::size_t digit = 1;
    const auto least = beginning.text.size + digit + memo.least_author + digit + replaced_memo::none.size() + digit +
                       end_of_erased.size - 1;
    return at + least + Vector::find_brace(at + least) + 1;
}

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

/// What stands behind the size.
struct scanned_end {
    const char* begin;
    bool stored, attached; ///< whether there is a digest, and an attachment
};

/// What stands before `end` tells how it begins; that it does is seen to as of all else.
template <class Vector>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE scanned_end read_end(const char* end, Vector& seen, std::byte* digest) noexcept {
    constexpr std::size_t digest_at = std::string_view{",\"digest\":\""}.size();
    if (end[-3] == '"') {
        const auto* const begin = end - end_with_attachment.size;
        seen.expect(begin, end_with_attachment);
        seen.decode_digest(attachment_before(end).data(), digest); // to see that it is one
        seen.decode_digest(begin + digest_at, digest);
        return {begin, true, true};
    }
    if (end[-19] == '"') {
        const auto* const begin = end - end_of_stored.size;
        seen.expect(begin, end_of_stored);
        seen.decode_digest(begin + digest_at, digest);
        return {begin, true, false};
    }
    const auto* const begin = end - end_of_erased.size;
    seen.expect(begin, end_of_erased);
    std::memset(digest, 0, 32);
    return {begin, false, false};
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
    const char* const end = guess_end<Vector>(at, *beginning, memo);
    auto& entry = stage.next();
    Vector seen;
    std::uint64_t bad = 0;

    seen.expect(at, beginning->text);
    bad |= read_id(at + beginning->id_at, beginning->id_size, seen, entry.id.data());
    at += foreseen(beginning->text.size, memo.usual_beginning);
    const auto version = find_digits(at);
    at += foreseen(version.count, memo.usual_version);

    const auto* const author = memo.authors.find_again(load_word(at + author_memo::device_at));
    if (author == nullptr) return nullptr;
    seen.expect(at, author->text);
    const auto time = time_of(seen.decode_time(at + author_memo::time_at), memo.usual_day);
    const scanned_action action{at + author->action_at};
    at += author->text.size;
    const auto n = find_digits(at);
    at += foreseen(n.count, memo.usual_n);

    const auto* const replaced = memo.replaced.find(load_word(at + replaced_memo::key_at));
    if (replaced == nullptr) return nullptr;
    seen.expect(at, replaced->text);
    at += replaced->text.size;
    // No branch: where nothing is replaced, the size stands here, and is read twice.
    const auto replaced_n = find_digits(at);
    bad |= (differs(at + replaced_n.count, "\"],\"size\":") | no_positive(replaced_n)) & replaced->if_any;
    at += (replaced_n.count + 10) & replaced->if_any;
    const auto size = find_digits(at);
    at += size.count;

    const auto rest = read_end(end, seen, entry.stored.data());
    bad |= static_cast<std::uint64_t>(rest.begin - at) | std::uint64_t{rest.stored == action.erased()};
    bad |= std::uint64_t{!rest.stored && size.first != 0};
    bad |= no_positive(version) | no_positive(n) | no_number(size) | time.bad | action.bad();

    const auto values = Vector::values_of_digits({version.digits, n.digits, replaced_n.digits, size.digits});
    entry.n = values[1];
    entry.replaced_n = values[2] & replaced->if_any;
    entry.replaced_run = author->run ^ ((author->run ^ replaced->run) & static_cast<std::uint32_t>(replaced->if_any));
    bad |= std::uint64_t{entry.replaced_n == entry.n && entry.replaced_run == author->run};
    if ((bad | seen.faults()) != 0) return nullptr;

    entry.timestamp = time.nanoseconds;
    entry.version_and_facts = values[0] | action.facts(beginning->id_size == 64);
    entry.size_and_marks = values[3];
    entry.run = author->run;
    entry.collection = beginning->collection;
    entry.device = author->device;
    entry.rest = rest.attached ? put_attachment(attachment_before(end), stage) : nothing;
    entry.next = nothing;
    edits.add(author->run, values[1]);
    stage.keep(stage.hash().of_id(entry.id.data(), beginning->kind_hash));
    return end;
}

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
