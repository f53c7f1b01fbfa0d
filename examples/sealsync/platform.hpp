#ifndef SEALSYNC_CLI_PLATFORM_HPP
#define SEALSYNC_CLI_PLATFORM_HPP

#include <sealsync/bytes.hpp>
#include <sealsync/result.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#endif

namespace cli {

namespace ss = sealsync;

/// A file descriptor that is closed.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) noexcept : number_{number} {}
    descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
};

/// What the operating system said of a file of this machine. No permission is no matter of keys here: `io_error`.
[[nodiscard]] inline ss::failure os_failure(int error, std::string object) {
    auto words = std::generic_category().message(error);
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return ss::failure{ss::errc::no_space, std::move(object), std::move(words)};
    case EROFS:
        return ss::failure{ss::errc::read_only, std::move(object), std::move(words)};
    case ENOENT:
    case ENOTDIR:
        return ss::failure{ss::errc::not_found, std::move(object), std::move(words)};
    default:
        return ss::failure{ss::errc::io_error, std::move(object), std::move(words)};
    }
}

/// The same of a write: without permission a folder is as good as read-only.
[[nodiscard]] inline ss::failure write_failure(int error, std::string object) {
    if (error != EACCES && error != EPERM) return os_failure(error, std::move(object));
    return ss::failure{ss::errc::read_only, std::move(object), std::generic_category().message(error)};
}

[[nodiscard]] inline ss::result<void> write_all(int file, ss::bytes_view data, const std::string& name) {
    while (!data.empty()) {
        const auto count = ::write(file, data.data(), data.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_failure(errno, name);
        data = data.subview(static_cast<std::size_t>(count));
    }
    return {};
}

/// For a command that takes tens of megabytes at once and gives them back when it ends.
inline void prepare_heap() noexcept {
#ifdef __GLIBC__
    constexpr int reserve = 32 << 20; // of addresses: memory is taken as it is used
    (void)::mallopt(M_ARENA_MAX, 1);  // else what one thread frees stays that thread's
    (void)::mallopt(M_MMAP_THRESHOLD, reserve);
    (void)::mallopt(M_TRIM_THRESHOLD, 2 * reserve);
    (void)::mallopt(M_TOP_PAD, reserve);
#ifdef MADV_HUGEPAGE
    // In large pages where the system can: a fault for every 2 MiB, not for every 4 KiB.
    constexpr std::uintptr_t large_page = std::uintptr_t{2} << 20U;
    const auto start = reinterpret_cast<std::uintptr_t>(::sbrk(0)) / large_page * large_page + large_page;
    void* volatile grown = std::malloc(reserve / 2); // else the compiler sees that nobody needs it
    std::free(grown);
    const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
    if (end > start) (void)::madvise(reinterpret_cast<void*>(start), end - start, MADV_HUGEPAGE);
#endif
#endif
}

/// Promises nothing.
inline void start_write_back([[maybe_unused]] int file) noexcept {
#ifdef SYNC_FILE_RANGE_WRITE
    (void)::sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
}

/// Up to `size_max` bytes, fewer at the end of the file.
[[nodiscard]] inline ss::result<ss::bytes> read_up_to(int file, std::size_t size_max, const std::string& name) {
    ss::bytes data(size_max);
    std::size_t have = 0;
    while (have < data.size()) {
        const auto count = ::read(file, data.data() + have, data.size() - have);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_failure(errno, name);
        if (count == 0) break;
        have += static_cast<std::size_t>(count);
    }
    data.resize(have);
    return data;
}

/// All that is left of one file, to another; in shared blocks where the system can. Gives how many bytes.
[[nodiscard]] inline ss::result<std::uint64_t> copy_rest(int from, int to, const std::string& name) {
    constexpr std::size_t part_bytes_max = std::size_t{1} << 20U;
    std::uint64_t size = 0;
#ifdef __linux__
    constexpr std::size_t at_once = std::size_t{1} << 30U;
    while (const auto count = ::copy_file_range(from, nullptr, to, nullptr, at_once, 0)) {
        if (count < 0) break; // not between these two
        size += static_cast<std::uint64_t>(count);
    }
#endif
    while (true) {
        const auto part = read_up_to(from, part_bytes_max, name);
        if (!part) return part.error();
        if (part->empty()) return size;
        if (auto written = write_all(to, *part, name); !written) return std::move(written).error();
        size += part->size();
    }
}

/// A file of the device's own state, as large as it is.
[[nodiscard]] inline ss::result<ss::bytes> read_small_file(const std::string& path) {
    const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return os_failure(errno, path);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0) return os_failure(errno, path);
    return read_up_to(file.get(), static_cast<std::size_t>(info.st_size), path);
}

/// Whole and durable, or not there: never half a file under its name.
[[nodiscard]] inline ss::result<void> write_file_atomically(const std::string& path, ss::bytes_view data) {
    const auto temporary = path + ".new";
    const descriptor file{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!file) return os_failure(errno, temporary);
    if (auto written = write_all(file.get(), data, temporary); !written) return written;
    if (::fdatasync(file.get()) != 0) return os_failure(errno, temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return os_failure(errno, path);
    return {};
}

/// A file or folder to be changed by a later call: neither opened for reading nor followed if it is a link, so that it
/// takes no permission but to reach it.
class reached_file {
public:
    reached_file(int folder, const char* name) noexcept : file_{::openat(folder, name, flags)} {}

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(file_); }
    [[nodiscard]] int get() const noexcept { return file_.get(); }
    [[nodiscard]] descriptor release() noexcept { return std::move(file_); }
    /// Each gives false, with `errno`, if it could not be done.
    [[nodiscard]] bool look(struct stat& info) const noexcept { return ::fstat(file_.get(), &info) == 0; }
    [[nodiscard]] bool set_mode(mode_t mode) const noexcept {
#ifdef O_PATH
        return ::chmod(path().c_str(), mode) == 0;
#else
        return ::fchmod(file_.get(), mode) == 0;
#endif
    }
    [[nodiscard]] bool set_mtime(const timespec& mtime) const noexcept {
        const timespec times[2] = {{0, UTIME_OMIT}, mtime};
#ifdef O_PATH
        return ::utimensat(AT_FDCWD, path().c_str(), times, 0) == 0;
#else
        return ::futimens(file_.get(), times) == 0;
#endif
    }

private:
#ifdef O_PATH
    static constexpr int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }
#else
    static constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
#endif
    descriptor file_;
};

/// Never replaces anything. False, with `errno`, if it could not be done.
[[nodiscard]] inline bool rename_to_free_name(int from, const char* old_name, int to, const char* new_name) {
#ifdef RENAME_NOREPLACE
    if (::renameat2(from, old_name, to, new_name, RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
#endif
    if (::faccessat(to, new_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return false;
    }
    return ::renameat(from, old_name, to, new_name) == 0;
}

/// Both names stay, each for the other's file. False, with `errno`, if it could not be done.
[[nodiscard]] inline bool exchange_names([[maybe_unused]] int from, [[maybe_unused]] const char* one,
                                         [[maybe_unused]] int to, [[maybe_unused]] const char* other) {
#ifdef RENAME_EXCHANGE
    return ::renameat2(from, one, to, other, RENAME_EXCHANGE) == 0;
#else
    errno = ENOSYS;
    return false;
#endif
}

} // namespace cli

#endif
