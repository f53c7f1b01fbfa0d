// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_MERGE_POLICIES_HPP
#define SEALSYNC_SINGLE_SEALSYNC_MERGE_POLICIES_HPP

#include "sealsync.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#ifndef SEALSYNC_CONFLICT_FIELD_DOCUMENT_HPP
#define SEALSYNC_CONFLICT_FIELD_DOCUMENT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A value of a `field_document`.
struct field_value {
    enum class kind {
        atom,   ///< `text`, merged as a whole
        fields, ///< `items` by their names, merged one by one
        set,    ///< `items` that are atoms, none twice, merged one by one
        list,   ///< `items` in their order, merged as a whole
    };
    kind is = kind::atom;
    std::string name{};                ///< of a field
    std::string text{};                ///< of an atom: two are equal if, and only if, their texts are
    detail::list<std::size_t> items{}; ///< their places in the document; of `fields` ascending by name, none twice
};

/// A content as `basic_merge_fields` sees it: a tree of values, in one array. The first is the root, of kind `fields`.
class field_document {
public:
    /// A content with more values is not merged, so that a merge is quick, and takes tens of megabytes at most.
    static constexpr std::size_t values_max = 100'000;

    field_document() { values_.push_back({field_value::kind::fields}); }

    /// Adds a value, which is not an item of another yet. Returns its place.
    std::size_t add(field_value value) {
        values_.push_back(std::move(value));
        return values_.size() - 1;
    }
    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] bool full() const noexcept { return size() >= values_max; }
    [[nodiscard]] field_value& operator[](std::size_t place) noexcept { return values_[place]; }
    [[nodiscard]] const field_value& operator[](std::size_t place) const noexcept { return values_[place]; }

    /// Puts the items of `fields` in order. False: a name is there twice.
    [[nodiscard]] bool sort_fields(std::size_t place) {
        auto& items = values_[place].items;
        const auto name = [&](std::size_t i) -> const std::string& { return values_[items[i]].name; };
        const auto order = detail::sorted_indices(
            items.size(), [&](std::size_t left, std::size_t right) { return name(left) < name(right); });
        detail::list<std::size_t> sorted;
        sorted.reserve(items.size());
        for (const auto i : order) {
            if (!sorted.empty() && values_[sorted.back()].name == name(i)) return false;
            sorted.push_back(items[i]);
        }
        items = std::move(sorted);
        return true;
    }
    /// The root's field of this name; 0 if there is none.
    [[nodiscard]] std::size_t find(std::string_view name) const noexcept {
        const auto& items = values_[0].items;
        std::size_t from = 0, to = items.size();
        while (from < to) {
            const auto middle = from + (to - from) / 2;
            if (values_[items[middle]].name < name) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from < items.size() && values_[items[from]].name == name ? items[from] : 0;
    }

private:
    detail::list<field_value> values_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CONFLICT_TEXT_LINES_HPP
#define SEALSYNC_CONFLICT_TEXT_LINES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether a content is text: UTF-8 without a zero. Lines of anything else mean nothing, and mixing them would make a
/// file that no program can read.
[[nodiscard]] inline bool is_text(bytes_view content) noexcept {
    return as_text(content).find('\0') == std::string_view::npos && is_utf8(as_text(content));
}

using line_list = list<std::string_view>;
using line_span = std::span<const std::string_view>;

[[nodiscard]] inline line_span spanned(const line_list& lines) noexcept { return {lines.data(), lines.size()}; }

/// Splits a text behind each line feed. A line keeps its end, CR LF or LF, and the last one may have none: joined, the
/// lines are the text again. They are borrowed from it.
[[nodiscard]] inline line_list lines_of(std::string_view text) {
    line_list lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto size = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return lines;
}

[[nodiscard]] inline bool same_lines(line_span left, line_span right) noexcept {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] != right[i]) return false;
    }
    return true;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_CONFLICT_FIELD_LINES_HPP
#define SEALSYNC_CONFLICT_FIELD_LINES_HPP

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

#ifndef SEALSYNC_CONFLICT_FIELD_MERGE_HPP
#define SEALSYNC_CONFLICT_FIELD_MERGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A value of a document, or none.
class field_view {
public:
    field_view() = default;
    field_view(const field_document& of, std::size_t place) noexcept : of_{&of}, place_{place} {}

    [[nodiscard]] bool there() const noexcept { return of_ != nullptr; }
    [[nodiscard]] bool is(field_value::kind kind) const noexcept { return there() && value().is == kind; }
    [[nodiscard]] const field_value& value() const noexcept { return (*of_)[place_]; }
    [[nodiscard]] std::size_t size() const noexcept { return there() ? value().items.size() : 0; }
    [[nodiscard]] field_view operator[](std::size_t item) const noexcept { return {*of_, value().items[item]}; }

    /// Equal up to the name.
    [[nodiscard]] friend bool operator==(field_view left, field_view right) noexcept {
        if (!left.there() || !right.there()) return left.there() == right.there();
        const auto &a = left.value(), &b = right.value();
        if (a.is != b.is || a.text != b.text || left.size() != right.size()) return false;
        for (std::size_t i = 0; i < left.size(); ++i) {
            const bool named_alike = a.is != field_value::kind::fields || left[i].value().name == right[i].value().name;
            if (!named_alike || left[i] != right[i]) return false;
        }
        return true;
    }

private:
    const field_document* of_ = nullptr;
    std::size_t place_ = 0;
};

/// The texts of a value's items, to find out which are there.
class item_texts {
public:
    explicit item_texts(field_view of) {
        const auto order = sorted_indices(of.size(), [&](std::size_t left, std::size_t right) {
            return of[left].value().text < of[right].value().text;
        });
        for (const auto i : order) sorted_.push_back(of[i].value().text);
    }
    [[nodiscard]] bool distinct() const noexcept {
        for (std::size_t i = 1; i < sorted_.size(); ++i) {
            if (sorted_[i - 1] == sorted_[i]) return false;
        }
        return true;
    }
    [[nodiscard]] bool has(std::string_view text) const noexcept { return contains_sorted(sorted_, text); }

private:
    list<std::string_view> sorted_;
};

/// Merges any number of sides at once, field by field. No side comes before another, but for the order of a set's
/// items.
class field_merge {
public:
    explicit field_merge(field_document& out) noexcept : out_{out} {}

    /// `roots` are the base's, or none, and those of the sides. False, with the document unspecified, if two sides
    /// changed something differently that is merged as a whole.
    [[nodiscard]] bool run(const list<field_view>& roots) { return merge_fields(0, roots); }

private:
    using kind = field_value::kind;
    using values = list<field_view>; ///< the base's, and those of the sides

    /// The items of all are ascending by name: the least name of those that come next is merged next.
    [[nodiscard]] bool merge_fields(std::size_t into, const values& owners) {
        list<std::size_t> next(owners.size());
        for (;;) {
            const std::string* least = nullptr;
            for (std::size_t i = 0; i < owners.size(); ++i) {
                if (next[i] == owners[i].size()) continue;
                const auto& name = owners[i][next[i]].value().name;
                if (least == nullptr || name < *least) least = &name;
            }
            if (least == nullptr) return true;
            values found;
            for (std::size_t i = 0; i < owners.size(); ++i) {
                const bool there = next[i] < owners[i].size() && owners[i][next[i]].value().name == *least;
                found.push_back(there ? owners[i][next[i]++] : field_view{});
            }
            if (!merge_value(into, *least, found)) return false;
        }
    }

    [[nodiscard]] bool merge_value(std::size_t into, const std::string& name, const values& found) {
        if (all_are(kind::fields, found)) return merge_fields(add(into, {kind::fields, name}), found);
        const auto changed = changed_of(found);
        const auto one = changed.empty() ? found.front() : changed.front();
        if (all_of(changed, [&](field_view other) { return other == one; })) {
            if (one.there()) copy(into, one);
            return true;
        }
        if (!all_are(kind::set, found)) return false;
        merge_set(add(into, {kind::set, name}), found.front(), changed);
        return true;
    }
    /// Whether no side has made something else of the value, or removed it.
    [[nodiscard]] static bool all_are(kind wanted, const values& found) noexcept {
        const bool is_new = !found.front().there();
        return all_of(found, [&](field_view each) { return each.is(wanted) || (is_new && !each.there()); });
    }
    [[nodiscard]] static values changed_of(const values& found) {
        values changed;
        for (std::size_t i = 1; i < found.size(); ++i) {
            if (found[i] != found.front()) changed.push_back(found[i]);
        }
        return changed;
    }

    /// What nobody has removed, in the order of the first that changed the set; then what the others have added.
    void merge_set(std::size_t into, field_view base, const values& changed) {
        const item_texts old{base};
        list<item_texts> sides;
        for (const auto side : changed) sides.push_back(item_texts{side});
        for (std::size_t i = 0; i < changed.size(); ++i) {
            for (std::size_t item = 0; item < changed[i].size(); ++item) {
                const auto& text = changed[i][item].value().text;
                const bool kept = i == 0 && all_of(sides, [&](const item_texts& side) { return side.has(text); });
                if (old.has(text) ? kept : !has_before(sides, i, text)) add(into, {kind::atom, {}, text});
            }
        }
    }
    [[nodiscard]] static bool has_before(const list<item_texts>& sides, std::size_t end, std::string_view text) {
        for (std::size_t i = 0; i < end; ++i) {
            if (sides[i].has(text)) return true;
        }
        return false;
    }

    void copy(std::size_t into, field_view from) {
        const auto at = add(into, {from.value().is, from.value().name, from.value().text});
        for (std::size_t i = 0; i < from.size(); ++i) copy(at, from[i]);
    }
    std::size_t add(std::size_t into, field_value value) {
        const auto at = out_.add(std::move(value));
        out_[into].items.push_back(at);
        return at;
    }

    field_document& out_;
};

/// No base (null): documents that were made apart from each other. False as `field_merge::run`.
[[nodiscard]] inline bool merge_documents(const field_document* base, std::span<const field_document> sides,
                                          field_document& out) {
    list<field_view> roots;
    roots.push_back(base == nullptr ? field_view{} : field_view{*base, 0});
    for (const auto& side : sides) roots.push_back({side, 0});
    return field_merge{out}.run(roots);
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_CONFLICT_LINE_MATCHING_HPP
#define SEALSYNC_CONFLICT_LINE_MATCHING_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Finds the fewest lines to remove and to add that make one text another (Myers, "An O(ND) difference algorithm",
/// 1986). A diagonal is the number of lines passed in the first text less the number passed in the second.
class fewest_edits {
public:
    /// Nothing is copied.
    fewest_edits(line_span from, line_span to) noexcept : from_{from}, to_{to} {}

    /// Appends the lines that are neither removed nor added. False, with none appended, if it takes over `edits_max`
    /// edits. Remembers `edits_max` squared / 2 numbers at most.
    [[nodiscard]] bool find(std::ptrdiff_t edits_max, line_list& kept) {
        for (std::ptrdiff_t edits = 0; edits <= edits_max; ++edits) {
            for (auto diagonal = -edits; diagonal <= edits; diagonal += 2) {
                const auto passed = slide(step(edits, diagonal), diagonal);
                passed_.push_back(static_cast<std::uint32_t>(passed));
                if (passed < from_size() || passed - diagonal < to_size()) continue;
                go_back(edits, kept);
                return true;
            }
        }
        return false;
    }

private:
    [[nodiscard]] std::ptrdiff_t from_size() const noexcept { return static_cast<std::ptrdiff_t>(from_.size()); }
    [[nodiscard]] std::ptrdiff_t to_size() const noexcept { return static_cast<std::ptrdiff_t>(to_.size()); }

    /// How many lines of the first text are passed right after the last of `edits` edits.
    [[nodiscard]] std::ptrdiff_t step(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const noexcept {
        if (edits == 0) return 0;
        return adds(edits, diagonal) ? at(edits - 1, diagonal + 1) : at(edits - 1, diagonal - 1) + 1;
    }
    /// Whether the last edit adds a line. Otherwise it removes one: what gets further is taken.
    [[nodiscard]] bool adds(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const noexcept {
        if (diagonal == -edits || diagonal == edits) return diagonal == -edits;
        return at(edits - 1, diagonal - 1) < at(edits - 1, diagonal + 1);
    }
    /// Passes equal lines.
    [[nodiscard]] std::ptrdiff_t slide(std::ptrdiff_t passed, std::ptrdiff_t diagonal) const noexcept {
        while (passed < from_size() && passed - diagonal < to_size() &&
               from_[static_cast<std::size_t>(passed)] == to_[static_cast<std::size_t>(passed - diagonal)]) {
            ++passed;
        }
        return passed;
    }
    /// Goes back from the end, over the equal lines that were passed.
    void go_back(std::ptrdiff_t edits, line_list& kept) const {
        const auto first = kept.size();
        auto diagonal = from_size() - to_size();
        for (; edits >= 0; --edits) {
            const auto begin = step(edits, diagonal);
            for (auto line = at(edits, diagonal); line > begin; --line) {
                kept.push_back(from_[static_cast<std::size_t>(line - 1)]);
            }
            diagonal += adds(edits, diagonal) ? 1 : -1;
        }
        std::reverse(kept.begin() + first, kept.end());
    }
    /// `edits` edits reach `edits + 1` diagonals, every other one from `-edits` on.
    [[nodiscard]] std::ptrdiff_t at(std::ptrdiff_t edits, std::ptrdiff_t diagonal) const noexcept {
        return passed_[static_cast<std::size_t>(edits * (edits + 1) / 2 + (diagonal + edits) / 2)];
    }

    line_span from_, to_;
    list<std::uint32_t> passed_; ///< lines of the first text, by edits and diagonal
};

/// Which lines of one text are still in another: a longest common subsequence, at its first place in either text. Of
/// equal lines the first is then taken for the old one and the later ones for added, whatever else was edited, so that
/// a merge is matched as the texts were that it was made of.
///
/// Finds nothing above either limit. It takes 8 MB and `2 * lines_max * differences_max` comparisons at worst; for
/// texts that are alike, next to nothing.
class line_matching {
public:
    static constexpr std::size_t lines_max = 50'000;         ///< in either text
    static constexpr std::ptrdiff_t differences_max = 2'000; ///< lines removed and lines added, together
    static constexpr auto gone = static_cast<std::size_t>(-1);

    line_matching(line_span from, line_span to) {
        if (from.size() > lines_max || to.size() > lines_max) return;
        line_list kept;
        std::size_t begin = 0, end = 0;
        const auto shorter = (std::min)(from.size(), to.size());
        for (; begin < shorter && from[begin] == to[begin]; ++begin) kept.push_back(from[begin]);
        while (end < shorter - begin && from[from.size() - end - 1] == to[to.size() - end - 1]) ++end;
        found_ = find(from.subspan(begin, from.size() - end - begin), to.subspan(begin, to.size() - end - begin), kept);
        for (; end > 0; --end) kept.push_back(from[from.size() - end]);
        if (found_) place(kept, from, to);
    }

    /// False: the texts are over a limit.
    [[nodiscard]] bool found() const noexcept { return found_; }
    /// Where a line of the first text is in the second, ascending with the lines; or `gone`.
    [[nodiscard]] std::size_t operator[](std::size_t line) const noexcept { return matches_[line]; }

private:
    /// What lies between the common beginning and the common end.
    [[nodiscard]] static bool find(line_span from, line_span to, line_list& kept) {
        if (from.empty() || to.empty()) return true;
        fewest_edits edits{from, to};
        return edits.find(differences_max, kept);
    }
    void place(const line_list& kept, line_span from, line_span to) {
        matches_.reserve(from.size());
        std::size_t next = 0, line = 0;
        for (const auto text : from) {
            matches_.push_back(gone);
            if (next == kept.size() || text != kept[next]) continue;
            while (to[line] != text) ++line;
            matches_.back() = line++;
            ++next;
        }
    }

    list<std::size_t> matches_;
    bool found_ = false;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_CONFLICT_MERGE_FIELDS_HPP
#define SEALSYNC_CONFLICT_MERGE_FIELDS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// False: not all contents are of this form. Then, and where two sides changed a field differently, `merged` is none.
template <class Form>
[[nodiscard]] bool merge_as(std::optional<bytes_view> base, std::span<const bytes_view> contents,
                            std::optional<bytes>& merged) {
    field_document old, all;
    if (base && !Form::read(*base, old)) return false;
    list<field_document> sides;
    for (const auto content : contents) {
        sides.push_back({});
        if (!Form::read(content, sides.back())) return false;
    }
    const auto* const known = base ? &old : nullptr;
    const std::span<const field_document> of{sides.data(), sides.size()};
    if (merge_documents(known, of, all)) merged = Form::write(all, known, of);
    return true;
}

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Merges contents by fields. A field that one side has added, changed or removed is merged, and one that several sides
/// have changed equally. Where two sides changed a field differently, nothing of the record is merged, and every
/// content is kept apart: no field is ever lost. Fields of a field are merged in the same way. A set keeps what no side
/// has removed, and gets what any has added. Contents that were made apart from each other are united. A merge that is
/// merged again with what it was made of, all of which is older, gives itself.
///
/// Keeps apart, too, what is of no form, or of different forms, or has over `field_document::values_max` values. Never
/// fails. Thread-safe.
///
/// Each of `Forms` reads and writes a form of content, as `field_lines` does. The first that reads the base and all
/// sides is taken. Reading must be a pure function of the content, writing of the documents; the sides come greatest
/// first. What is written must be read as what was merged.
template <class... Forms>
class basic_merge_fields {
    static_assert(sizeof...(Forms) > 0, "basic_merge_fields: name a form of content, such as sealsync::field_lines");

public:
    static constexpr policy_reads reads = policy_reads::base;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        SEALSYNC_ASSERT(!siblings.empty());
        return detail::merged_or_apart(siblings, base, &merge);
    }

private:
    [[nodiscard]] static std::optional<bytes> merge(std::optional<bytes_view> base,
                                                    std::span<const bytes_view> contents) {
        std::optional<bytes> merged;
        (void)(detail::merge_as<Forms>(base, contents, merged) || ...);
        return merged;
    }
};

/// Merges lines `key: value`. `merge_json_fields`, of the part on simdjson, merges JSON as well.
using merge_fields = basic_merge_fields<field_lines>;

static_assert(conflict_policy<merge_fields>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CONFLICT_MERGE_TEXT_HPP
#define SEALSYNC_CONFLICT_MERGE_TEXT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A text that was made from the base, and which of the base's lines it still has.
struct text_side {
    line_list lines;
    line_matching kept;
};

/// Merges any number of sides at once (diff3: Khanna, Kunal, Pierce, "A formal investigation of diff3", 2007). Lines
/// that all sides kept divide the texts into regions. A region is taken from the one side that changed it, or from all
/// that changed it equally. No side comes before another, so that their order cannot matter.
class text_merge {
public:
    /// Nothing is copied.
    text_merge(const line_list& base, std::span<const text_side* const> sides)
        : base_{base}, sides_{sides}, next_(sides.size()) {}

    /// False, with `out` unspecified, if a region was changed differently by two sides.
    [[nodiscard]] bool run(line_list& out) {
        do {
            copy_kept(out);
            if (!merge_region(out)) return false;
        } while (base_next_ < base_.size());
        return true;
    }

private:
    void copy_kept(line_list& out) {
        for (; base_next_ < base_.size() && is_kept_next(); ++base_next_) {
            out.push_back(base_[base_next_]);
            for (auto& next : next_) ++next;
        }
    }
    /// Whether the base's next line is every side's next.
    [[nodiscard]] bool is_kept_next() const noexcept {
        for (std::size_t i = 0; i < sides_.size(); ++i) {
            if (sides_[i]->kept[base_next_] != next_[i]) return false;
        }
        return true;
    }
    /// A region ends at the next line that all sides kept.
    [[nodiscard]] bool merge_region(line_list& out) {
        auto end = base_next_;
        while (end < base_.size() && !is_kept(end)) ++end;
        const line_span base{base_.data() + base_next_, end - base_next_};
        auto chosen = base;
        for (std::size_t i = 0; i < sides_.size(); ++i) {
            const auto& lines = sides_[i]->lines;
            const auto side_end = end < base_.size() ? sides_[i]->kept[end] : lines.size();
            const line_span side{lines.data() + next_[i], side_end - next_[i]};
            next_[i] = side_end;
            if (same_lines(side, base)) continue;
            if (!same_lines(chosen, base) && !same_lines(chosen, side)) return false;
            chosen = side;
        }
        base_next_ = end;
        for (const auto line : chosen) out.push_back(line);
        return true;
    }
    [[nodiscard]] bool is_kept(std::size_t line) const noexcept {
        return all_of(sides_, [&](const text_side* side) { return side->kept[line] != line_matching::gone; });
    }

    const line_list& base_;
    std::span<const text_side* const> sides_;
    std::size_t base_next_ = 0;
    list<std::size_t> next_; ///< of each side
};

[[nodiscard]] inline text_side side_of(const line_list& base, line_list lines) {
    line_matching kept{spanned(base), spanned(lines)};
    return {std::move(lines), std::move(kept)};
}

/// Whether merging a merge again with any text that it was made of gives the merge. With lines that are there several
/// times it need not, as they can be matched in more than one way: then nobody knows which was meant.
[[nodiscard]] inline bool is_stable(const line_list& base, const list<text_side>& sides, const text_side& merged) {
    return merged.kept.found() && all_of(sides, [&](const text_side& side) {
               const std::array both = {&merged, &side};
               line_list again;
               return text_merge{base, both}.run(again) && same_lines(spanned(again), spanned(merged.lines));
           });
}

/// Texts that were made apart from each other are merged as if each had been written into an empty one. The base need
/// not be text: of it only those lines are taken that all sides have.
[[nodiscard]] inline std::optional<bytes> merged_text(std::optional<bytes_view> base,
                                                      std::span<const bytes_view> contents) {
    const auto base_lines = lines_of(base ? as_text(*base) : std::string_view{});
    list<text_side> sides;
    for (const auto content : contents) {
        if (!is_text(content)) return std::nullopt;
        sides.push_back(side_of(base_lines, lines_of(as_text(content))));
        if (!sides.back().kept.found()) return std::nullopt;
    }

    list<const text_side*> all;
    for (const auto& side : sides) all.push_back(&side);
    line_list lines;
    if (!text_merge{base_lines, {all.data(), all.size()}}.run(lines)) return std::nullopt;
    const auto merged = side_of(base_lines, std::move(lines));
    if (!is_stable(base_lines, sides, merged)) return std::nullopt;
    bytes text;
    for (const auto line : merged.lines) append(text, line);
    return text;
}

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Merges texts by lines. What one side changed is merged, and what several sides changed equally. Where two sides
/// changed the same or adjacent lines differently, nothing of the record is merged, and every text is kept apart: no
/// line is ever lost, and no text is ever marked. A line's end is a part of it.
///
/// Keeps apart, too, what is not UTF-8 or has a zero in it; texts over `line_matching::lines_max` lines; texts that
/// differ from their base by over `line_matching::differences_max` lines; and texts whose repeated lines leave open
/// what was changed. Never fails. Thread-safe.
class merge_text {
public:
    static constexpr policy_reads reads = policy_reads::base;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        SEALSYNC_ASSERT(!siblings.empty());
        return detail::merged_or_apart(siblings, base, &detail::merged_text);
    }
};

static_assert(conflict_policy<merge_text>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_MERGE_POLICIES_HPP
#define SEALSYNC_SEALSYNC_MERGE_POLICIES_HPP

// Generated by cmake/amalgamate.py: the core, and the part on merge_policies.

#endif

#endif
