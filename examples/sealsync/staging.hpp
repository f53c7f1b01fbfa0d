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

    /// A stage inside a folder of the synced ones, for a file system that nothing can be renamed into. It is called
    /// `.sealsync`, which no device syncs.
    [[nodiscard]] static ss::result<staging> beside(int target) {
        const std::string name{state_folder};
        if (::mkdirat(target, name.c_str(), 0700) != 0 && errno != EEXIST) return write_failure(errno, name);
        descriptor folder{::openat(target, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!folder) return os_failure(errno, name);
        staging made{name, std::move(folder)};
        made.has_lanes_ = false;
        if (auto cleaned = made.clean("."); !cleaned) return std::move(cleaned).error();
        return made;
    }
    /// Leaves what is kept there.
    static void remove_beside(int target) noexcept {
        ::unlinkat(target, std::string{state_folder}.c_str(), AT_REMOVEDIR);
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] int folder() const noexcept { return folder_.get(); }
    /// Neighbours are in one folder, others in another: threads that make and rename files in one wait for each other.
    [[nodiscard]] std::string fresh_name() {
        const auto number = count_++;
        if (!has_lanes_) return "new-" + std::to_string(number);
        return std::to_string(number / neighbours % lanes) + "/new-" + std::to_string(number);
    }
    static constexpr unsigned neighbours = 16;

    struct staged_file {
        std::string name;
        file_facts facts;
        bool is_on_time = true; ///< false: this file system has no such time
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
        return staged_file{std::move(name), *facts, has_time(*facts, file)};
    }

    /// Whether a file got the time that it should have, as precisely as the coarsest file systems have times.
    [[nodiscard]] static bool has_time(const file_facts& now, const file_record& wanted) noexcept {
        constexpr std::int64_t seconds = 2; // of FAT
        return wanted.mtime.seconds >= now.mtime.seconds - seconds &&
               wanted.mtime.seconds <= now.mtime.seconds + seconds;
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
        const timespec times[2] = {{0, UTIME_OMIT}, file.mtime.system_time()};
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
        const timespec times[2] = {{0, UTIME_OMIT}, file.mtime.system_time()};
        (void)::futimens(open.get(), times); // what the file system cannot have is its own affair
        struct stat info {};
        if (::fstat(open.get(), &info) != 0) return os_failure(errno, path_);
        if ((info.st_mode & 07777U) == file.mode) return file_facts::of(info); // most are as they were made
        (void)::fchmod(open.get(), file.mode);
        if (::fstat(open.get(), &info) != 0) return os_failure(errno, path_);
        return file_facts::of(info);
    }

    std::string path_;
    descriptor folder_;
    std::uint64_t count_ = 0;
    bool has_lanes_ = true;
};

} // namespace cli

#endif
