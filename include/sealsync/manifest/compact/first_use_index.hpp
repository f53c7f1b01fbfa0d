#ifndef SEALSYNC_MANIFEST_COMPACT_FIRST_USE_INDEX_HPP
#define SEALSYNC_MANIFEST_COMPACT_FIRST_USE_INDEX_HPP

#include "../../config.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Numbers things in the order in which they are first met: the order of a table that can be written in one way only,
/// and in which what comes first, and is often the only one, has the number that takes no byte.
template <class Key>
class first_use_index {
public:
    [[nodiscard]] std::uint64_t index_of(const Key& key) {
        if (last_ < keys_.size() && *keys_[last_] == key) return last_;
        const auto [at, fresh] = numbers_.emplace(key, keys_.size());
        if (fresh) keys_.push_back(&at->first);
        return last_ = at->second;
    }
    /// Of each number, its key.
    [[nodiscard]] const std::vector<const Key*>& keys() const noexcept { return keys_; }

private:
    std::map<Key, std::size_t> numbers_;
    std::vector<const Key*> keys_;
    std::size_t last_ = 0;
};

/// The reader's side: whether numbers come as such an index gives them.
class first_use_check {
public:
    explicit first_use_check(std::size_t size, std::size_t used = 0) noexcept : size_{size}, used_{used} {}

    [[nodiscard]] bool take(std::uint64_t index) noexcept {
        const bool next = index == used_;
        used_ += next ? 1 : 0;
        return index < used_ && used_ <= size_;
    }
    [[nodiscard]] bool all_used() const noexcept { return used_ == size_; }

private:
    std::size_t size_, used_;
};

}}} // namespace sealsync::detail

#endif
