#ifndef SEALSYNC_CLI_FOLDER_WRITER_HPP
#define SEALSYNC_CLI_FOLDER_WRITER_HPP

#include "file_index.hpp"
#include "lifted_folders.hpp"
#include "staging.hpp"

namespace cli {

/// A writer of the folder: makes, replaces and removes files, and notes each of them in the index. Invariants:
/// - A file that is not as the index says was changed here. It is never replaced or removed.
/// - A file leaves its place by a rename into the stage. If a last look there finds a change, the file is put back.
/// - A file is noted in the index only when the folder has it, and with the facts that it has there.
/// - A folder of this user that takes no writes is opened for the moment, and closed again by `finish_directories`, or
///   when the writer goes.
///
/// Each `result<bool>` says whether the folder was changed; it was not if a file was changed here. A call fails if the
/// place refuses every write, as a folder without permission or a full disk does.
class folder_writer {
public:
    folder_writer(tree& folder, file_index& index, staging& stage, console& out)
        : folder_{folder}, index_{index}, stage_{stage}, out_{out}, lifted_{folder, list_of_lifted(stage)} {}

    /// Where the folders are listed that a sync has opened.
    [[nodiscard]] static std::string list_of_lifted(const staging& stage) { return stage.path() + "/lifted"; }

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
        return with_access(path, [&]() -> ss::result<occupant> {
            const auto now = folder_.facts(path);
            if (!now) return now.error();
            return occupant{index_.find(path), *now};
        });
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
        return with_access(path, [&] { return try_remove(path); });
    }

    // Directories and metadata.

    /// Makes a directory where `look` found `here`, or takes the one that is there. `finish_directories` sets its
    /// permissions; until then, only its owner has more than these.
    [[nodiscard]] ss::result<bool> make_directory(const std::string& path, known_file made, const occupant& here) {
        return with_access(path, [&] { return try_make_directory(path, made, here); });
    }

    /// Sets the permissions of the directories. Comes after all else, because nothing can be put into a directory
    /// without permission. The index gets those that they have then.
    void finish_directories() {
        lifted_.finish([this](const std::string& path, std::uint16_t mode) {
            const auto known = index_.files().find(path);
            if (known != index_.files().end()) known->second.facts.mode = mode;
        });
    }

    /// Sets time and permissions of a file whose bytes are right already, as far as they can be set here. `known` is
    /// the file as the index has it, but with the new version.
    [[nodiscard]] ss::result<bool> set_metadata(const std::string& path, known_file known, const file_record& file) {
        return with_access(path, [&] { return try_set_metadata(path, known, file); });
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
        auto placed =
            one.placed ? ss::result<bool>{*one.placed} : with_access(one.path, [&] { return place_hard(one); });
        if (placed && *placed) {
            index_.files()[one.path] = std::move(one.known);
        } else {
            stage_.discard(one.staged);
        }
        return placed;
    }

private:
    /// Tries once more where only permissions were missing, and this user could give them.
    template <class Work>
    [[nodiscard]] auto with_access(const std::string& path, Work work) -> decltype(work()) {
        auto done = work();
        if (done) return done;
        const bool may_help = done.error() == ss::errc::read_only || done.error() == ss::errc::io_error;
        return may_help && lifted_.lift_above(path) ? work() : std::move(done);
    }

    /// The folders that were made on the way to a file have no records yet: they are nobody's edit.
    void note_made() {
        for (auto& path : folder_.take_made()) {
            known_file made{{}, {}, {}, {}, true, {}};
            made.facts.kind = file_kind::directory;
            made.facts.mode = 0700;
            index_.files().try_emplace(std::move(path), std::move(made));
        }
    }

    [[nodiscard]] ss::result<removal> try_remove(const std::string& path) {
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

    [[nodiscard]] ss::result<bool> try_make_directory(const std::string& path, known_file made, const occupant& here) {
        const bool is_there = here.now && here.now->kind == file_kind::directory;
        if (here.now && !is_there) {
            if (auto taken = take_away(path, here.known->facts); !taken || !*taken) return taken;
        }
        if (!is_there) {
            const auto at = folder_.find(path, tree::if_missing::create);
            note_made();
            if (!at) return at.error();
            if (::mkdirat(at->folder, at->name.c_str(), made.facts.mode | 0700U) != 0) return refused_here();
        }
        lifted_.note(path, made.facts.mode);
        index_.files()[path] = std::move(made);
        return true;
    }

    [[nodiscard]] ss::result<bool> try_set_metadata(const std::string& path, known_file known,
                                                    const file_record& file) {
        const auto at = folder_.find(path);
        if (!at) return at.error();
        const reached_file here{at->folder, at->name.c_str()};
        struct stat info {};
        if (!here && errno != ENOENT) return write_failure(errno, {});
        if (!here || !here.look(info) || !known.facts.untouched(file_facts::of(info))) return false;
        // What cannot be set is this device's affair; the index has what is.
        if ((info.st_mode & 0777U) != file.mode) (void)here.set_mode(file.mode);
        if (known.facts.mtime != file.mtime) (void)here.set_mtime(file.mtime.system_time());
        if (!here.look(info)) return write_failure(errno, {});
        known.facts = file_facts::of(info);
        index_.files()[path] = std::move(known);
        return true;
    }

    /// Removes a directory if it is empty. One that is not becomes a record again, unless the index has files in it.
    [[nodiscard]] ss::result<removal> remove_directory(const std::string& path) {
        const auto at = folder_.find(path);
        const bool removed = at && ::unlinkat(at->folder, at->name.c_str(), AT_REMOVEDIR) == 0;
        const auto error = errno;
        folder_.forget();
        if (!at && at.error() != ss::errc::not_found) return at.error();
        if (at && !removed && !means_another_file(error)) return write_failure(error, {}); // a mounted one, for example
        const auto below = index_.files().lower_bound(path + "/");
        const bool has_what_stays = below != index_.files().end() && below->first.starts_with(path + "/");
        if (removed || !has_what_stays) index_.files().erase(path);
        return removed ? removal::done : removal::not_empty;
    }

    /// Removes a file by way of a stage, or puts it back.
    [[nodiscard]] ss::result<bool> take_away(const std::string& path, const file_facts& expected) {
        const auto at = folder_.find(path);
        if (!at && at.error() == ss::errc::not_found) return false;
        if (!at) return at.error();
        auto taken = take_away(*at, expected, stage_);
        if (taken || !is_other_file_system(taken.error())) return taken;
        auto beside = staging::beside(at->folder);
        if (!beside) return std::move(beside).error();
        taken = take_away(*at, expected, *beside);
        staging::remove_beside(at->folder);
        return taken;
    }
    [[nodiscard]] ss::result<bool> take_away(const tree::place& at, const file_facts& expected, staging& stage) {
        const auto aside = stage.fresh_name();
        if (!rename_to_free_name(at.folder, at.name.c_str(), stage.folder(), aside.c_str())) return refused_here();
        if (stage.holds(aside, expected)) {
            stage.discard(aside);
            return true;
        }
        if (!rename_to_free_name(stage.folder(), aside.c_str(), at.folder, at.name.c_str())) stage.keep(aside, out_);
        return false;
    }

    [[nodiscard]] ss::result<bool> place_hard(new_file& one) {
        const auto at = folder_.find(one.path, tree::if_missing::create);
        note_made();
        if (!at && at.error() == ss::errc::not_found) return false;
        if (!at) return at.error();
        const auto* known = index_.find(one.path);
        auto put = put_in_place(one.staged, *at, known, stage_);
        if (!put && is_other_file_system(put.error())) put = place_across(one, *at, known);
        if (!put || !*put) return put;
        return note_place(one, *at);
    }

    /// Places a file on another file system than the stage's: copies it to a stage beside its place.
    [[nodiscard]] ss::result<bool> place_across(new_file& one, const tree::place& at, const known_file* known) {
        auto beside = staging::beside(at.folder);
        if (!beside) return std::move(beside).error();
        const auto copied = copy_staged(one, *beside);
        auto put = copied ? put_in_place(copied->name, at, known, *beside) : ss::result<bool>{copied.error()};
        if (copied && (!put || !*put)) beside->discard(copied->name);
        staging::remove_beside(at.folder);
        if (!put || !*put) return put;
        one.known.facts = copied->facts;
        stage_.discard(one.staged);
        return true;
    }

    [[nodiscard]] ss::result<staging::staged_file> copy_staged(const new_file& one, staging& to) const {
        const auto& facts = one.known.facts;
        const auto* name = one.staged.c_str();
        file_record record{facts.kind, one.known.shared.mode, one.known.shared.mtime, facts.size, {}, {}};
        if (facts.kind == file_kind::symlink) {
            std::string target(4096, '\0');
            const auto size = ::readlinkat(stage_.folder(), name, target.data(), target.size());
            if (size < 0) return os_failure(errno, {});
            target.resize(static_cast<std::size_t>(size));
            record.content = target;
            return to.write(to.fresh_name(), record);
        }
        (void)reached_file{stage_.folder(), name}.set_mode(0600); // it may be one that nobody may read
        const descriptor from{::openat(stage_.folder(), name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
        if (!from) return os_failure(errno, {});
        return to.write(to.fresh_name(), record, [&](int open) -> ss::result<void> {
            const auto size = copy_rest(from.get(), open, to.path());
            if (!size) return size.error();
            if (::fdatasync(open) != 0) return os_failure(errno, {});
            return {};
        });
    }

    [[nodiscard]] ss::result<bool> put_in_place(const std::string& staged, const tree::place& at,
                                                const known_file* known, staging& stage) {
        const auto put = [&] {
            return rename_to_free_name(stage.folder(), staged.c_str(), at.folder, at.name.c_str());
        };
        if (put()) return true;
        if (errno != EEXIST || known == nullptr) return refused_here();
        if (known->facts.kind == file_kind::directory) {
            if (::unlinkat(at.folder, at.name.c_str(), AT_REMOVEDIR) == 0 && put()) return true;
            return refused_here();
        }
        if (!exchange_names(stage.folder(), staged.c_str(), at.folder, at.name.c_str())) {
            if (errno != EINVAL && errno != ENOSYS && !means_another_file(errno)) return refused_here();
            const auto taken = take_away(at, known->facts, stage);
            if (!taken || !*taken) return taken;
            return put() ? ss::result<bool>{true} : refused_here();
        }
        if (stage.holds(staged, known->facts)) {
            stage.discard(staged);
            return true;
        }
        if (!exchange_names(stage.folder(), staged.c_str(), at.folder, at.name.c_str())) stage.keep(staged, out_);
        return false;
    }

    /// Notes the ctime that a file got with its name. Gives false if somebody has removed the file since.
    [[nodiscard]] static bool note_place(new_file& one, const tree::place& at) {
        struct stat info {};
        if (::fstatat(at.folder, at.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
        const auto now = file_facts::of(info);
        if (now.same_file(one.known.facts)) one.known.facts.ctime = now.ctime; // else a change that the next scan sees
        return true;
    }

    /// Whether a call failed because the place is not as it was: somebody has put something there, or taken it away.
    [[nodiscard]] static bool means_another_file(int error) noexcept {
        return error == EEXIST || error == ENOTEMPTY || error == ENOENT || error == ENOTDIR || error == EISDIR ||
               error == ELOOP;
    }
    /// Explains a failed call by `errno`: gives false if the place is not as it was. Everything else is a failure, with
    /// the system's own reason: who takes it for a change of the file leaves the file, and says what is not true.
    [[nodiscard]] static ss::result<bool> refused_here() {
        if (means_another_file(errno)) return false;
        if (errno == EXDEV) return ss::failure{ss::errc::unsupported, {}, std::generic_category().message(errno)};
        return write_failure(errno, {});
    }
    [[nodiscard]] static bool is_other_file_system(const ss::failure& why) noexcept {
        return why == ss::errc::unsupported;
    }

    tree& folder_;
    file_index& index_;
    staging& stage_;
    console& out_;
    lifted_folders lifted_;
};

} // namespace cli

#endif
