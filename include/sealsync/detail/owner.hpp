#ifndef SEALSYNC_DETAIL_OWNER_HPP
#define SEALSYNC_DETAIL_OWNER_HPP

#include "../config.hpp"

#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Owns what it points to, or nothing; moves. Instead of `std::unique_ptr` for the engine's own types: see `list`.
template <class T>
class owner {
public:
    owner() = default;
    /// Takes what `new` made.
    explicit owner(T* made) noexcept : made_{made} {}
    owner(owner&& other) noexcept : made_{std::exchange(other.made_, nullptr)} {}
    owner& operator=(owner&& other) noexcept {
        owner gone{std::move(other)};
        std::swap(made_, gone.made_);
        return *this;
    }
    ~owner() { delete made_; }

    [[nodiscard]] T* get() const noexcept { return made_; }
    [[nodiscard]] T* operator->() const noexcept { return made_; }
    [[nodiscard]] T& operator*() const noexcept { return *made_; }
    [[nodiscard]] explicit operator bool() const noexcept { return made_ != nullptr; }

private:
    T* made_ = nullptr;
};

}}} // namespace sealsync::detail

#endif
