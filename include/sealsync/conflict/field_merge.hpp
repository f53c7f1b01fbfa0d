#ifndef SEALSYNC_CONFLICT_FIELD_MERGE_HPP
#define SEALSYNC_CONFLICT_FIELD_MERGE_HPP

#include "field_document.hpp"

#include <span>

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
