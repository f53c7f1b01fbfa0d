#ifndef SEALSYNC_CLI_TREE_HPP
#define SEALSYNC_CLI_TREE_HPP

#include "file_facts.hpp"
#include "names.hpp"
#include "platform.hpp"

#include <sealsync/function_ref.hpp>

#include <dirent.h>
#include <optional>
#include <vector>

namespace cli {

/// The synced folder. Every step down is taken without following a symbolic link, so that nothing outside is ever
/// read or written, whatever is put in the way.
class tree {
public:
    /// Fails with `errc::not_found` if there is no such folder.
    [[nodiscard]] static ss::result<tree> open(const std::string& path) {
        descriptor root{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!root) return os_failure(errno, path);
        return tree{path, std::move(root)};
    }

    /// The same folder, for another thread.
    [[nodiscard]] ss::result<tree> again() const {
        auto root = reopen_root();
        if (!root) return std::move(root).error();
        return tree{path_, *std::move(root)};
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] int root() const noexcept { return root_.get(); }

    /// Where a path is: the folder it is in, open until the next call, and its name there.
    struct place {
        int folder = -1;
        std::string name;
    };
    enum class if_missing { fail, create };
    /// The folders that `find` has made since the last call: for their owner alone, because nobody has said yet who
    /// else may look into them.
    [[nodiscard]] std::vector<std::string> take_made() noexcept { return std::exchange(made_, {}); }

    /// Fails with `errc::not_found` where a folder is missing or something else is in its place.
    [[nodiscard]] ss::result<place> find(std::string_view path, if_missing missing = if_missing::fail) {
        const auto parent = folder_of(path);
        std::string name{name_of(path)};
        if (parent.empty()) return place{root_.get(), std::move(name)};
        if (!last_ || parent != last_path_) {
            auto entered = enter(parent, missing);
            if (!entered) return std::move(entered).error();
            last_ = *std::move(entered);
            last_path_ = parent;
        }
        return place{last_.get(), std::move(name)};
    }
    /// A folder was removed or renamed.
    void forget() noexcept { last_ = {}; }

    /// Nothing if there is no such file.
    [[nodiscard]] ss::result<std::optional<file_facts>> facts(std::string_view path) {
        const auto at = find(path);
        if (!at && at.error() == ss::errc::not_found) return std::optional<file_facts>{};
        if (!at) return at.error();
        struct stat info {};
        if (::fstatat(at->folder, at->name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
            return std::optional{file_facts::of(info)};
        }
        if (errno == ENOENT) return std::optional<file_facts>{};
        return os_failure(errno, printable(path));
    }

    using visitor = ss::function_ref<void(const std::string& path, const file_facts& facts)>;
    using trouble = ss::function_ref<void(const std::string& path, const ss::failure& why)>;

    /// Everything below, a folder before what is in it; what is any device's own state is left out. What cannot be
    /// looked at is told to `unseen` and left out with all below it. Holds two folders open at most, and no stack of
    /// calls, so that a path may be of any depth.
    [[nodiscard]] ss::result<void> walk(visitor visit, trouble unseen) {
        auto root = reopen_root();
        if (!root) return std::move(root).error();
        std::vector<level> levels(1);
        descriptor here = *std::move(root);
        std::string path;
        list(here, path, levels.back(), visit, unseen);
        while (true) {
            auto& top = levels.back();
            path.resize(top.path_size);
            if (top.below.empty()) {
                levels.pop_back();
                if (levels.empty()) return {};
                climb(here, path, levels, unseen);
                continue;
            }
            const auto name = std::move(top.below.back());
            top.below.pop_back();
            append_name(path, name);
            descriptor below{::openat(here.get(), name.c_str(), step_flags)};
            if (!below) {
                unseen(path, os_failure(errno, printable(path)));
                continue;
            }
            here = std::move(below);
            levels.emplace_back().path_size = path.size();
            list(here, path, levels.back(), visit, unseen);
        }
    }

private:
    tree(std::string path, descriptor root) : path_{std::move(path)}, root_{std::move(root)} {}

    static constexpr int step_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    [[nodiscard]] ss::result<descriptor> reopen_root() const {
        descriptor root{::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!root) return os_failure(errno, printable(path_));
        return root;
    }

    [[nodiscard]] ss::result<descriptor> enter(std::string_view path, if_missing missing) {
        descriptor folder;
        for (std::size_t from = 0; from <= path.size();) {
            const auto end = std::min(path.find('/', from), path.size());
            const std::string name{path.substr(from, end - from)};
            const int above = folder ? folder.get() : root_.get();
            if (missing == if_missing::create) {
                const bool made = ::mkdirat(above, name.c_str(), 0700) == 0;
                if (!made && errno != EEXIST) return write_failure(errno, printable(path.substr(0, end)));
                if (made) made_.emplace_back(path.substr(0, end));
            }
            descriptor next{::openat(above, name.c_str(), step_flags)};
            if (!next) return os_failure(errno == ENOTDIR || errno == ELOOP ? ENOENT : errno, printable(path));
            folder = std::move(next);
            from = end + 1;
        }
        return folder;
    }

    /// One folder of a walk, from the root down to where it is.
    struct level {
        std::size_t path_size = 0;
        dev_t device = 0;
        ino_t inode = 0;
        std::vector<std::string> below{}; ///< folders that are still to be walked
    };

    static void append_name(std::string& path, std::string_view name) {
        if (!path.empty()) path += '/';
        path += name;
    }

    /// Visits all that is in a folder, and notes which of it are folders.
    static void list(const descriptor& folder, std::string& path, level& here, visitor visit, trouble unseen) {
        struct stat info {};
        descriptor again{::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        const bool known = again && ::fstat(again.get(), &info) == 0;
        DIR* const listing = known ? ::fdopendir(again.get()) : nullptr;
        if (listing == nullptr) return unseen(path, os_failure(errno, printable(path)));
        here.device = info.st_dev;
        here.inode = info.st_ino;
        const int number = again.release(); // the listing closes it
        errno = 0;
        while (const auto* entry = ::readdir(listing)) {
            const std::string_view name{entry->d_name};
            if (name == "." || name == ".." || name == state_folder) continue;
            if (is_state_name(name)) {
                refuse(path, name, here, unseen);
                errno = 0;
                continue;
            }
            if (!look(number, entry->d_name, path, here, visit)) break;
            errno = 0;
        }
        if (errno != 0) unseen(path, os_failure(errno, printable(path)));
        ::closedir(listing);
    }

    static void refuse(std::string& path, std::string_view name, const level& here, trouble unseen) {
        append_name(path, name);
        unseen(path, ss::failure{ss::errc::invalid_id, printable(path), "some systems take it for .sealsync"});
        path.resize(here.path_size);
    }

    /// Gives false, with `errno`, if a folder does not let anybody look at what is in it.
    [[nodiscard]] static bool look(int folder, const char* name, std::string& path, level& here, visitor visit) {
        struct stat info {};
        if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT;
        const auto facts = file_facts::of(info);
        append_name(path, name);
        visit(path, facts);
        path.resize(here.path_size);
        if (facts.kind == file_kind::directory) here.below.emplace_back(name);
        return true;
    }

    /// Goes back to the folder above: by its `..`, or from the root if somebody has moved what was below it.
    void climb(descriptor& here, std::string& path, std::vector<level>& levels, trouble unseen) {
        auto& above = levels.back();
        path.resize(above.path_size);
        if (above.below.empty()) return; // on the way up
        if (is_at(here, above)) return;
        descriptor step{::openat(here.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (is_at(step, above)) return void(here = std::move(step));
        auto again = path.empty() ? reopen_root() : enter(path, if_missing::fail);
        if (again) return void(here = *std::move(again));
        unseen(path, again.error());
        above.below.clear();
    }
    [[nodiscard]] static bool is_at(const descriptor& folder, const level& wanted) {
        struct stat info {};
        return folder && ::fstat(folder.get(), &info) == 0 && info.st_dev == wanted.device &&
               info.st_ino == wanted.inode;
    }

    std::string path_;
    descriptor root_, last_;
    std::string last_path_;
    std::vector<std::string> made_;
};

} // namespace cli

#endif
