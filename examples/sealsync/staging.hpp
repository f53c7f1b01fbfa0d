#ifndef SEALSYNC_CLI_STAGING_HPP
#define SEALSYNC_CLI_STAGING_HPP

#include "console.hpp"
#include "file_record.hpp"
#include "tree.hpp"

#include <ctime>

namespace cli {

/// A folder beside the synced files, where new ones are written before they get their names. What a crash leaves in
/// it is removed by the next sync.
class staging {
public:
    [[nodiscard]] static ss::result<staging> open(const std::string& path) {
        if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return os_failure(errno, path);
        descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!folder) return os_failure(errno, path);
        staging made{path, std::move(folder)};
        for (unsigned lane = 0; lane < lanes; ++lane) {
            const auto name = std::to_string(lane);
            if (::mkdirat(made.folder(), name.c_str(), 0700) != 0 && errno != EEXIST) return os_failure(errno, path);
            if (auto cleaned = made.clean(name.c_str()); !cleaned) return std::move(cleaned).error();
        }
        return made;
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] int folder() const noexcept { return folder_.get(); }
    /// Neighbours are in one folder, others in another: threads that make and rename files in one wait for each other.
    [[nodiscard]] std::string fresh_name() {
        const auto number = count_++;
        return std::to_string(number / neighbours % lanes) + "/new-" + std::to_string(number);
    }
    static constexpr unsigned neighbours = 16;

    struct staged_file {
        std::string name;
        file_facts facts;
    };
    /// Writes a file whose content is in its record, with its time and permissions, under a fresh name. Durable after
    /// `barrier()`. Several threads may write at once.
    [[nodiscard]] ss::result<staged_file> write(std::string name, const file_record& file) const {
        return write(std::move(name), file, [&](int open) { return write_all(open, file.content, path_); });
    }
    using filler = ss::function_ref<ss::result<void>(int)>;
    /// Writes a file whose bytes are elsewhere: `content` writes them to the descriptor that it is called with.
    [[nodiscard]] ss::result<staged_file> write(std::string name, const file_record& file, filler content) const {
        auto facts = file.kind == file_kind::symlink ? write_link(name, file) : write_file(name, file, content);
        if (!facts) {
            discard(name);
            return std::move(facts).error();
        }
        return staged_file{std::move(name), *facts};
    }

    [[nodiscard]] static bool set_metadata(int file, const file_record& record) {
        return ::fchmod(file, record.mode) == 0 && set_time(file, record);
    }

    [[nodiscard]] static bool set_time(int file, const file_record& record) {
        const timespec times[2] = {{0, UTIME_OMIT}, to_timespec(record.mtime)};
        return ::futimens(file, times) == 0;
    }

    /// One for many files: all that was written to this file system is durable.
    [[nodiscard]] ss::result<void> barrier() const {
#ifdef __linux__
        if (::syncfs(folder()) != 0) return os_failure(errno, path_);
#else
        ::sync();
#endif
        return {};
    }

    [[nodiscard]] bool holds(const std::string& name, const file_facts& expected) const {
        struct stat info {};
        return ::fstatat(folder(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
               file_facts::of(info).same_file(expected);
    }
    void discard(const std::string& name) const noexcept { ::unlinkat(folder(), name.c_str(), 0); }
    /// Somebody's file that could not be put back: `clean()` leaves it alone.
    void keep(const std::string& name, console& out) const {
        const auto kept = "kept-" + std::to_string(std::time(nullptr)) + "-" + std::string{name_of(name)};
        if (rename_to_free_name(folder(), name.c_str(), folder(), kept.c_str())) {
            out.note(path_ + "/" + kept, "a file that changed while it was replaced is kept here");
        }
    }

private:
    static constexpr unsigned lanes = 8;

    staging(std::string path, descriptor folder) : path_{std::move(path)}, folder_{std::move(folder)} {}

    [[nodiscard]] ss::result<void> clean(const char* lane) const {
        descriptor inside{::openat(folder(), lane, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        DIR* const listing = inside ? ::fdopendir(inside.get()) : nullptr;
        if (listing == nullptr) return os_failure(errno, path_);
        (void)inside.release();
        while (const auto* entry = ::readdir(listing)) {
            if (std::string_view{entry->d_name}.starts_with("new-")) discard(lane + ("/" + std::string{entry->d_name}));
        }
        ::closedir(listing);
        return {};
    }

    [[nodiscard]] ss::result<file_facts> write_link(const std::string& name, const file_record& file) const {
        const std::string target{ss::as_text(file.content)};
        if (::symlinkat(target.c_str(), folder(), name.c_str()) != 0) return os_failure(errno, path_);
        const timespec times[2] = {{0, UTIME_OMIT}, to_timespec(file.mtime)};
        (void)::utimensat(folder(), name.c_str(), times, AT_SYMLINK_NOFOLLOW); // not every file system can
        struct stat info {};
        if (::fstatat(folder(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return os_failure(errno, path_);
        return file_facts::of(info);
    }

    [[nodiscard]] ss::result<file_facts> write_file(const std::string& name, const file_record& file,
                                                    filler content) const {
        const descriptor open{
            ::openat(folder(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file.mode)};
        if (!open) return os_failure(errno, path_);
        if (auto written = content(open.get()); !written) return std::move(written).error();
        struct stat info {};
        if (!set_time(open.get(), file) || ::fstat(open.get(), &info) != 0) return os_failure(errno, path_);
        if ((info.st_mode & 07777U) == file.mode) return file_facts::of(info); // most are as they were made
        if (::fchmod(open.get(), file.mode) != 0 || ::fstat(open.get(), &info) != 0) return os_failure(errno, path_);
        return file_facts::of(info);
    }

    std::string path_;
    descriptor folder_;
    std::uint64_t count_ = 0;
};

} // namespace cli

#endif
