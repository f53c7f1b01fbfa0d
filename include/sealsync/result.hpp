#ifndef SEALSYNC_RESULT_HPP
#define SEALSYNC_RESULT_HPP

#include "detail/owner.hpp"
#include "error.hpp"

#include <new>
#include <type_traits>
#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI {

template <class T>
class result;

namespace detail {

template <class U, class T>
concept value_for = !std::is_same_v<std::remove_cvref_t<U>, result<T>> &&
                    !std::is_same_v<std::remove_cvref_t<U>, failure> && std::is_constructible_v<T, U>;

} // namespace detail

/// A value or the failure to get it: a deliberate subset of `std::expected<T, failure>`, which clang 14 lacks.
/// Ask with `if (r)` and use `*r` / `r.error()`, or call `value()`, which throws `std::system_error`.
/// A union instead of a variant: measured, one compiler error for a wrong policy where a variant gives six.
template <class T>
class [[nodiscard]] result {
    static_assert(!std::is_same_v<std::remove_cv_t<T>, failure>, "result<failure> would be ambiguous");

public:
    using value_type = T;
    using error_type = failure;

    // `has_value_` is set last: what is written through pointers before could change it for all that g++ knows, and it
    // would warn of the other member.
    result(failure error) {
        ::new (place()) failure(std::move(error));
        has_value_ = false;
    }

    template <detail::value_for<T> U = T>
    result(U&& value) {
        ::new (place()) T(static_cast<U&&>(value));
        has_value_ = true;
    }

    result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        const bool succeeded = other.has_value_;
        if (succeeded) {
            ::new (place()) T(static_cast<T&&>(other.value_));
        } else {
            ::new (place()) failure(std::move(other.error_));
        }
        has_value_ = succeeded;
    }

    result(const result& other) {
        const bool succeeded = other.has_value_;
        if (succeeded) {
            ::new (place()) T(other.value_);
        } else {
            ::new (place()) failure(other.error_);
        }
        has_value_ = succeeded;
    }

    /// One assignment for copy and move: destroying and rebuilding is safe because the right side is a copy.
    result& operator=(result other) noexcept {
        this->~result();
        return *::new (static_cast<void*>(this)) result(static_cast<result&&>(other));
    }

    ~result() {
        if (has_value_) {
            value_.~T();
        } else {
            error_.~failure();
        }
    }

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value_; }

    [[nodiscard]] T& operator*() & noexcept {
        SEALSYNC_ASSERT(has_value_);
        return value_;
    }
    [[nodiscard]] const T& operator*() const& noexcept {
        SEALSYNC_ASSERT(has_value_);
        return value_;
    }
    /// By value: `for (auto& x : *f())` must not outlive its result.
    [[nodiscard]] T operator*() && noexcept(std::is_nothrow_move_constructible_v<T>) {
        SEALSYNC_ASSERT(has_value_);
        return static_cast<T&&>(value_);
    }
    [[nodiscard]] T* operator->() noexcept {
        SEALSYNC_ASSERT(has_value_);
        return static_cast<T*>(place());
    }
    [[nodiscard]] const T* operator->() const noexcept {
        SEALSYNC_ASSERT(has_value_);
        return static_cast<const T*>(place());
    }

    T& value() & {
        throw_if_failed();
        return value_;
    }
    const T& value() const& {
        throw_if_failed();
        return value_;
    }
    T value() && {
        throw_if_failed();
        return static_cast<T&&>(value_);
    }
    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value_ ? value_ : static_cast<T>(std::forward<U>(other));
    }

    [[nodiscard]] const failure& error() const& noexcept {
        SEALSYNC_ASSERT(!has_value_);
        return error_;
    }
    [[nodiscard]] failure&& error() && noexcept {
        SEALSYNC_ASSERT(!has_value_);
        return static_cast<failure&&>(error_);
    }

private:
    // Both members are there. Of `failure` the address can be asked by `&`, which `T` may have overloaded.
    [[nodiscard]] void* place() noexcept { return &error_; }
    [[nodiscard]] const void* place() const noexcept { return &error_; }
    void throw_if_failed() const {
        if (!has_value_) throw std::system_error{make_error_code(error_.code()), error_.message()};
    }
    union {
        T value_;
        failure error_;
    };
    bool has_value_;
};

/// Success without a value, or a failure. Default constructed it is success.
template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;
    using error_type = failure;

    result() = default;
    result(failure error) : error_{new failure{std::move(error)}} {}
    result(result&&) noexcept = default;
    result(const result& other) : error_{other.error_ ? new failure{*other.error_} : nullptr} {}
    result& operator=(result other) noexcept {
        error_ = std::move(other.error_);
        return *this;
    }
    ~result() = default;

    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    [[nodiscard]] explicit operator bool() const noexcept { return !error_; }
    void value() const {
        if (error_) throw std::system_error{make_error_code(error_->code()), error_->message()};
    }
    [[nodiscard]] const failure& error() const& noexcept {
        SEALSYNC_ASSERT(error_.get() != nullptr);
        return *error_;
    }
    [[nodiscard]] failure&& error() && noexcept {
        SEALSYNC_ASSERT(error_.get() != nullptr);
        return std::move(*error_);
    }

private:
    detail::owner<failure> error_;
};

}} // namespace sealsync

#endif
