#ifndef SEALSYNC_STORAGE_POSIX_FILES_HPP
#define SEALSYNC_STORAGE_POSIX_FILES_HPP

#include "../bytes.hpp"
#include "../clock/stamp.hpp"
#include "../function_ref.hpp"
#include "file_facts.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The file operations that `basic_directory_storage` is made of, on POSIX. Every name is one part below an open
/// folder and no symbolic link is followed, so that nothing in the store can lead out of it. Thread-safe.
class posix_files {
public:
    /// An open file or folder; closed at the end of its life.
    class handle {
    public:
        handle() = default;
        handle(handle&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
        handle& operator=(handle&& other) noexcept {
            std::swap(descriptor_, other.descriptor_);
            return *this;
        }
        ~handle() { close(); }
        /// What was written may still be lost, and the error says so, if closing fails.
        std::error_code close() noexcept {
            const int closed = descriptor_ < 0 ? 0 : ::close(std::exchange(descriptor_, -1));
            return closed == 0 || errno == EINTR ? std::error_code{} : last_error();
        }

    private:
        friend class posix_files;
        int descriptor_ = -1;
    };

    /// Whether `sync_all` exists: one barrier for any number of files. Its errors are reported since Linux 5.8.
#ifdef __linux__
    static constexpr bool syncs_all = true;
#else
    static constexpr bool syncs_all = false;
#endif

    [[nodiscard]] std::error_code open_root(const std::filesystem::path& path, handle& out) const {
        return opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), out);
    }
    /// Makes the folder and its missing parents durably; success if it is there.
    [[nodiscard]] std::error_code make_root(const std::filesystem::path& path) const {
        std::filesystem::path folder;
        for (const auto& part : std::filesystem::absolute(path)) {
            const auto parent = folder;
            folder /= part;
            if (::mkdir(folder.c_str(), 0777) == 0) {
                handle above;
                if (auto error = open_root(parent, above)) return error;
                if (auto error = sync_directory(above)) return error;
            } else if (errno != EEXIST && errno != EISDIR && ::access(folder.c_str(), F_OK) != 0) {
                return last_error();
            }
        }
        return {};
    }

    [[nodiscard]] std::error_code open_directory(const handle& parent, const char* name, handle& out) const {
        return opened(::openat(parent.descriptor_, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), out);
    }
    /// `std::errc::file_exists` if anything has the name.
    [[nodiscard]] std::error_code make_directory(const handle& parent, const char* name) const {
        return checked(::mkdirat(parent.descriptor_, name, 0777));
    }
    /// O_NONBLOCK: a named pipe in the store must not make a reader wait for ever.
    [[nodiscard]] std::error_code open_file(const handle& parent, const char* name, handle& out) const {
        return opened(::openat(parent.descriptor_, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), out);
    }
    /// A new file; never one that is there.
    [[nodiscard]] std::error_code create_file(const handle& parent, const char* name, handle& out) const {
        const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        return opened(::openat(parent.descriptor_, name, flags, 0666), out);
    }
    /// Made if missing. Opened for writing, without which NFS grants no exclusive lock.
    [[nodiscard]] std::error_code open_lock(const handle& parent, const char* name, handle& out) const {
        return opened(::openat(parent.descriptor_, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666), out);
    }
    /// Held until the handle is closed, or its process ends. `std::errc::operation_would_block` if others hold it.
    [[nodiscard]] std::error_code try_lock(const handle& file, lock_mode mode) const {
        const int how = mode == lock_mode::shared ? LOCK_SH : LOCK_EX;
        return checked(::flock(file.descriptor_, how | LOCK_NB));
    }

    [[nodiscard]] std::error_code facts_of(const handle& file, file_facts& out) const {
        struct ::stat found {};
        if (::fstat(file.descriptor_, &found) != 0) return last_error();
        out = facts(found);
        return {};
    }
    [[nodiscard]] std::error_code facts_at(const handle& parent, const char* name, file_facts& out) const {
        struct ::stat found {};
        if (::fstatat(parent.descriptor_, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return last_error();
        out = facts(found);
        return {};
    }

    /// `count` is less than asked for only at the end of the file.
    [[nodiscard]] std::error_code read(const handle& file, std::uint64_t offset, std::span<std::byte> out,
                                       std::size_t& count) const {
        for (count = 0; count < out.size();) {
            const auto rest = out.subspan(count);
            const auto got = ::pread(file.descriptor_, rest.data(), rest.size(), static_cast<::off_t>(offset + count));
            if (got == 0) break;
            if (got < 0 && errno != EINTR) return last_error();
            if (got > 0) count += static_cast<std::size_t>(got);
        }
        return {};
    }
    /// Appends.
    [[nodiscard]] std::error_code write(const handle& file, bytes_view data) const {
        while (!data.empty()) {
            const auto put = ::write(file.descriptor_, data.data(), data.size());
            if (put < 0 && errno != EINTR) return last_error();
            if (put > 0) data = data.subview(static_cast<std::size_t>(put));
        }
        return {};
    }

    /// The disk may begin with what was written, so that there is less to wait for later. Promises nothing.
    void start_write_back([[maybe_unused]] const handle& file) const noexcept {
#ifdef SYNC_FILE_RANGE_WRITE
        static_cast<void>(::sync_file_range(file.descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE));
#endif
    }
    [[nodiscard]] std::error_code sync_file(const handle& file) const {
#if defined(F_FULLFSYNC)
        // On macOS fsync leaves the data in the drive's cache.
        if (::fcntl(file.descriptor_, F_FULLFSYNC) == 0) return {};
        return checked(::fsync(file.descriptor_));
#else
        return checked(::fdatasync(file.descriptor_));
#endif
    }
    [[nodiscard]] std::error_code sync_directory(const handle& directory) const {
        const auto error = checked(::fsync(directory.descriptor_));
        // Some network file systems have no such thing: there a name is as durable as they make it.
        return error == std::errc::invalid_argument ? std::error_code{} : error;
    }
    /// Everything written to the file system that holds the folder.
    [[nodiscard]] std::error_code sync_all(const handle& directory) const {
#ifdef __linux__
        return checked(::syncfs(directory.descriptor_));
#else
        return sync_directory(directory);
#endif
    }

    /// Replaces what has the new name, atomically.
    [[nodiscard]] std::error_code rename(const handle& from, const char* name, const handle& to,
                                         const char* new_name) const {
        return checked(::renameat(from.descriptor_, name, to.descriptor_, new_name));
    }
    /// `std::errc::file_exists` if anything has the new name.
    [[nodiscard]] std::error_code link(const handle& from, const char* name, const handle& to,
                                       const char* new_name) const {
        return checked(::linkat(from.descriptor_, name, to.descriptor_, new_name, 0));
    }
    [[nodiscard]] std::error_code remove_file(const handle& parent, const char* name) const {
        return checked(::unlinkat(parent.descriptor_, name, 0));
    }
    [[nodiscard]] std::error_code remove_directory(const handle& parent, const char* name) const {
        return checked(::unlinkat(parent.descriptor_, name, AT_REMOVEDIR));
    }

    using entry_visitor = function_ref<void(std::string_view name, file_kind kind)>;
    /// Everything but `.` and `..`, in no order.
    [[nodiscard]] std::error_code read_directory(const handle& parent, entry_visitor visit) const {
        // A descriptor of its own, because fdopendir takes it over and moves its position.
        const int own = ::openat(parent.descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::DIR* const open = own < 0 ? nullptr : ::fdopendir(own);
        if (open == nullptr) {
            const auto error = last_error();
            if (own >= 0) ::close(own);
            return error;
        }
        const closer at_the_end{open};
        while (true) {
            errno = 0;
            const ::dirent* const entry = ::readdir(open);
            if (entry == nullptr) return errno == 0 ? std::error_code{} : last_error();
            const std::string_view name{entry->d_name};
            if (name != "." && name != "..") visit(name, kind_of(parent, *entry));
        }
    }

    /// Lets others run; about a millisecond.
    void pause() const noexcept {
        const ::timespec moment{0, 1'000'000};
        ::nanosleep(&moment, nullptr);
    }

private:
    struct closer {
        ::DIR* open;
        ~closer() { ::closedir(open); }
    };

    [[nodiscard]] static std::error_code last_error() noexcept { return {errno, std::generic_category()}; }
    [[nodiscard]] static std::error_code checked(int returned) noexcept {
        return returned == 0 ? std::error_code{} : last_error();
    }
    [[nodiscard]] static std::error_code opened(int descriptor, handle& out) noexcept {
        if (descriptor < 0) return last_error();
        out.close();
        out.descriptor_ = descriptor;
        return {};
    }

    [[nodiscard]] static file_facts facts(const struct ::stat& found) noexcept {
#ifdef __APPLE__
        const auto& time = found.st_mtimespec;
#else
        const auto& time = found.st_mtim;
#endif
        const auto kind = S_ISREG(found.st_mode)   ? file_kind::regular
                          : S_ISDIR(found.st_mode) ? file_kind::directory
                                                   : file_kind::other;
        const auto modified = std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
        return {kind, static_cast<std::uint64_t>(found.st_size), static_cast<std::uint64_t>(found.st_ino),
                wall_time{modified}};
    }
    /// Not every file system tells the kind in the listing.
    [[nodiscard]] file_kind kind_of(const handle& parent, const ::dirent& entry) const {
        if (entry.d_type == DT_REG) return file_kind::regular;
        if (entry.d_type == DT_DIR) return file_kind::directory;
        file_facts found;
        if (entry.d_type == DT_UNKNOWN && !facts_at(parent, entry.d_name, found)) return found.kind;
        return file_kind::other;
    }
};

}} // namespace sealsync

#endif
