#ifndef SEALSYNC_CLI_FOLDER_WRITER_HPP
#define SEALSYNC_CLI_FOLDER_WRITER_HPP

#include "file_index.hpp"
#include "staging.hpp"

namespace cli {

/// A writer of the folder: makes, replaces and removes files, and notes each of them in the index. Invariants:
/// - A file that is not as the index says was changed here. It is never replaced or removed.
/// - A file leaves its place by a rename into the stage. If a last look there finds a change, the file is put back.
/// - A file is noted in the index only when the folder has it.
///
/// Each `result<bool>` says whether the folder was changed; it was not if a file was changed here. A call fails if the
/// place refuses every write, as a folder without permission or a full disk does.
class folder_writer {
public:
    folder_writer(tree& folder, file_index& index, staging& stage, console& out)
        : folder_{folder}, index_{index}, stage_{stage}, out_{out} {}

    /// The two views of what is in a place.
    struct occupant {
        const known_file* known;       ///< by the index; null: nothing
        std::optional<file_facts> now; ///< by a look at the folder

        /// Whether a file of kind `wanted` may take the place: it is free, or has what this device put there. A
        /// directory is no loss, because only an empty one is ever removed.
        [[nodiscard]] bool may_become(file_kind wanted) const noexcept {
            if (!now) return true;
            if (now->kind == file_kind::directory) return wanted == file_kind::directory || known != nullptr;
            return known != nullptr && known->facts.untouched(*now);
        }
    };
    [[nodiscard]] ss::result<occupant> look(const std::string& path) {
        const auto now = folder_.facts(path);
        if (!now) return now.error();
        return occupant{index_.find(path), *now};
    }

    // Removing.

    enum class removal {
        done,
        nothing_there,
        changed_here, ///< the file stays
        not_empty,    ///< the directory stays
    };

    /// Removes a file that the index knows. If it was changed here, only the index forgets it, so that the next scan
    /// makes an edit of it. On failure both keep it, so that it is not taken for a new file.
    [[nodiscard]] ss::result<removal> remove(const std::string& path) {
        const auto known = index_.files().find(path);
        const auto expected = known->second.facts;
        const auto now = folder_.facts(path);
        if (!now) return now.error();
        if (*now && expected.kind == file_kind::directory && (*now)->kind == file_kind::directory) {
            return remove_directory(path);
        }
        const auto taken = *now && expected.untouched(**now) ? take_away(path, expected) : ss::result<bool>{false};
        if (!taken) return taken.error();
        index_.files().erase(known);
        if (*taken) return removal::done;
        return *now ? removal::changed_here : removal::nothing_there;
    }

    // Directories and metadata.

    /// Makes a directory where `look` found `here`, or takes the one that is there. `finish_directories` sets its
    /// permissions.
    [[nodiscard]] ss::result<bool> make_directory(const std::string& path, known_file made, const occupant& here) {
        const bool is_there = here.now && here.now->kind == file_kind::directory;
        if (here.now && !is_there) {
            if (auto taken = take_away(path, here.known->facts); !taken || !*taken) return taken;
        }
        if (!is_there) {
            const auto at = folder_.find(path, tree::if_missing::create);
            if (!at) return at.error();
            if (::mkdirat(at->folder, at->name.c_str(), made.facts.mode | 0700U) != 0 && errno != EEXIST) {
                return write_failure(errno, {});
            }
        }
        directories_.emplace_back(path, made.facts.mode);
        index_.files()[path] = std::move(made);
        return true;
    }

    /// Sets the permissions of the directories, the inner ones first. Comes after all else, because nothing can be put
    /// into a directory without permission. Tells `refused` where that fails.
    void finish_directories(tree::trouble refused) {
        std::sort(directories_.begin(), directories_.end());
        for (auto one = directories_.rbegin(); one != directories_.rend(); ++one) {
            const auto at = folder_.find(one->first);
            if (!at) continue;
            const descriptor open{
                ::openat(at->folder, at->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
            if (!open || ::fchmod(open.get(), one->second) != 0) refused(one->first, os_failure(errno, {}));
        }
    }

    /// Sets time and permissions of a file whose bytes are right already. `known` is the file as the index has it, but
    /// with the new version.
    [[nodiscard]] ss::result<bool> set_metadata(const std::string& path, known_file known, const file_record& file) {
        const auto at = folder_.find(path);
        if (!at) return at.error();
        const descriptor open{::openat(at->folder, at->name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
        struct stat info {};
        if (!open || ::fstat(open.get(), &info) != 0 || !known.facts.untouched(file_facts::of(info))) return false;
        if (!staging::set_metadata(open.get(), file) || ::fstat(open.get(), &info) != 0) {
            return write_failure(errno, {});
        }
        known.facts = file_facts::of(info);
        index_.files()[path] = std::move(known);
        return true;
    }

    // Staged files.

    /// A staged file, and what the index says of it once it has its name.
    struct new_file {
        std::string path, staged;
        known_file known;
        std::optional<bool> placed{}; ///< false: placed, but then removed by somebody; nothing: not placed yet
    };

    /// Makes staged files durable, then gives them their names: no name ever points to bytes that a crash can lose.
    /// Skips a file whose name is taken or whose folder is missing; `place` handles it. Uses nothing that another call
    /// changes, so that it may run on any thread.
    [[nodiscard]] ss::result<void> place_easy(std::vector<new_file>& files) const {
        if (auto done = stage_.barrier(); !done) return done;
        auto folder = folder_.again();
        if (!folder) return std::move(folder).error();
        for (auto& one : files) {
            const auto at = folder->find(one.path);
            if (!at) continue;
            const auto& name = one.staged;
            if (!rename_to_free_name(stage_.folder(), name.c_str(), at->folder, at->name.c_str())) continue;
            one.placed = note_place(one, *at);
        }
        return {};
    }

    /// Gives a file its name, unless `place_easy` did, and notes the file in the index. Discards a file that cannot be
    /// placed.
    [[nodiscard]] ss::result<bool> place(new_file& one) {
        auto placed = one.placed ? ss::result<bool>{*one.placed} : place_hard(one);
        if (placed && *placed) {
            index_.files()[one.path] = std::move(one.known);
        } else {
            stage_.discard(one.staged);
        }
        return placed;
    }

private:
    /// Removes a directory if it is empty. One that is not becomes a record again, unless the index has files in it.
    [[nodiscard]] ss::result<removal> remove_directory(const std::string& path) {
        const auto at = folder_.find(path);
        const bool removed = at && ::unlinkat(at->folder, at->name.c_str(), AT_REMOVEDIR) == 0;
        const auto error = errno;
        folder_.forget();
        if (at && !removed && refuses_writes(error)) return write_failure(error, {});
        const auto below = index_.files().lower_bound(path + "/");
        const bool has_what_stays = below != index_.files().end() && below->first.starts_with(path + "/");
        if (removed || !has_what_stays) index_.files().erase(path);
        return removed ? removal::done : removal::not_empty;
    }

    /// Removes a file by way of the stage, or puts it back.
    [[nodiscard]] ss::result<bool> take_away(const std::string& path, const file_facts& expected) {
        const auto at = folder_.find(path);
        if (!at) return false;
        const auto aside = stage_.fresh_name();
        if (!rename_to_free_name(at->folder, at->name.c_str(), stage_.folder(), aside.c_str())) return refused_here();
        if (stage_.holds(aside, expected)) {
            stage_.discard(aside);
            return true;
        }
        if (!rename_to_free_name(stage_.folder(), aside.c_str(), at->folder, at->name.c_str())) {
            stage_.keep(aside, out_);
        }
        return false;
    }

    [[nodiscard]] ss::result<bool> place_hard(new_file& one) {
        const auto at = folder_.find(one.path, tree::if_missing::create);
        if (!at && at.error() == ss::errc::not_found) return false;
        if (!at) return at.error();
        if (auto put = put_in_place(one, *at, index_.find(one.path)); !put || !*put) return put;
        return note_place(one, *at);
    }

    [[nodiscard]] ss::result<bool> put_in_place(const new_file& one, const tree::place& at, const known_file* known) {
        const auto& staged = one.staged;
        const auto put = [&] {
            return rename_to_free_name(stage_.folder(), staged.c_str(), at.folder, at.name.c_str());
        };
        if (put()) return true;
        if (errno != EEXIST || known == nullptr) return refused_here();
        if (known->facts.kind == file_kind::directory) {
            if (::unlinkat(at.folder, at.name.c_str(), AT_REMOVEDIR) == 0 && put()) return true;
            return refused_here();
        }
        if (!exchange_names(stage_.folder(), staged.c_str(), at.folder, at.name.c_str())) {
            if (refuses_writes(errno)) return refused_here();
            const auto taken = take_away(one.path, known->facts);
            if (!taken || !*taken) return taken;
            return put() ? ss::result<bool>{true} : refused_here();
        }
        if (stage_.holds(staged, known->facts)) {
            stage_.discard(staged);
            return true;
        }
        return !exchange_names(stage_.folder(), staged.c_str(), at.folder, at.name.c_str());
    }

    /// Notes the ctime that a file got with its name. Gives false if somebody has removed the file since.
    [[nodiscard]] static bool note_place(new_file& one, const tree::place& at) {
        struct stat info {};
        if (::fstatat(at.folder, at.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
        const auto now = file_facts::of(info);
        if (now.same_file(one.known.facts)) one.known.facts.ctime = now.ctime; // else a change that the next scan sees
        return true;
    }

    /// Explains a failed call by `errno`: fails if the place refuses every write; else gives false, because the place
    /// is not as it was.
    [[nodiscard]] static ss::result<bool> refused_here() {
        if (refuses_writes(errno)) return write_failure(errno, {});
        return false;
    }

    tree& folder_;
    file_index& index_;
    staging& stage_;
    console& out_;
    std::vector<std::pair<std::string, std::uint16_t>> directories_; ///< made, and their permissions
};

} // namespace cli

#endif
