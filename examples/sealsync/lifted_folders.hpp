#ifndef SEALSYNC_CLI_LIFTED_FOLDERS_HPP
#define SEALSYNC_CLI_LIFTED_FOLDERS_HPP

#include "pack.hpp"
#include "tree.hpp"

#include <map>

namespace cli {

/// Folders whose permissions are to be set once all is written: new ones, and read-only ones that were made writable
/// for the moment. Nothing can be put into a folder without permission, so that their own permissions come last, and
/// the inner folders' before the outer ones'. A list on the disk tells the next sync what a crash left open.
class lifted_folders {
public:
    lifted_folders(tree& folder, std::string list) : folder_{folder}, list_{std::move(list)} {}
    lifted_folders(const lifted_folders&) = delete;
    lifted_folders& operator=(const lifted_folders&) = delete;
    ~lifted_folders() {
        finish([](const std::string&, std::uint16_t) {});
    }

    /// Notes the permissions that a folder is to have in the end.
    void note(const std::string& path, std::uint16_t mode) { modes_.insert_or_assign(path, mode); }

    /// Makes every folder above a path usable that belongs to this user and is not. Gives false if there was none.
    [[nodiscard]] bool lift_above(std::string_view path) {
        bool any = false;
        const auto parent = folder_of(path);
        descriptor above;
        for (std::size_t from = 0; !parent.empty() && from <= parent.size();) {
            const auto end = std::min(parent.find('/', from), parent.size());
            const std::string name{parent.substr(from, end - from)};
            reached_file here{above ? above.get() : folder_.root(), name.c_str()};
            struct stat info {};
            if (!here || !here.look(info) || !S_ISDIR(info.st_mode)) break;
            any = lift(here, info, std::string{parent.substr(0, end)}) || any;
            above = here.release();
            from = end + 1;
        }
        if (any) folder_.forget();
        return any;
    }

    /// Sets the permissions of all folders, and tells each that has other ones than it should: for want of rights, or
    /// because its file system knows none.
    void finish(ss::function_ref<void(const std::string& path, std::uint16_t mode)> is_now) {
        for (auto one = modes_.rbegin(); one != modes_.rend(); ++one) {
            const auto at = folder_.find(one->first);
            if (!at) continue;
            const reached_file here{at->folder, at->name.c_str()};
            struct stat info {};
            if (!here || !here.look(info) || !S_ISDIR(info.st_mode)) continue;
            const auto special = info.st_mode & 07000U;
            if ((info.st_mode & 0777U) != one->second) (void)here.set_mode(special | one->second);
            if (here.look(info)) is_now(one->first, static_cast<std::uint16_t>(info.st_mode & 0777U));
        }
        modes_.clear();
        if (std::exchange(listed_, false)) ::unlink(list_.c_str());
    }

    /// Puts back what a sync that was killed left open. A folder that somebody has changed since stays as it is.
    static void recover(tree& folder, const std::string& list) {
        const auto stored = read_small_file(list);
        if (!stored) return;
        lifted_folders left{folder, list};
        left.listed_ = true;
        for (unpacker in{*stored}; in.ok() && !in.rest().empty();) {
            const std::string path{ss::as_text(in.counted())};
            const auto mode = in.number<std::uint16_t>();
            const auto now = in.ok() ? folder.facts(path) : ss::result<std::optional<file_facts>>{std::nullopt};
            const bool is_lifted = now && *now && (*now)->kind == file_kind::directory && (*now)->mode == (mode | 0700);
            if (is_lifted) left.modes_.try_emplace(path, mode);
        }
    }

private:
    static constexpr mode_t usable = 0700;

    [[nodiscard]] bool lift(const reached_file& here, const struct stat& info, const std::string& path) {
        if ((info.st_mode & usable) == usable || info.st_uid != ::geteuid()) return false;
        const auto mode = static_cast<std::uint16_t>(info.st_mode & 0777U);
        if (!write_down(path, mode) || !here.set_mode((info.st_mode & 07777U) | usable)) return false;
        modes_.try_emplace(path, mode);
        return true;
    }

    /// Durable before the folder is open.
    [[nodiscard]] bool write_down(const std::string& path, std::uint16_t mode) {
        packer entry;
        entry.counted(path);
        entry.number(mode);
        const descriptor list{::open(list_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
        if (!list) return false;
        listed_ = true;
        return write_all(list.get(), std::move(entry).take(), list_) && ::fdatasync(list.get()) == 0;
    }

    tree& folder_;
    std::string list_;
    std::map<std::string, std::uint16_t> modes_; ///< by path; an inner folder comes after its outer one
    bool listed_ = false;
};

} // namespace cli

#endif
