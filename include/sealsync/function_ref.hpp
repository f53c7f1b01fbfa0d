#ifndef SEALSYNC_FUNCTION_REF_HPP
#define SEALSYNC_FUNCTION_REF_HPP

#include "config.hpp"

#include <type_traits>
#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI {

template <class Signature>
class function_ref;

/// A callable borrowed for the length of a call (the shape of P0792's `std::function_ref`): never store one.
/// A function is passed as `&f`.
template <class R, class... Args>
class function_ref<R(Args...)> {
public:
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref> && std::is_object_v<std::remove_reference_t<F>> &&
             std::is_invocable_r_v<R, F&, Args...>) function_ref(F&& callable)
    noexcept
        : object_{const_cast<char*>(&reinterpret_cast<const volatile char&>(callable))},
          call_{&call<std::remove_reference_t<F>>} {}

    R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

private:
    template <class F>
    static R call(void* object, Args... args) {
        return (*static_cast<F*>(object))(std::forward<Args>(args)...);
    }

    void* object_; ///< its address as `std::addressof` gives it, without two functions for each callable
    R (*call_)(void*, Args...);
};

}} // namespace sealsync

#endif
