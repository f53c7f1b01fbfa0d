#ifndef SEALSYNC_SYNC_ANY_CLOCK_HPP
#define SEALSYNC_SYNC_ANY_CLOCK_HPP

#include "../clock/clock.hpp"
#include "../detail/owner.hpp"
#include "../detail/virtual_base.hpp"

#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A clock behind a virtual call, so that the sync is compiled once for all clocks. Models `clock`.
class any_clock {
public:
    template <class Clock>
    explicit any_clock(std::in_place_t, Clock of) : model_{new model<Clock>{std::move(of)}} {}

    [[nodiscard]] wall_time now() noexcept { return model_->now(); }

private:
    struct port : virtual_base {
        virtual wall_time now() noexcept = 0;
    };
    template <class Clock>
    struct model final : port {
        explicit model(Clock of) : clock_{std::move(of)} {}
        wall_time now() noexcept override { return clock_.now(); }
        Clock clock_;
    };
    owner<port> model_;
};

static_assert(clock<any_clock>);

}}} // namespace sealsync::detail

#endif
