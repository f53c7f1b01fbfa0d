#ifndef SEALSYNC_DETAIL_SORTED_TABLE_HPP
#define SEALSYNC_DETAIL_SORTED_TABLE_HPP

#include "list.hpp"
#include "ranges.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Values by key, ascending, in one array. A new key moves the rows behind it, and what was found before is no longer
/// there: for up to some thousands of rows. Instead of `std::map`: see `list`.
template <class Key, class Value>
class sorted_table {
public:
    struct row {
        Key key;
        Value value{};
    };

    /// Null if the key is not there.
    template <class Like>
    [[nodiscard]] Value* find(const Like& key) noexcept {
        const auto at = place_of(key);
        return holds(at, key) ? &rows_[at].value : nullptr;
    }
    template <class Like>
    [[nodiscard]] const Value* find(const Like& key) const noexcept {
        const auto at = place_of(key);
        return holds(at, key) ? &rows_[at].value : nullptr;
    }
    /// The key's value; it is made if it is not there.
    [[nodiscard]] Value& operator[](const Key& key) {
        const auto at = place_of(key);
        if (!holds(at, key)) insert(at, key);
        return rows_[at].value;
    }
    void clear() noexcept { rows_.clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] row* begin() noexcept { return rows_.begin(); }
    [[nodiscard]] row* end() noexcept { return rows_.end(); }
    [[nodiscard]] const row* begin() const noexcept { return rows_.begin(); }
    [[nodiscard]] const row* end() const noexcept { return rows_.end(); }

private:
    /// The first row that does not come before the key.
    template <class Like>
    [[nodiscard]] std::size_t place_of(const Like& key) const noexcept {
        return partition_place(rows_, [&](const row& each) { return each.key < key; });
    }
    template <class Like>
    [[nodiscard]] bool holds(std::size_t at, const Like& key) const noexcept {
        return at < rows_.size() && rows_[at].key == key;
    }
    void insert(std::size_t at, const Key& key) {
        rows_.push_back({key});
        for (auto last = rows_.size() - 1; last > at; --last) std::swap(rows_[last], rows_[last - 1]);
    }

    list<row> rows_;
};

}}} // namespace sealsync::detail

#endif
