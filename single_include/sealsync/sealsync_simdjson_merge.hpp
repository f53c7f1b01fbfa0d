// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_SIMDJSON_MERGE_HPP
#define SEALSYNC_SINGLE_SEALSYNC_SIMDJSON_MERGE_HPP

#include "sealsync_merge.hpp"
#include "sealsync_simdjson.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_JSON_ENDS_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_JSON_ENDS_HPP

/// Where things end in a text that may turn out to be no JSON: what is stepped over here is judged elsewhere. Nothing
/// behind `end` is looked at.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline const char* skip_json_space(const char* at, const char* end) noexcept {
    return std::find_if(at, end, [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
}

/// Behind the string whose opening quote stands at `at`; null if the text ends first.
[[nodiscard]] inline const char* end_of_json_string(const char* at, const char* end) noexcept {
    for (++at; at < end; ++at) {
        if (*at == '"') return at + 1;
        if (*at == '\\' && ++at == end) return nullptr;
    }
    return nullptr;
}

/// Behind the object or the list that begins at `at`, whatever pairs its brackets make; null if the text ends first.
[[nodiscard]] inline const char* end_of_json_container(const char* at, const char* end) noexcept {
    for (std::size_t open = 0; at != nullptr && at < end;) {
        if (*at == '"') {
            at = end_of_json_string(at, end);
            continue;
        }
        if (*at == '{' || *at == '[') ++open;
        if (*at == '}' || *at == ']') --open;
        ++at;
        if (open == 0) return at;
    }
    return nullptr;
}

/// Behind the value that begins at `at`; null if the text ends first.
[[nodiscard]] inline const char* end_of_json_value(const char* at, const char* end) noexcept {
    if (at == end) return nullptr;
    if (*at == '"') return end_of_json_string(at, end);
    if (*at == '{' || *at == '[') return end_of_json_container(at, end);
    constexpr std::string_view behind = ",]} \n\r\t";
    const auto* const found = std::find_first_of(at, end, behind.begin(), behind.end());
    return found == end ? nullptr : found;
}

/// The fields of an object, one after the other.
class json_field_cursor {
public:
    /// `text` begins with the object's brace.
    explicit json_field_cursor(std::string_view text) noexcept : at_{text.data()}, end_{text.data() + text.size()} {}

    /// Steps to the next field; false at the end of the object, or where it is none.
    [[nodiscard]] bool next() noexcept {
        if (at_ == end_ || (*at_ != '{' && *at_ != ',')) return false;
        const auto* const key = skip_json_space(at_ + 1, end_);
        if (key == end_ || *key != '"') return false;
        const auto* const key_end = end_of_json_string(key, end_);
        if (key_end == nullptr) return false;
        key_ = {key + 1, static_cast<std::size_t>(key_end - key - 2)};
        const auto* const colon = skip_json_space(key_end, end_);
        if (colon == end_ || *colon != ':') return false;
        value_ = skip_json_space(colon + 1, end_);
        return value_ < end_;
    }
    /// Steps behind the value, to what should be a comma or a brace.
    [[nodiscard]] bool skip_value() noexcept {
        value_end_ = end_of_json_value(value_, end_);
        if (value_end_ == nullptr) return false;
        at_ = skip_json_space(value_end_, end_);
        return true;
    }

    /// As it is written, between the quotes.
    [[nodiscard]] std::string_view key() const noexcept { return key_; }
    [[nodiscard]] const char* value() const noexcept { return value_; }
    /// As it is written; after `skip_value`.
    [[nodiscard]] std::string_view value_text() const noexcept {
        return {value_, static_cast<std::size_t>(value_end_ - value_)};
    }

private:
    const char *at_, *end_, *value_ = nullptr, *value_end_ = nullptr;
    std::string_view key_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_CHANGE_LAYOUT_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_CHANGE_LAYOUT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A text between values.
using short_text = pattern<128>;
[[nodiscard]] inline std::string_view text_of(const short_text& short_one) noexcept {
    return {short_one.text.data(), short_one.size};
}

/// What of a record's text differs from change to change.
enum class varying_value : std::uint8_t {
    collection,
    id,
    version,
    timestamp,
    device,
    action,
    edit,
    replaces,
    size,
    digest,
    attachments
};

/// How a list of strings is written behind its bracket. Not every layout has met all of it.
struct list_layout {
    short_text none;    ///< to the closing bracket
    short_text before;  ///< the first item, its quote included
    short_text between; ///< the first and the second, and so all others
    short_text after;   ///< the last, to the closing bracket

    [[nodiscard]] static bool knows(const short_text& text) noexcept { return text.size != 0; }
    void join(const list_layout& other) noexcept {
        if (knows(other.none)) none = other.none;
        if (knows(other.between)) between = other.between;
        if (!knows(other.before)) return;
        before = other.before;
        after = other.after;
    }
};

/// How a program writes records: the order of the fields, and every character between what varies. Keys, quotes,
/// colons, commas, white space and `"record"` are the same in nearly all of them.
struct change_layout {
    struct step {
        short_text before; ///< from the value before, or the beginning, to the first character of this one
        varying_value what = varying_value::collection;
    };
    static constexpr std::size_t steps_max = 11;
    /// All texts but those of lists together, so that it is known how far a scan looks.
    static constexpr std::size_t size_max = 1'024;

    std::array<step, steps_max> steps;
    std::size_t count = 0;
    short_text after; ///< the last value, to the closing brace
    bool has_digest = false;

    list_layout replaces, attachments;

    /// Takes from `other` how it writes lists, if they differ in nothing else.
    [[nodiscard]] bool join(const change_layout& other) noexcept {
        const auto same = [](const step& left, const step& right) {
            return left.what == right.what && text_of(left.before) == text_of(right.before);
        };
        if (count != other.count || text_of(after) != text_of(other.after)) return false;
        if (!std::equal(steps.begin(), steps.begin() + count, other.steps.begin(), same)) return false;
        replaces.join(other.replaces);
        attachments.join(other.attachments);
        return true;
    }
};

/// Where a change's values begin that changes repeat; of replaced dots the one.
struct repeated_places {
    const char *collection = nullptr, *device = nullptr, *edit = nullptr, *replaced = nullptr;
};

/// Takes a change's text, which a reader has accepted, apart.
class layout_learner {
public:
    explicit layout_learner(std::string_view collection_field) noexcept : collection_field_{collection_field} {}

    /// Nothing if the change is no record of the common shape.
    [[nodiscard]] std::optional<change_layout> learn(std::string_view change) {
        layout_ = {};
        places_ = {};
        rest_ = change.data();
        json_field_cursor fields{change};
        while (fields.next()) {
            if (!fields.skip_value() || !take(fields.key(), fields.value_text())) return std::nullopt;
        }
        if (!take_text(change.data() + change.size(), layout_.after)) return std::nullopt;
        return size() <= change_layout::size_max ? std::optional{layout_} : std::nullopt;
    }
    [[nodiscard]] const repeated_places& places() const noexcept { return places_; }

private:
    [[nodiscard]] bool take(std::string_view key, std::string_view value) {
        if (key == "type") return value == "\"record\"";
        if (key == "replaces") return take_list(varying_value::replaces, value, layout_.replaces);
        if (key == "attachments") return take_list(varying_value::attachments, value, layout_.attachments);
        const auto* const begin = value.data() + 1;
        if (key == collection_field_) {
            places_.collection = begin;
            return take_string(varying_value::collection, value);
        }
        if (key == "device_id") {
            places_.device = begin;
            return take_string(varying_value::device, value);
        }
        if (key == "dot") {
            places_.edit = begin;
            return take_string(varying_value::edit, value);
        }
        if (key == "record_id") return take_string(varying_value::id, value);
        if (key == "timestamp") return take_string(varying_value::timestamp, value);
        if (key == "action") return take_string(varying_value::action, value);
        if (key == "digest") {
            layout_.has_digest = true;
            return take_string(varying_value::digest, value);
        }
        if (key == "version") return add_step(varying_value::version, value.data(), value.data() + value.size());
        if (key == "size") return add_step(varying_value::size, value.data(), value.data() + value.size());
        return false;
    }
    [[nodiscard]] bool take_string(varying_value what, std::string_view value) {
        return add_step(what, value.data() + 1, value.data() + value.size() - 1);
    }
    [[nodiscard]] bool take_list(varying_value what, std::string_view value, list_layout& list) {
        const auto *at = value.data() + 1, *const end = value.data() + value.size();
        if (!add_step(what, at, at)) return false;
        at = skip_json_space(at, end);
        if (*at == ']') return take_text(end, list.none);
        if (what == varying_value::replaces) places_.replaced = at + 1;
        for (std::size_t items = 0; *at == '"'; ++items) {
            short_text between; // the same for all, or a scan will not find it
            if (!take_text(at + 1, items == 0 ? list.before : items == 1 ? list.between : between)) return false;
            rest_ = end_of_json_string(at, end) - 1;
            at = skip_json_space(rest_ + 1, end);
            if (*at == ',') at = skip_json_space(at + 1, end);
        }
        return take_text(end, list.after);
    }
    [[nodiscard]] bool take_text(const char* end, short_text& out) {
        if (!fits(end)) return false;
        out = short_text{up_to(end)};
        rest_ = end;
        return true;
    }
    [[nodiscard]] bool add_step(varying_value what, const char* begin, const char* end) {
        auto& step = layout_.steps[layout_.count++];
        step.what = what;
        if (!take_text(begin, step.before)) return false;
        rest_ = end;
        return true;
    }

    [[nodiscard]] std::string_view up_to(const char* end) const noexcept {
        return {rest_, static_cast<std::size_t>(end - rest_)};
    }
    [[nodiscard]] bool fits(const char* end) const noexcept { return short_text{}.fits(up_to(end).size()); }
    /// Without the lists, which a layout joins.
    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t all = layout_.after.size;
        for (std::size_t i = 0; i < layout_.count; ++i) all += layout_.steps[i].before.size;
        return all;
    }

    std::string_view collection_field_;
    change_layout layout_;
    repeated_places places_;
    const char* rest_ = nullptr; ///< what no text of the layout holds yet
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_MEMO_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_MEMO_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A text that changes repeat, and its number.
struct repeated_text {
    std::uint64_t key = 0; ///< the first eight characters, behind the end of a short text too
    std::uint32_t index = 0, hash = 0;
    short_text text;
};

/// What changes repeat, so that it is compared instead of judged and hashed.
struct layout_memo {
    memo_table<repeated_text, 256> collections;
    memo_table<repeated_text, 32> devices;
    memo_table<repeated_text, 128> runs; ///< as 32 hex digits

    known_day day;                             ///< of the change before
    std::size_t id_size = 0;                   ///< the same
    std::vector<std::string_view> attachments; ///< of the change that is being read

    /// Of a change that was read and staged: its entry knows the numbers.
    void learn(const repeated_places& places, const merge_entry& entry, const repeated_texts& texts) {
        learn(collections, places.collection, texts.collections.text(entry.collection), entry.collection,
              texts.collections.hash(entry.collection));
        learn(devices, places.device, texts.devices.text(entry.device), entry.device);
        learn(runs, places.edit, texts.run(entry.run).hex(), entry.run);
        if (places.replaced == nullptr) return;
        learn(runs, places.replaced, texts.run(entry.replaced_run).hex(), entry.replaced_run);
    }

private:
    template <std::size_t Size>
    void learn(memo_table<repeated_text, Size>& table, const char* at, std::string_view text, std::uint32_t index,
               std::uint32_t hash = 0) {
        const auto key = load_word(at);
        table.place(key) = {key, index, hash, short_text{text}};
    }
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_CHANGE_SCAN_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_CHANGE_SCAN_HPP

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

#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_SCAN_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_SCAN_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The verified scan of what other programs write. Whatever a program's white space and its order of fields are, it
/// writes one record like the other: how, is learned from records that are walked, and what differs between records is
/// decoded where it must stand. simdjson sees what stands around the changes and those that are walked, one at a time.
/// What is taken `manifest_walk` takes, with the same value. No more is said of what is not taken: a walk will, from
/// the beginning. Kept and used again, always with one stage.
class layout_scan {
public:
    /// If it returns false, what it staged counts for nothing.
    [[nodiscard]] bool read(bytes_view manifest, std::string_view collection_field, const manifest_limits& limits,
                            vector_level level, staged_changes& stage) {
        const auto text = as_text(manifest);
        if (text.size() > limits.bytes_max || limits.dots_max == 0 ||
            limits.attachments_max < scanned_attachments_max) {
            return false;
        }
        begin(collection_field, limits, stage.size());
        const auto before = text.substr(0, find_changes(text));
        if (before.empty()) return false;
        return read_changes(text.substr(before.size()), level, stage) && edits_.distinct() && is_segment(before);
    }

private:
    static constexpr std::size_t layouts_max = 4;

    /// Where changes are read, in the manifest or in a copy of its end that has room behind it.
    struct cursor {
        const char *at, *end;
        bool copied = false;
    };

    struct known_layout {
        change_layout layout;
        std::size_t used = 0; ///< in this manifest
    };

    void begin(std::string_view collection_field, const manifest_limits& limits, std::size_t staged) {
        if (!memo_) memo_ = std::make_unique<layout_memo>();
        if (field_ != collection_field) layouts_.clear();
        for (auto& each : layouts_) each.used = 0;
        field_ = collection_field;
        limits_ = limits;
        edits_.clear();
        walked_ = 0;
        staged_before_ = staged;
    }

    /// The size of what stands before the first change, the bracket included; 0 if there is no list of changes.
    [[nodiscard]] static std::size_t find_changes(std::string_view text) noexcept {
        const char *const begin = text.data(), *const end = begin + text.size();
        const auto* const brace = skip_json_space(begin, end);
        json_field_cursor fields{{brace, static_cast<std::size_t>(end - brace)}};
        while (fields.next()) {
            if (fields.key() == "changes") {
                return *fields.value() == '[' ? static_cast<std::size_t>(fields.value() + 1 - begin) : 0;
            }
            if (!fields.skip_value()) break;
        }
        return 0;
    }

    /// Whether what stands around the changes is a segment without any.
    [[nodiscard]] bool is_segment(std::string_view before) {
        around_.assign(before).append(after_);
        walk_.begin(bytes_view{around_}, field_, limits_);
        if (!walk_.ok()) return false;
        segment s;
        bool has_changes = false;
        const auto sink = [&](const change_view&) { has_changes = true; };
        walk_.read_segment(s, sink);
        return walk_.finish() && s.format == manifest_format && !has_changes;
    }

    [[nodiscard]] bool read_changes(std::string_view text, vector_level level, staged_changes& stage) {
        switch (level) {
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
    [[nodiscard]] SEALSYNC_TARGET_AVX512 SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE bool
    read_by_avx512(std::string_view text, staged_changes& stage) {
        return read_by<avx512_vector>(text, stage);
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2,bmi,bmi2") SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE
        bool read_by_avx2(std::string_view text, staged_changes& stage) {
        return read_by<avx2_vector>(text, stage);
    }
#endif

    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bool read_by(std::string_view text, staged_changes& stage) {
        cursor in{text.data(), text.data() + text.size()};
        in.at = skip_json_space(in.at, in.end);
        if (in.at < in.end && *in.at == ']') return end_at(in);
        for (std::size_t count = 1; count <= limits_.changes_max; ++count) {
            make_room(in);
            const auto* const begin = in.at;
            prefetch_text<512>(begin);
            if (!read_change<Vector>(in, stage)) return false;
            if (!in.copied && in.at - begin > 512) prefetch_text<512>(begin + 512);
            const auto& staged = stage[stage.size() - 1];
            edits_.add(staged.run, staged.n);
            if (stands<Vector>(in.at, between_)) {
                in.at += between_.size - 1; // the brace is the next change's
            } else if (!step_over_comma(in)) {
                return end_at(in);
            }
        }
        return false;
    }
    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bool read_change(cursor& in, staged_changes& stage) {
        for (std::size_t i = 0; i < layouts_.size(); ++i) {
            const auto* const next = layout_change_scan<Vector>{layouts_[i].layout, *memo_, stage}(in.at);
            if (next == nullptr) continue;
            in.at = next;
            ++layouts_[i].used;
            if (i > 0 && layouts_[i].used > layouts_[i - 1].used) std::swap(layouts_[i], layouts_[i - 1]);
            return true;
        }
        return walk_change(in, stage);
    }

    /// So that no scan looks beyond the text.
    SEALSYNC_ALWAYS_INLINE void make_room(cursor& in) {
        if (static_cast<std::size_t>(in.end - in.at) < layout_window && !in.copied) copy_tail(in);
    }
    SEALSYNC_NEVER_INLINE void copy_tail(cursor& in) {
        const auto size = static_cast<std::size_t>(in.end - in.at);
        tail_.assign(2 * layout_window, '\0');
        tail_.replace(0, size, in.at, size);
        in = {tail_.data(), tail_.data() + size, true};
    }

    /// Whether a change follows; if not, `in` is behind the white space.
    [[nodiscard]] SEALSYNC_NEVER_INLINE bool step_over_comma(cursor& in) noexcept {
        const auto* const begin = in.at;
        in.at = skip_json_space(in.at, in.end);
        if (in.at == in.end || *in.at != ',') return false;
        in.at = skip_json_space(in.at + 1, in.end);
        const auto size = static_cast<std::size_t>(in.at + 1 - begin);
        if (in.at < in.end && *in.at == '{' && short_text{}.fits(size)) between_ = short_text{{begin, size}};
        return true;
    }
    [[nodiscard]] bool end_at(const cursor& in) noexcept {
        after_ = {in.at, static_cast<std::size_t>(in.end - in.at)};
        return after_.substr(0, 1) == "]";
    }

    /// One change of any shape, and what it teaches.
    [[nodiscard]] SEALSYNC_NEVER_INLINE bool walk_change(cursor& in, staged_changes& stage) {
        constexpr std::size_t walks_at_least = 64,
                              walks_one_in = 4; // of more, all are walked: at once, that is quicker
        const auto staged = stage.size();
        if (++walked_ > walks_at_least + (staged - staged_before_) / walks_one_in) return false;
        if (in.at == in.end || *in.at != '{') return false;
        const auto* const next = end_of_json_container(in.at, in.end);
        if (next == nullptr) return false;
        const std::string_view text{in.at, static_cast<std::size_t>(next - in.at)};
        walk_.read_lone_change(text, field_, limits_, [&](const change_view& view) { stage.stage(view); });
        if (!walk_.finish() || stage.size() == staged) return false;
        learn(text, stage);
        in.at = next;
        make_room(in);
        return true;
    }
    void learn(std::string_view text, const staged_changes& stage) {
        if (text.size() + 64 > layout_window) return;
        layout_learner learner{field_};
        const auto layout = learner.learn(text);
        if (!layout) return;
        memo_->learn(learner.places(), stage[stage.size() - 1], stage.texts);
        for (auto& each : layouts_) {
            if (each.layout.join(*layout)) return;
        }
        if (layouts_.size() == layouts_max) layouts_.pop_back();
        layouts_.push_back({*layout, 0});
    }

    std::string field_;
    manifest_limits limits_;
    manifest_walk walk_;
    std::unique_ptr<layout_memo> memo_;
    std::vector<known_layout> layouts_; ///< those that are used most first
    short_text between_{",{"};
    std::string tail_, around_;
    std::string_view after_; ///< the changes
    std::size_t walked_ = 0, staged_before_ = 0;
    edit_ranges edits_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_SIMDJSON_MANIFEST_MERGER_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_SIMDJSON_MANIFEST_MERGER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

/// `simdjson_changes`, and a quicker way to what it reads: see `merge_lane`.
class scanned_simdjson_changes : public simdjson_changes {
public:
    [[nodiscard]] bool scan(bytes_view manifest, std::string_view collection_field, const manifest_limits& limits,
                            vector_level level, staged_changes& stage) {
        return scan_.read(manifest, collection_field, limits, level, stage);
    }

private:
    layout_scan scan_;
};

} // namespace detail

/// Merges manifests in any JSON, not only as this library writes it.
using simdjson_manifest_merger = basic_manifest_merger<detail::scanned_simdjson_changes>;

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_SIMDJSON_MERGE_HPP
#define SEALSYNC_SEALSYNC_SIMDJSON_MERGE_HPP

// Generated by cmake/amalgamate.py: simdjson_merge, and what it needs.

#endif

#endif
