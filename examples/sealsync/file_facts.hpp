#ifndef SEALSYNC_CLI_FILE_FACTS_HPP
#define SEALSYNC_CLI_FILE_FACTS_HPP

#include <compare>
#include <cstdint>
#include <sys/stat.h>

namespace cli {

/// Numbers are part of the record format.
enum class file_kind : std::uint8_t { file = 1, directory = 2, symlink = 3, special = 4, facts = 5 };

/// A moment in seconds since 1970 and nanoseconds after it, as a file system has it: one number of nanoseconds would
/// end in the year 2262.
struct file_time {
    constexpr file_time(std::int64_t whole_seconds = 0, std::uint32_t rest = 0) noexcept
        : seconds{whole_seconds}, nanoseconds{rest} {}
    explicit file_time(const timespec& time) noexcept
        : file_time{static_cast<std::int64_t>(time.tv_sec), static_cast<std::uint32_t>(time.tv_nsec)} {}

    std::int64_t seconds;
    std::uint32_t nanoseconds; ///< below a thousand million, also before 1970

    [[nodiscard]] timespec system_time() const noexcept {
        timespec time{};
        time.tv_sec = static_cast<time_t>(seconds);
        time.tv_nsec = static_cast<long>(nanoseconds);
        return time;
    }

    [[nodiscard]] friend bool operator==(const file_time&, const file_time&) = default;
    [[nodiscard]] friend auto operator<=>(const file_time&, const file_time&) = default;
};

/// What tells that a file is still the one that was read or written, without reading it.
struct file_facts {
    file_kind kind = file_kind::file;
    std::uint16_t mode = 0; ///< the nine permission bits; others are never synced
    std::uint64_t size = 0, inode = 0;
    file_time mtime{}, ctime{};

    [[nodiscard]] static file_facts of(const struct stat& info) noexcept {
        file_facts facts;
        facts.kind = S_ISREG(info.st_mode)   ? file_kind::file
                     : S_ISDIR(info.st_mode) ? file_kind::directory
                     : S_ISLNK(info.st_mode) ? file_kind::symlink
                                             : file_kind::special;
        facts.mode = static_cast<std::uint16_t>(info.st_mode & 0777U);
        facts.size = static_cast<std::uint64_t>(info.st_size);
        facts.inode = static_cast<std::uint64_t>(info.st_ino);
        facts.mtime = file_time{info.st_mtim};
        facts.ctime = file_time{info.st_ctim};
        return facts;
    }

    /// Also after a rename, which changes the ctime alone. Of a directory only its mode is synced.
    [[nodiscard]] bool same_file(const file_facts& other) const noexcept {
        if (kind != other.kind || mode != other.mode) return false;
        return kind == file_kind::directory || (size == other.size && inode == other.inode && mtime == other.mtime);
    }
    [[nodiscard]] bool untouched(const file_facts& other) const noexcept {
        return same_file(other) && (kind == file_kind::directory || ctime == other.ctime);
    }
};

} // namespace cli

#endif
