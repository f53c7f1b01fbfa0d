#ifndef SEALSYNC_CLI_EXIT_CODE_HPP
#define SEALSYNC_CLI_EXIT_CODE_HPP

#include <sealsync/error.hpp>

namespace cli {

/// docs/cli.md; never renumbered.
enum class exit_code : int {
    good = 0,
    refused = 1,   ///< the command or what it was given cannot be right
    later = 2,     ///< nothing is wrong with it: try again
    conflicts = 3, ///< `conflicts` found some
    damaged = 4,   ///< what is stored is damaged or missing
    security = 5,  ///< what is stored, or who asks, is not what was promised
    unusable = 6,  ///< read-only, full, or not to be read
};

[[nodiscard]] constexpr exit_code exit_code_of(sealsync::error_kind kind) noexcept {
    switch (kind) {
    case sealsync::error_kind::retry:
    case sealsync::error_kind::conflict:
        return exit_code::later;
    case sealsync::error_kind::invalid:
        return exit_code::refused;
    case sealsync::error_kind::data:
        return exit_code::damaged;
    case sealsync::error_kind::security:
        return exit_code::security;
    case sealsync::error_kind::closed:
        return exit_code::unusable;
    }
    return exit_code::refused;
}

} // namespace cli

#endif
