#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_CHANGE_LAYOUT_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_CHANGE_LAYOUT_HPP

#include "../../merge/scan/pattern.hpp"
#include "json_ends.hpp"

#include <algorithm>
#include <optional>

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
            places_.dot = begin;
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
