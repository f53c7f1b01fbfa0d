#ifndef SEALSYNC_CONFLICT_FIELD_DOCUMENT_HPP
#define SEALSYNC_CONFLICT_FIELD_DOCUMENT_HPP

#include "../detail/ranges.hpp"

#include <string>
#include <string_view>

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
