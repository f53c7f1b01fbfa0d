#ifndef SEALSYNC_CONFLICT_FIELD_LINES_HPP
#define SEALSYNC_CONFLICT_FIELD_LINES_HPP

#include "field_document.hpp"
#include "text_lines.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Puts the fields of a merge in the order of its sides, whose fields are in the order of their places.
class field_order {
public:
    explicit field_order(const field_document& merged)
        : merged_{merged}, after_(merged.size()), placed_(merged.size()) {}

    /// In the order of the greatest side that moved lines; where none did, of the greatest side. What others have added
    /// follows what it follows there. Gives the places of the fields.
    [[nodiscard]] list<std::size_t> of(const field_document* base, std::span<const field_document> sides) {
        std::size_t leader = 0;
        while (leader < sides.size() && (base == nullptr || !has_moved(*base, sides[leader]))) ++leader;
        if (leader == sides.size()) leader = 0;
        insert(sides[leader]);
        for (const auto& side : sides) insert(side);
        list<std::size_t> order;
        for (auto at = after_[0]; at != 0; at = after_[at]) order.push_back(at);
        return order;
    }

private:
    /// Whether the fields that the merge still has are in another order than in the base.
    [[nodiscard]] bool has_moved(const field_document& base, const field_document& side) const noexcept {
        std::size_t last = 0;
        for (std::size_t line = 1; line < side.size(); ++line) {
            const auto in_base = base.find(side[line].name);
            if (in_base == 0 || merged_.find(side[line].name) == 0) continue;
            if (in_base < last) return true;
            last = in_base;
        }
        return false;
    }
    void insert(const field_document& side) {
        std::size_t before = 0;
        for (std::size_t line = 1; line < side.size(); ++line) {
            const auto at = merged_.find(side[line].name);
            if (at == 0) continue;
            if (!placed_[at]) {
                after_[at] = after_[before];
                after_[before] = at;
                placed_[at] = true;
            }
            before = at;
        }
    }

    const field_document& merged_;
    list<std::size_t> after_; ///< by place; of 0, the root, the first
    list<bool> placed_;
};

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The form of content for `basic_merge_fields` that is lines `key: value`, in any order, no key twice. A value is all
/// that follows the colon in its line; a carriage return at the end is a part of it. The last line need not have a line
/// feed. A content without lines is of this form, too.
///
/// A key has no control characters, does not end with a space, and does not begin with a character that JSON or YAML
/// begin something else with: the lines of such texts belong together.
class field_lines {
public:
    /// False, with `out` unspecified: the content is not of this form.
    [[nodiscard]] static bool read(bytes_view content, field_document& out) {
        if (!detail::is_text(content)) return false;
        for (auto line : detail::lines_of(as_text(content))) {
            if (line.back() == '\n') line.remove_suffix(1);
            const auto key = line.substr(0, line.find(':'));
            const auto value = line.substr((std::min)(key.size() + 1, line.size()));
            if (key.size() == line.size() || !is_key(key) || !is_value(value) || out.full()) return false;
            const auto at = out.add({field_value::kind::atom, std::string{key}, std::string{value}});
            out[0].items.push_back(at);
        }
        if (is_ended(as_text(content))) out[0].text = "\n";
        return out.sort_fields(0);
    }

    /// Writes a merge of `sides`, which were made on `base`, or on nothing (null).
    [[nodiscard]] static bytes write(const field_document& merged, const field_document* base,
                                     std::span<const field_document> sides) {
        bytes text;
        for (const auto at : detail::field_order{merged}.of(base, sides)) {
            append(text, merged[at].name);
            append(text, ":");
            append(text, merged[at].text);
            append(text, "\n");
        }
        if (!text.empty() && !is_merge_ended(base, sides)) text.pop_back();
        return text;
    }

private:
    [[nodiscard]] static bool is_key(std::string_view key) noexcept {
        constexpr std::string_view of_others = " {}[]\"'`,#&*!|<>?%@-";
        if (key.empty() || of_others.find(key.front()) != std::string_view::npos || key.back() == ' ') return false;
        return detail::all_of(key, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    }
    /// `a:b` is no field: it might be a time, or an address.
    [[nodiscard]] static bool is_value(std::string_view value) noexcept {
        return value.empty() || value.front() == ' ' || value == "\r";
    }
    [[nodiscard]] static bool is_ended(std::string_view text) noexcept { return text.empty() || text.back() == '\n'; }
    /// The last line's end, which is there or not, is merged like a field.
    [[nodiscard]] static bool is_merge_ended(const field_document* base, std::span<const field_document> sides) {
        const bool old = base != nullptr && !(*base)[0].text.empty();
        return detail::any_of(sides, [&](const field_document& side) { return side[0].text.empty() == old; }) != old;
    }
};

}} // namespace sealsync

#endif
