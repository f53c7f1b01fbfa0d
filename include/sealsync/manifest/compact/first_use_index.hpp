#ifndef SEALSYNC_MANIFEST_COMPACT_FIRST_USE_INDEX_HPP
#define SEALSYNC_MANIFEST_COMPACT_FIRST_USE_INDEX_HPP

#include "../../detail/list.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Numbers ids, by their bytes, in the order in which they are first met: the order of a table that can be written in
/// one way only, and in which what comes first, and is often the only one, has the number that takes no byte.
class first_use_index {
public:
    [[nodiscard]] std::uint64_t index_of(std::string_view id) {
        if (last_ < ids_.size() && *ids_[last_] == id) return last_;
        auto at = numbers_.find(id);
        if (at == numbers_.end()) {
            at = numbers_.emplace(id, ids_.size()).first;
            ids_.push_back(&at->first);
        }
        return last_ = at->second;
    }
    /// Of each number, its id.
    [[nodiscard]] const list<const std::string*>& ids() const noexcept { return ids_; }

private:
    std::map<std::string, std::size_t, std::less<>> numbers_;
    list<const std::string*> ids_;
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
