#ifndef SEALSYNC_MANIFEST_SCAN_CHANGE_SCAN_HPP
#define SEALSYNC_MANIFEST_SCAN_CHANGE_SCAN_HPP

#include "../../merge/staged_changes.hpp"
#include "scan_memo.hpp"
#include "scan_time.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

/// How much of the text a scanned change may look at.
inline constexpr std::size_t scan_window = 1'024;

/// Reads the record that stands at `at` in the canonical layout and stages it: where it ends, or null if it is no
/// record of the common shape, or not canonical, or of an author or a collection that was not learned yet. Every byte
/// is compared or decoded; what is wrong adds up in `bad`, which is asked once. `scan_window` bytes must be readable.
template <class Vector>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* scan_change(const char* at, const scan_memo& memo,
                                                             staged_changes& stage) {
    const auto* const beginning = memo.beginnings.find(load_word(at + memo.before_collection.size()));
    if (beginning == nullptr) return nullptr;
    auto& entry = stage.next();
    std::uint64_t bad = Vector::differs(at, beginning->text.data(), beginning->size);
    at += beginning->size;

    const bool id_is_digest = memo.id_size == 64;
    if (id_is_digest) {
        bad |= Vector::decode_digest(at, entry.id.data());
    } else {
        bad |= Vector::copy_id(at, entry.id.data()) ^ memo.id_size;
        bad |= std::uint64_t{*at == '.'};
    }
    at += memo.id_size;
    bad |= differs(at, "\",\"version\":");
    at += 12;
    const auto version = scan_number(at);
    bad |= version.bad | std::uint64_t{version.value == 0};
    at += version.digits;

    const auto* const author = memo.authors.find(load_word(at + author_memo::device_at));
    if (author == nullptr) return nullptr;
    bad |= Vector::differs(at, author->text.data(), author->mask.data(), author->size);
    time_digits digits;
    bad |= Vector::decode_time(at + author_memo::time_at, digits);
    const auto time = time_of(digits);
    bad |= time.bad;
    const auto action_word = load_word(at + author->action_at) << 16U;
    const bool erased = action_word == word_of("delete") << 16U, updated = action_word == word_of("update") << 16U;
    bad |= std::uint64_t{!erased && !updated && action_word != word_of("insert") << 16U};
    at += author->size;
    const auto n = scan_number(at);
    bad |= n.bad | std::uint64_t{n.value == 0};
    at += n.digits;
    bad |= differs(at, "\",\"replaces\":[");
    at += 14;

    entry.replaced_n = 0;
    entry.replaced_run = author->run;
    if (*at == '"') {
        const auto* const run = memo.runs.find(load_word(at + 1));
        if (run == nullptr) return nullptr;
        bad |= Vector::differs(at, run->text.data(), run->size);
        at += run->size;
        const auto replaced = scan_number(at);
        bad |= replaced.bad | std::uint64_t{replaced.value == 0};
        bad |= std::uint64_t{replaced.value == n.value && run->run == author->run};
        at += replaced.digits;
        bad |= std::uint64_t{*at != '"'};
        ++at;
        entry.replaced_n = replaced.value;
        entry.replaced_run = run->run;
    }
    bad |= differs(at, "],\"size\":");
    at += 9;
    const auto size = scan_number(at);
    bad |= size.bad;
    at += size.digits;
    if (erased) {
        bad |= size.value | differs(at, ",\"attachments\":[]}");
        at += 18;
        entry.stored = {};
    } else {
        bad |= differs(at, ",\"digest\":\"");
        bad |= Vector::decode_digest(at + 11, entry.stored.data());
        bad |= differs(at + 75, "\",\"attachments\":[]}");
        at += 94;
    }
    if (bad != 0) return nullptr;

    const auto action = erased ? change_action::erase : updated ? change_action::update : change_action::insert;
    entry.timestamp = time.nanoseconds;
    entry.n = n.value;
    entry.version_and_facts =
        version.value |
        merge_entry::facts(change_type::record, action, id_is_digest ? id_form::digest : id_form::text, !erased);
    entry.size_and_marks = size.value;
    entry.run = author->run;
    entry.collection = beginning->collection;
    entry.device = author->device;
    entry.rest = nothing;
    entry.next = staged_changes::hash_of(stage.hash(), entry, beginning->collection_hash);
    stage.keep();
    return at;
}

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
