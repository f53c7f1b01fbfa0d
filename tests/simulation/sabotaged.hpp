#ifndef SEALSYNC_TESTS_SIMULATION_SABOTAGED_HPP
#define SEALSYNC_TESTS_SIMULATION_SABOTAGED_HPP

#include <sealsync/traits.hpp>

namespace sabotages {

/// Rules that are read as the worlds run: one engine to compile for all sabotages.
struct sabotaged : sealsync::default_traits {
    inline static sealsync::protocol_rules rules{};
};

} // namespace sabotages

#endif
