#ifndef SEALSYNC_CLI_FILE_FACTS_HPP
#define SEALSYNC_CLI_FILE_FACTS_HPP

#include <cstdint>
#include <sys/stat.h>

namespace cli {

/// Numbers are part of the record format.
enum class file_kind : std::uint8_t { file = 1, directory = 2, symlink = 3, special = 4 };

/// What tells that a file is still the one that was read or written, without reading it.
struct file_facts {
    file_kind kind = file_kind::file;
    std::uint16_t mode = 0; ///< the nine permission bits; others are never synced
    std::uint64_t size = 0, inode = 0;
    std::int64_t mtime = 0, ctime = 0; ///< nanoseconds since 1970

    [[nodiscard]] static file_facts of(const struct stat& info) noexcept {
        const auto nanoseconds = [](const timespec& time) {
            return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
        };
        file_facts facts;
        facts.kind = S_ISREG(info.st_mode)   ? file_kind::file
                     : S_ISDIR(info.st_mode) ? file_kind::directory
                     : S_ISLNK(info.st_mode) ? file_kind::symlink
                                             : file_kind::special;
        facts.mode = static_cast<std::uint16_t>(info.st_mode & 0777U);
        facts.size = static_cast<std::uint64_t>(info.st_size);
        facts.inode = static_cast<std::uint64_t>(info.st_ino);
        facts.mtime = nanoseconds(info.st_mtim);
        facts.ctime = nanoseconds(info.st_ctim);
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

[[nodiscard]] inline timespec to_timespec(std::int64_t nanoseconds) noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    auto seconds = nanoseconds / second, rest = nanoseconds % second;
    if (rest < 0) { // before 1970
        --seconds;
        rest += second;
    }
    timespec time{};
    time.tv_sec = static_cast<time_t>(seconds);
    time.tv_nsec = static_cast<long>(rest);
    return time;
}

} // namespace cli

#endif
