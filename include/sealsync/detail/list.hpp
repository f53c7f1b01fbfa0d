#ifndef SEALSYNC_DETAIL_LIST_HPP
#define SEALSYNC_DETAIL_LIST_HPP

#include "../config.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A growing array with the few operations that the engine needs of one, for what it keeps to itself. Growing moves the
/// elements. Instead of `std::vector`, because it costs a compiler a fourth of the functions for each type of element:
/// `benchmarks/compile_time/containers.py`.
template <class T>
class list {
    static_assert(std::is_nothrow_move_constructible_v<T>, "growing must not fail half way");

public:
    using value_type = T;

    list() = default;
    explicit list(std::size_t size) {
        reserve(size);
        while (size_ < size) push_back(T{});
    }
    list(list&& other) noexcept { swap(other); }
    list& operator=(list&& other) noexcept {
        list gone{std::move(other)};
        swap(gone);
        return *this;
    }
    ~list() {
        truncate(0);
        ::operator delete (items_, std::align_val_t{alignof(T)});
    }

    void push_back(T item) {
        if (size_ == capacity_) reserve(size_ == 0 ? 4 : 2 * size_);
        ::new (static_cast<void*>(items_ + size_)) T(std::move(item));
        ++size_;
    }
    void reserve(std::size_t capacity) {
        if (capacity <= capacity_) return;
        T* const moved = static_cast<T*>(::operator new (capacity * sizeof(T), std::align_val_t{alignof(T)}));
        for (std::size_t i = 0; i < size_; ++i) {
            ::new (static_cast<void*>(moved + i)) T(std::move(items_[i]));
            items_[i].~T();
        }
        ::operator delete (items_, std::align_val_t{alignof(T)});
        items_ = moved;
        capacity_ = capacity;
    }
    /// Drops the elements from `size` on.
    void truncate(std::size_t size) noexcept {
        while (size_ > size) items_[--size_].~T();
    }
    void pop_back() noexcept { truncate(size_ - 1); }
    /// Moves the elements behind `at` down by one.
    void erase(std::size_t at) noexcept {
        for (; at + 1 < size_; ++at) items_[at] = std::move(items_[at + 1]);
        pop_back();
    }
    void clear() noexcept { truncate(0); }
    void swap(list& other) noexcept {
        std::swap(items_, other.items_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T* data() noexcept { return items_; }
    [[nodiscard]] const T* data() const noexcept { return items_; }
    [[nodiscard]] T* begin() noexcept { return items_; }
    [[nodiscard]] T* end() noexcept { return items_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return items_; }
    [[nodiscard]] const T* end() const noexcept { return items_ + size_; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return items_[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return items_[i]; }
    [[nodiscard]] T& front() noexcept { return items_[0]; }
    [[nodiscard]] const T& front() const noexcept { return items_[0]; }
    [[nodiscard]] T& back() noexcept { return items_[size_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return items_[size_ - 1]; }

private:
    T* items_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

}}} // namespace sealsync::detail

#endif
