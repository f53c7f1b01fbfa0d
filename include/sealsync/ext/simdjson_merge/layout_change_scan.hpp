#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_CHANGE_SCAN_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_CHANGE_SCAN_HPP

#include "../../manifest/validate.hpp"
#include "../../merge/staged_changes.hpp"
#include "layout_memo.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

inline constexpr std::size_t scanned_attachments_max = 8;
/// How much of the text a scanned change may look at: what `change_layout::size_max` bounds, the values (2 x 128, 2 x
/// 64, and less than 256 all others), what a list of dots and one of attachments may take, and more than a block.
inline constexpr std::size_t layout_window = 1'024 + 640 + 3 * 128 + 2 * 128 + scanned_attachments_max * 192 + 256;

/// What was read, and where it ends: null if it is none.
struct read_value {
    const char* end;
    std::uint64_t value;
};

/// A number of more than seven digits.
[[nodiscard]] SEALSYNC_NEVER_INLINE inline read_value read_long_number(const char* at) noexcept {
    constexpr std::size_t looked_at = 17; // one more than any number has
    std::size_t digits = 0;
    while (digits < looked_at && at[digits] >= '0' && at[digits] <= '9') ++digits;
    const auto number = parse_number({at, digits});
    return number ? read_value{at + digits, *number} : read_value{nullptr, 0};
}

/// A time of less than nine decimals.
[[nodiscard]] SEALSYNC_NEVER_INLINE inline read_value read_short_time(const char* at) noexcept {
    const auto* const end = std::find(at, at + 30, '"');
    const auto time = stamp::parse({at, static_cast<std::size_t>(end - at)});
    return time ? read_value{end, static_cast<std::uint64_t>(time->nanoseconds)} : read_value{nullptr, 0};
}

/// Whether it was learned and stands there.
template <class Vector>
[[nodiscard]] SEALSYNC_ALWAYS_INLINE bool stands(const char* at, const short_text& text) noexcept {
    Vector seen;
    seen.expect(at, text);
    return seen.faults() == 0 && list_layout::knows(text);
}

/// Reads one record as a layout says, and stages it.
template <class Vector>
class layout_change_scan {
public:
    SEALSYNC_ALWAYS_INLINE layout_change_scan(const change_layout& layout, layout_memo& memo, staged_changes& stage)
        : layout_{layout}, memo_{memo}, stage_{stage}, entry_{stage.next()} {}

    /// Behind the record at `at`; null if anything is not as the layout says, or was not met before. Every byte is
    /// compared or decoded. `layout_window` bytes must be readable.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* operator()(const char* at) {
        for (std::size_t i = 0; i < layout_.count; ++i) {
            const auto& step = layout_.steps[i];
            seen_.expect(at, step.before);
            at = read(step.what, at + step.before.size);
            if (at == nullptr) return nullptr;
        }
        seen_.expect(at, layout_.after);
        bad_ |= std::uint64_t{version_ == 0} | std::uint64_t{entry_.n == 0};
        bad_ |= std::uint64_t{!layout_.has_digest} & std::uint64_t{entry_.size_and_marks != 0};
        bad_ |= std::uint64_t{entry_.replaced_n == entry_.n} & std::uint64_t{entry_.replaced_run == entry_.run};
        if ((bad_ | seen_.faults()) != 0) return nullptr;
        if (has_attachments_ && (!layout_.has_digest || !strictly_ascending(memo_.attachments))) return nullptr;
        finish();
        return at + layout_.after.size;
    }

private:
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read(varying_value what, const char* at) {
        switch (what) {
        case varying_value::collection:
            return read_collection(at);
        case varying_value::id:
            return read_id(at);
        case varying_value::version:
            return read_number(at, version_);
        case varying_value::timestamp:
            return read_time(at);
        case varying_value::device:
            return read_device(at);
        case varying_value::action:
            return read_action(at);
        case varying_value::edit:
            return read_dot(at, entry_.run, entry_.n);
        case varying_value::replaces:
            return read_replaces(at);
        case varying_value::size:
            return read_number(at, entry_.size_and_marks);
        case varying_value::digest:
            seen_.decode_digest(at, entry_.stored.data());
            return at + 64;
        case varying_value::attachments:
            return read_attachments(at);
        }
        return nullptr;
    }

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_collection(const char* at) {
        const auto* const known = memo_.collections.find(load_word(at));
        if (known == nullptr) return nullptr;
        seen_.expect(at, known->text);
        entry_.collection = known->index;
        collection_hash_ = known->hash;
        return at + known->text.size;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_id(const char* at) {
        if (at[memo_.id_size] != '"') memo_.id_size = static_cast<std::size_t>(std::find(at, at + 65, '"') - at);
        const auto size = memo_.id_size;
        if (size == 64) {
            form_ = id_form::digest;
            seen_.decode_digest(at, entry_.id.data());
            return at + size;
        }
        if (size == 0 || size > 32 || *at == '.') return nullptr;
        seen_.copy_id(at, size, entry_.id.data());
        return at + size;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_number(const char* at, std::uint64_t& out) {
        const auto number = find_digits(at);
        out = value_of_digits(number.digits);
        if (number.count < 8 && no_number(number) == 0) return at + number.count;
        const auto long_number = read_long_number(at);
        out = long_number.value;
        return long_number.end;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_time(const char* at) {
        if (at[29] != 'Z') return read_time_of_any_size(at);
        seen_.expect(at, punctuation);
        const auto time = time_of(seen_.decode_time(at), memo_.day);
        bad_ |= time.bad;
        entry_.timestamp = time.nanoseconds;
        return at + 30;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_time_of_any_size(const char* at) {
        const auto time = read_short_time(at);
        entry_.timestamp = static_cast<std::int64_t>(time.value);
        return time.end;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_device(const char* at) {
        const auto* const known = memo_.devices.find_again(load_word(at));
        if (known == nullptr) return nullptr;
        seen_.expect(at, known->text);
        entry_.device = known->index;
        return at + known->text.size;
    }
    /// Who deletes writes no digest, and so in another layout.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_action(const char* at) {
        const auto word = load_word(at) << 16U;
        const bool erased = word == word_of("delete") << 16U, updated = word == word_of("update") << 16U;
        if (erased == layout_.has_digest) return nullptr;
        bad_ |= std::uint64_t{!erased && !updated && word != word_of("insert") << 16U};
        action_ = erased ? change_action::erase : updated ? change_action::update : change_action::insert;
        return at + 6;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_dot(const char* at, std::uint32_t& run, std::uint64_t& n) {
        const auto* const known = memo_.runs.find_again(load_word(at));
        if (known == nullptr) return nullptr;
        seen_.expect(at, known->text);
        bad_ |= std::uint64_t{at[32] != ':'};
        run = known->index;
        return read_number(at + 33, n);
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_replaces(const char* at) {
        const auto& list = layout_.replaces;
        if (stands<Vector>(at, list.none)) {
            entry_.replaced_n = 0;
            return at + list.none.size;
        }
        if (!list_layout::knows(list.before)) return nullptr;
        seen_.expect(at, list.before);
        at = read_dot(at + list.before.size, entry_.replaced_run, entry_.replaced_n);
        if (at == nullptr) return nullptr;
        seen_.expect(at, list.after);
        bad_ |= std::uint64_t{entry_.replaced_n == 0};
        return at + list.after.size;
    }
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_attachments(const char* at) {
        const auto& list = layout_.attachments;
        if (stands<Vector>(at, list.none)) return at + list.none.size;
        has_attachments_ = true;
        return read_attachment_list(at, list, memo_.attachments);
    }
    [[nodiscard]] SEALSYNC_NEVER_INLINE static const char* read_attachment_list(const char* at, const list_layout& list,
                                                                                std::vector<std::string_view>& out) {
        out.clear();
        if (!stands<portable_vector>(at, list.before)) return nullptr;
        at += list.before.size;
        while (out.size() < scanned_attachments_max) {
            std::array<std::byte, 32> digest;
            if (!from_hex({at, 64}, digest)) return nullptr;
            out.emplace_back(at, 64);
            at += 64;
            if (stands<portable_vector>(at, list.after)) return at + list.after.size;
            if (!stands<portable_vector>(at, list.between)) return nullptr;
            at += list.between.size;
        }
        return nullptr;
    }

    SEALSYNC_ALWAYS_INLINE void finish() {
        if (!layout_.has_digest) entry_.stored = {};
        if (entry_.replaced_n == 0) entry_.replaced_run = entry_.run;
        entry_.version_and_facts =
            version_ | merge_entry::facts(change_type::record, action_, form_, layout_.has_digest);
        entry_.rest = has_attachments_ ? put_rest(memo_, stage_) : no_index;
        entry_.next = no_index;
        stage_.keep(staged_changes::hash_of(stage_.hash(), entry_, collection_hash_));
    }

    [[nodiscard]] SEALSYNC_NEVER_INLINE static std::uint32_t put_rest(const layout_memo& memo, staged_changes& stage) {
        change_view beside;
        beside.attachments = memo.attachments;
        return stage.put_rest(beside, false);
    }

    static constexpr auto punctuation = pattern<64>{}
                                            .put_hole(4)
                                            .put("-")
                                            .put_hole(2)
                                            .put("-")
                                            .put_hole(2)
                                            .put("T")
                                            .put_hole(2)
                                            .put(":")
                                            .put_hole(2)
                                            .put(":")
                                            .put_hole(2)
                                            .put(".")
                                            .put_hole(9)
                                            .put("Z");

    const change_layout& layout_;
    layout_memo& memo_;
    staged_changes& stage_;
    merge_entry& entry_;
    Vector seen_;
    std::uint64_t bad_ = 0, version_ = 0;
    std::uint32_t collection_hash_ = 0;
    id_form form_ = id_form::text;
    bool has_attachments_ = false;
    change_action action_ = change_action::insert;
};

}}} // namespace sealsync::detail

#endif
