#ifndef SEALSYNC_MANIFEST_LIMITS_HPP
#define SEALSYNC_MANIFEST_LIMITS_HPP

#include "../config.hpp"

#include <cstddef>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a manifest may hold. Checked before writing and after reading; over it is `errc::too_large`.
struct manifest_limits {
    std::size_t bytes_max = std::size_t{64} << 20U; ///< of one manifest, unsealed
    std::size_t changes_max = 100'000;
    std::size_t logs_max = 100'000; ///< in `seen` and in a head
    std::size_t dots_max = 4'096;   ///< in one `replaces`
    std::size_t attachments_max = 4'096;
    std::size_t text_bytes_max = 4'096; ///< of one file name, media type, device name or key
    std::size_t depth_max = 8;          ///< nested arrays and objects, unknown fields included
};

}} // namespace sealsync

#endif
