#ifndef SEALSYNC_EXECUTOR_HPP
#define SEALSYNC_EXECUTOR_HPP

#include "function_ref.hpp"

#include <cstddef>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Where work that comes in parts may be done at once. The library has no threads: it uses those of an executor that
/// it is given, and the calling thread alone if it is given none.
class executor {
public:
    virtual ~executor() = default;

    /// How many parts can be under way at once, at least 1: more parts than a few times that are not worth making.
    [[nodiscard]] virtual std::size_t width() const noexcept = 0;

    /// Calls `f(0)` to `f(count - 1)`, each once, in any order and several at once, but `f(0)` on the calling thread.
    /// All have returned when it returns, and what they wrote is seen. What one throws it throws, and others may then
    /// not have been called. `f` may call `run` itself.
    virtual void run(std::size_t count, function_ref<void(std::size_t)> f) = 0;
};

/// One part after the other.
class calling_thread final : public executor {
public:
    [[nodiscard]] std::size_t width() const noexcept override { return 1; }
    void run(std::size_t count, function_ref<void(std::size_t)> f) override {
        for (std::size_t i = 0; i < count; ++i) f(i);
    }
};

}} // namespace sealsync

#endif
