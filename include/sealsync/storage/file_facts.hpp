#ifndef SEALSYNC_STORAGE_FILE_FACTS_HPP
#define SEALSYNC_STORAGE_FILE_FACTS_HPP

#include "../clock/stamp.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

enum class file_kind : std::uint8_t {
    regular,
    directory,
    other, ///< symbolic links, pipes, devices: never followed, opened or listed
};

enum class lock_mode : std::uint8_t { shared, exclusive };

/// What a file system says about a file.
struct file_facts {
    file_kind kind = file_kind::other;
    std::uint64_t size = 0;
    std::uint64_t number = 0; ///< the inode; used again after the file is gone
    wall_time modified{};
};

}} // namespace sealsync

#endif
