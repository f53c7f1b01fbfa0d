#ifndef SEALSYNC_TESTING_SIMULATED_CRASH_HPP
#define SEALSYNC_TESTING_SIMULATED_CRASH_HPP

#include "../config.hpp"

#include <cstdint>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Thrown to end a simulated process at a chosen point. Not a `std::exception`, so that nothing which handles
/// errors catches it: whatever it unwinds past is as gone as after a power cut.
struct simulated_crash {
    std::uint64_t operation = 0; ///< the number of the operation it happened at
};

}}} // namespace sealsync::testing

#endif
