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
        descriptor root{::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!root) return os_failure(errno, path_);
        return tree{path_, std::move(root)};
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] int root() const noexcept { return root_.get(); }

    /// Where a path is: the folder it is in, open until the next call, and its name there.
    struct place {
        int folder = -1;
        std::string name;
    };
    enum class if_missing { fail, create };

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
    /// looked at is told to `unseen` and left out with all below it.
    [[nodiscard]] ss::result<void> walk(visitor visit, trouble unseen) const {
        descriptor root{::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!root) return os_failure(errno, path_);
        std::string path;
        walk(std::move(root), path, visit, unseen);
        return {};
    }

private:
    tree(std::string path, descriptor root) : path_{std::move(path)}, root_{std::move(root)} {}

    [[nodiscard]] ss::result<descriptor> enter(std::string_view path, if_missing missing) const {
        constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        descriptor folder;
        for (std::size_t from = 0; from <= path.size();) {
            const auto end = std::min(path.find('/', from), path.size());
            const std::string name{path.substr(from, end - from)};
            const int above = folder ? folder.get() : root_.get();
            if (missing == if_missing::create && ::mkdirat(above, name.c_str(), 0777) != 0 && errno != EEXIST) {
                return write_failure(errno, printable(path.substr(0, end)));
            }
            descriptor next{::openat(above, name.c_str(), flags)};
            if (!next) return os_failure(errno == ENOTDIR || errno == ELOOP ? ENOENT : errno, printable(path));
            folder = std::move(next);
            from = end + 1;
        }
        return folder;
    }

    static void walk(descriptor folder, std::string& path, visitor visit, trouble unseen) {
        const int number = folder.get();
        DIR* const listing = ::fdopendir(number);
        if (listing == nullptr) return unseen(path, os_failure(errno, printable(path)));
        (void)folder.release(); // the listing closes it
        const auto length = path.size();
        errno = 0;
        while (const auto* entry = ::readdir(listing)) {
            const std::string_view name{entry->d_name};
            if (name == "." || name == ".." || name == state_folder) continue;
            if (length > 0) path += '/';
            path += name;
            look(number, entry->d_name, path, visit, unseen);
            path.resize(length);
            errno = 0;
        }
        if (errno != 0) unseen(path, os_failure(errno, printable(path)));
        ::closedir(listing);
    }

    static void look(int folder, const char* name, std::string& path, visitor visit, trouble unseen) {
        struct stat info {};
        if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT) unseen(path, os_failure(errno, printable(path)));
            return;
        }
        const auto facts = file_facts::of(info);
        visit(path, facts);
        if (facts.kind != file_kind::directory) return;
        descriptor below{::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!below) return unseen(path, os_failure(errno, printable(path)));
        walk(std::move(below), path, visit, unseen);
    }

    std::string path_;
    descriptor root_, last_;
    std::string last_path_;
};

} // namespace cli

#endif
