#ifndef SEALSYNC_CLI_APPLIER_HPP
#define SEALSYNC_CLI_APPLIER_HPP

#include "placement.hpp"
#include "staging.hpp"

#include <sealsync/executor.hpp>

#include <atomic>
#include <span>

namespace cli {

struct apply_report {
    std::uint64_t written = 0, removed = 0;
    std::uint64_t left = 0;              ///< changed here meanwhile, or refused
    std::uint64_t lost = 0;              ///< of them, those whose contents the store has lost or damaged
    std::vector<ss::failure> refusals{}; ///< contents that the store has lost or damaged, places that take no writes
};

/// Makes the folder what the replica shows. A file that is not as the index says has been changed here: it is left,
/// and the next scan makes an edit of it.
class applier {
public:
    applier(tree& folder, file_index& index, collection_type& records, staging& stage, console& out,
            ss::executor& workers)
        : folder_{folder}, index_{index}, records_{records}, stage_{stage}, out_{out}, workers_{workers} {}

    [[nodiscard]] ss::result<apply_report> run(const placement& shown) {
        if (auto done = remove_all(shown); !done) return std::move(done).error();
        for (const auto& [path, file] : index_.files()) {
            if (!file.attachment.empty()) large_files_.try_emplace(file.attachment, large_file{path, {}, file.facts});
        }
        if (auto done = write_all(shown); !done) return std::move(done).error();
        finish_directories();
        report_.left += shown.nameless();
        report_.lost += shown.nameless();
        // Names are durable before the index says that they are there.
        if (report_.written + report_.removed > 0) {
            if (auto done = stage_.barrier(); !done) return std::move(done).error();
        }
        return report_;
    }

private:
    static constexpr std::size_t batch_files_min = 1'024, batch_files_max = 8'192;
    static constexpr const char* changed_meanwhile = "changed here while it was synced: it is kept";
    static constexpr const char* waits_to_be_pushed = "is replaced by another's version when it has been pushed";

    struct new_file {
        std::string path, staged;
        known_file known;
        std::optional<bool> placed{}; ///< false: it was, and went away again; nothing: not tried yet
    };

    struct large_file {
        std::string path, staged; ///< not staged: it was here before
        file_facts facts;
    };

    static constexpr std::size_t planned_files_max = 256, planned_bytes_max = std::size_t{1} << 20U;
    static constexpr std::size_t part_files = staging::neighbours;

    /// A file whose content is in its record.
    struct planned_file {
        std::string path;
        placement::placed what;
        std::string name;  ///< in the stage
        ss::bytes content; ///< of the record
        std::optional<ss::result<staging::staged_file>> staged;
    };

    // Removing.

    [[nodiscard]] ss::result<void> remove_all(const placement& shown) {
        std::vector<std::string> paths;
        for (const auto& [path, file] : index_.files()) {
            if (shown.find(path) == nullptr) paths.push_back(path);
        }
        // Backwards: what is in a folder before the folder.
        for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
            if (auto done = remove(*path); !done) return done;
        }
        return {};
    }

    /// What cannot be removed now stays in the index, so that it is not taken for new.
    [[nodiscard]] ss::result<void> remove(const std::string& path) {
        const auto known = index_.files().find(path);
        const auto safe = is_stored(known->second);
        if (!safe) return safe.error();
        if (!*safe) return leave(path, waits_to_be_pushed);
        const auto record = records_.get(known->second.id);
        if (!record && record.error() == ss::errc::missing_object) return leave_lost(path); // a nameless one's file
        if (!record) return record.error();
        const auto expected = known->second.facts;
        const auto now = folder_.facts(path);
        if (!now) return not_written(path, now.error());
        if (*now && expected.kind == file_kind::directory && (*now)->kind == file_kind::directory) {
            return remove_directory(path);
        }
        const auto taken = *now && expected.untouched(**now) ? take_away(path, expected) : ss::result<bool>{false};
        if (!taken) return not_written(path, taken.error());
        index_.files().erase(known);
        if (*now && !*taken) return leave(path, "changed here, deleted elsewhere: it is kept");
        report_.removed += *taken ? 1 : 0;
        return {};
    }

    /// One that holds something else stays, and becomes a record again.
    [[nodiscard]] ss::result<void> remove_directory(const std::string& path) {
        const auto at = folder_.find(path);
        const bool removed = at && ::unlinkat(at->folder, at->name.c_str(), AT_REMOVEDIR) == 0;
        const auto error = errno;
        folder_.forget();
        if (at && !removed && refuses_writes(error)) return not_written(path, write_failure(error, {}));
        ++(removed ? report_.removed : report_.left);
        const auto below = index_.files().lower_bound(path + "/");
        const bool has_what_stays = below != index_.files().end() && below->first.starts_with(path + "/");
        if (removed || !has_what_stays) index_.files().erase(path);
        return {};
    }

    /// Moved aside first, so that a change in the last moment is seen and put back: false. Fails where nothing can be
    /// written, as do the others below.
    [[nodiscard]] ss::result<bool> take_away(const std::string& path, const file_facts& expected) {
        const auto at = folder_.find(path);
        if (!at) return false;
        const auto aside = stage_.fresh_name();
        if (!rename_to_free_name(at->folder, at->name.c_str(), stage_.folder(), aside.c_str())) return refused_here();
        if (stage_.holds(aside, expected)) {
            stage_.discard(aside);
            return true;
        }
        if (!rename_to_free_name(stage_.folder(), aside.c_str(), at->folder, at->name.c_str()))
            stage_.keep(aside, out_);
        return false;
    }

    // Writing.

    struct waiting_files {
        std::vector<placement::places_type::const_iterator> all;
        std::size_t next = 0;
        [[nodiscard]] bool none() const noexcept { return next == all.size(); }
    };

    /// Folders first, the outer ones before the inner. The rest as the replica has them, which is then read from one
    /// end to the other.
    [[nodiscard]] waiting_files waiting(const placement& shown) const {
        waiting_files found;
        for (auto at = shown.all().begin(); at != shown.all().end(); ++at) {
            if (!is_here(at->first, at->second)) found.all.push_back(at);
        }
        const auto turn = [](const auto& at) { return at->second.above ? 0 : at->second.turn + 1; };
        std::stable_sort(found.all.begin(), found.all.end(),
                         [&](const auto& left, const auto& right) { return turn(left) < turn(right); });
        return found;
    }

    /// While a batch is made durable and gets its names, the next is written.
    [[nodiscard]] ss::result<void> write_all(const placement& shown) {
        auto rest = waiting(shown);
        do {
            auto settling = std::exchange(batch_, {});
            std::sort(settling.begin(), settling.end(),
                      [](const auto& left, const auto& right) { return left.path < right.path; });
            ss::result<void> written, settled;
            std::atomic<bool> is_settled = settling.empty();
            workers_.run(settling.empty() ? 1 : 2, [&](std::size_t part) {
                if (part == 0) {
                    written = fill_batch(rest, is_settled);
                } else {
                    settled = settle(settling);
                    is_settled = true;
                }
            });
            if (settled) finish(settling);
            if (!settled) return settled;
            if (!written) return written;
        } while (!rest.none() || !ready_.empty() || !batch_.empty());
        return {};
    }

    /// Until the batch before has its names, but for the least and the most files of a batch. While some are read from
    /// the replica, those before them are written.
    [[nodiscard]] ss::result<void> fill_batch(waiting_files& rest, const std::atomic<bool>& is_settled) {
        const auto is_full = [&] { return batch_.size() >= (is_settled ? batch_files_min : batch_files_max); };
        while (!is_full() && (!rest.none() || !ready_.empty())) {
            ss::result<void> planned;
            workers_.run(1 + (ready_.size() + part_files - 1) / part_files, [&](std::size_t part) {
                if (part == 0) {
                    planned = plan_some(rest);
                } else {
                    stage_part(ready_, (part - 1) * part_files);
                }
            });
            if (!planned) return planned;
            if (auto taken = take_staged(ready_); !taken) return taken;
            ready_ = std::exchange(planned_, {});
        }
        return {};
    }

    [[nodiscard]] ss::result<void> plan_some(waiting_files& rest) {
        for (planned_bytes_ = 0; !rest.none();) {
            if (planned_.size() >= planned_files_max || planned_bytes_ >= planned_bytes_max) break;
            const auto& [path, what] = *rest.all[rest.next++];
            if (auto written = write(path, what); !written) return written;
            out_.progress("writing", rest.next, rest.all.size());
        }
        return {};
    }

    void stage_part(std::span<planned_file> all, std::size_t first) const {
        for (auto& one : all.subspan(first, std::min(part_files, all.size() - first))) {
            const auto file = decode_file_record(one.content);
            one.staged = file ? stage_.write(one.name, *file) : file.error();
        }
    }

    [[nodiscard]] ss::result<void> take_staged(std::vector<planned_file>& all) {
        for (auto& one : all) {
            auto& staged = *one.staged;
            if (!staged && !concerns_one_file(staged.error())) {
                return std::move(staged).error().during("write " + printable(one.path));
            }
            if (!staged) {
                (void)refuse(one.path, staged.error());
                continue;
            }
            known_file known{one.what.id, one.what.edit, staged->facts, {}, true};
            batch_.push_back({std::move(one.path), std::move(staged->name), std::move(known)});
        }
        return {};
    }

    [[nodiscard]] bool is_here(const std::string& path, const placement::placed& what) const {
        const auto* known = index_.find(path);
        return known != nullptr && known->edit == what.edit && known->id == what.id;
    }

    [[nodiscard]] ss::result<void> write(const std::string& path, const placement::placed& what) {
        if (what.id.empty()) return make_bare_directory(path);
        auto record = records_.get(what.id);
        if (!record && record.error() == ss::errc::missing_object) return leave_lost(path);
        if (!record) return record.error();
        if (!*record) return leave(path, "changed meanwhile");
        const auto file = decode_file_record((*record)->content);
        if (!file) return refuse(path, file.error());
        const bool is_inline = file->kind != file_kind::directory && file->attachment.empty();
        // Whether there is something else in its place shows when it gets its name.
        if (is_inline && index_.find(path) == nullptr) return plan(path, what, std::move((*record)->content));

        const auto now = folder_.facts(path);
        if (!now) return not_written(path, now.error());
        const auto* known = index_.find(path);
        if (!may_write(known, *now, file->kind)) return leave(path, changed_meanwhile);
        const auto safe = known == nullptr ? ss::result<bool>{true} : is_stored(*known);
        if (!safe) return safe.error();
        if (!*safe) return leave(path, waits_to_be_pushed);
        if (file->kind == file_kind::directory) return make_directory(path, what, *file, known, *now);
        if (known != nullptr && !file->attachment.empty() && known->attachment == file->attachment) {
            return dress(path, what, *file, *known);
        }
        if (is_inline) return plan(path, what, std::move((*record)->content));
        return stage_file(path, what, *file);
    }

    [[nodiscard]] ss::result<void> plan(const std::string& path, const placement::placed& what, ss::bytes content) {
        planned_bytes_ += content.size();
        planned_.push_back({path, what, stage_.fresh_name(), std::move(content), std::nullopt});
        return {};
    }

    /// A large file's bytes are not in the replica: until they are in the store, the file is all that there is of them.
    [[nodiscard]] ss::result<bool> is_stored(const known_file& file) const {
        if (file.attachment.empty()) return true;
        const auto id = ss::attachment_id::make(file.attachment);
        if (!id) return true; // of no record
        const auto known = records_.attachment(*id);
        if (!known) return known.error();
        return !*known || (*known)->committed;
    }

    /// Whether what is in the place is nothing, or what this device put there. A directory is no loss: it goes only
    /// if it is empty.
    [[nodiscard]] static bool may_write(const known_file* known, const std::optional<file_facts>& now,
                                        file_kind wanted) {
        if (!now) return true;
        if (now->kind == file_kind::directory) return wanted == file_kind::directory || known != nullptr;
        return known != nullptr && known->facts.untouched(*now);
    }

    [[nodiscard]] ss::result<void> make_directory(const std::string& path, const placement::placed& what,
                                                  const file_record& file, const known_file* known,
                                                  const std::optional<file_facts>& now) {
        const bool is_there = now && now->kind == file_kind::directory;
        if (now && !is_there) {
            const auto taken = take_away(path, known->facts);
            if (!taken) return not_written(path, taken.error());
            if (!*taken) return leave(path, changed_meanwhile);
        }
        if (!is_there) {
            const auto at = folder_.find(path, tree::if_missing::create);
            if (!at) return not_written(path, at.error());
            if (::mkdirat(at->folder, at->name.c_str(), file.mode | 0700U) != 0 && errno != EEXIST) {
                return not_written(path, write_failure(errno, {}));
            }
        }
        known_file made{what.id, what.edit, {}, {}, true};
        made.facts.kind = file_kind::directory;
        made.facts.mode = file.mode;
        index_.files()[path] = std::move(made);
        directories_.emplace_back(path, file.mode);
        ++report_.written;
        return {};
    }

    /// One without a record of its own: a file of its name has made way.
    [[nodiscard]] ss::result<void> make_bare_directory(const std::string& path) {
        const auto now = folder_.facts(path);
        if (!now) return not_written(path, now.error());
        const auto* known = index_.find(path);
        if (!may_write(known, *now, file_kind::directory)) return leave(path, changed_meanwhile);
        file_record bare{file_kind::directory, 0755, 0, 0, {}, {}};
        if (*now && (*now)->kind == file_kind::directory) bare.mode = (*now)->mode;
        return make_directory(path, {}, bare, known, *now);
    }

    /// The bytes are there already: only times and permissions are new.
    [[nodiscard]] ss::result<void> dress(const std::string& path, const placement::placed& what,
                                         const file_record& file, known_file known) {
        const auto at = folder_.find(path);
        if (!at) return not_written(path, at.error());
        const descriptor open{::openat(at->folder, at->name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
        struct stat info {};
        if (!open || ::fstat(open.get(), &info) != 0 || !known.facts.untouched(file_facts::of(info))) {
            return leave(path, changed_meanwhile);
        }
        if (!staging::dress(open.get(), file) || ::fstat(open.get(), &info) != 0) {
            return not_written(path, write_failure(errno, {}));
        }
        known.id = what.id;
        known.edit = what.edit;
        known.facts = file_facts::of(info);
        index_.files()[path] = std::move(known);
        ++report_.written;
        return {};
    }

    [[nodiscard]] ss::result<void> stage_file(const std::string& path, const placement::placed& what,
                                              const file_record& file) {
        auto staged = copy_of_another(file);
        if (!staged) staged = stage_.write(file, records_);
        if (!staged && what.pending && is_nowhere(file, what.edit)) return give_up(path, what);
        if (!staged && concerns_one_file(staged.error())) return refuse(path, staged.error());
        if (!staged) return std::move(staged).error().during("write " + printable(path));
        if (!file.attachment.empty()) {
            large_files_.insert_or_assign(std::string{file.attachment}, large_file{path, staged->name, staged->facts});
        }
        known_file known{what.id, what.edit, staged->facts, std::string{file.attachment}, true};
        batch_.push_back({path, std::move(staged->name), std::move(known)});
        return {};
    }

    /// Of the same bytes, so that they need not come from the store: where it is still as the index says, or as it was
    /// written just now.
    [[nodiscard]] ss::result<staging::staged_file> copy_of_another(const file_record& file) {
        const ss::failure none{ss::errc::not_found};
        const auto known = large_files_.find(file.attachment);
        if (known == large_files_.end()) return none;
        const auto& other = known->second;
        const auto open = open_large(other);
        const auto stands = [&] {
            struct stat info {};
            if (!open || ::fstat(open.get(), &info) != 0) return false;
            const auto now = file_facts::of(info);
            return other.staged.empty() ? other.facts.untouched(now) : other.facts.same_file(now); // it gets its name
        };
        if (!stands()) return none;
        auto copied = stage_.write_copy(file, open.get());
        if (!copied || stands()) return copied;
        stage_.discard(copied->name);
        return none;
    }

    [[nodiscard]] descriptor open_large(const large_file& file) {
        constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        descriptor open;
        if (!file.staged.empty()) open = descriptor{::openat(stage_.folder(), file.staged.c_str(), flags)};
        if (open) return open;
        const auto at = folder_.find(file.path);
        return at ? descriptor{::openat(at->folder, at->name.c_str(), flags)} : descriptor{};
    }

    /// Whether a version made here can neither be written nor pushed: its file was changed or deleted before its bytes
    /// were in the store, while nothing said that it is that version (a crash, a lost index).
    [[nodiscard]] bool is_nowhere(const file_record& file, const ss::dot& edit) const {
        const auto& files = index_.files();
        const auto is_it = [&](const auto& entry) { return entry.second.edit == edit; };
        const auto id = ss::attachment_id::make(file.attachment);
        if (file.attachment.empty() || !id || std::any_of(files.begin(), files.end(), is_it)) return false;
        const auto entry = records_.attachment(*id);
        if (!entry || !*entry || (*entry)->committed) return false;
        const auto read = records_.read_attachment(*id, [](ss::bytes_view) { return ss::result<void>{}; });
        return !read && (read.error() == ss::errc::not_found || read.error() == ss::errc::source_changed);
    }
    [[nodiscard]] ss::result<void> give_up(const std::string& path, const placement::placed& what) {
        ss::put_options options;
        options.if_current.emplace().edit = what.edit;
        auto erased = records_.erase(what.id, std::move(options));
        if (!erased && erased.error() != ss::errc::not_current) return std::move(erased).error();
        return leave(path, "was changed or deleted here before it was pushed: nobody has that version any more");
    }

    [[nodiscard]] static bool concerns_one_file(const ss::failure& why) noexcept {
        return why.kind() == ss::error_kind::data || why.kind() == ss::error_kind::security ||
               why.kind() == ss::error_kind::invalid || why == ss::errc::io_error || why == ss::errc::source_changed;
    }

    /// Bytes are durable before names point to them. On any thread, so that it only does what is simple: a name that
    /// is taken, or a folder that is missing, is for `finish()`.
    [[nodiscard]] ss::result<void> settle(std::vector<new_file>& files) const {
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

    void finish(std::vector<new_file>& files) {
        for (auto& one : files) {
            const auto placed = one.placed ? ss::result<bool>{*one.placed} : place(one);
            if (placed && *placed) {
                index_.files()[one.path] = std::move(one.known);
                ++report_.written;
                continue;
            }
            stage_.discard(one.staged);
            (void)(placed ? leave(one.path, changed_meanwhile) : not_written(one.path, placed.error()));
        }
    }

    [[nodiscard]] ss::result<bool> place(new_file& one) {
        const auto at = folder_.find(one.path, tree::if_missing::create);
        if (!at && at.error() == ss::errc::not_found) return false;
        if (!at) return at.error();
        const auto* known = index_.find(one.path);
        if (auto put = put_in_place(one, *at, known); !put || !*put) return put;
        return note_place(one, *at);
    }

    /// False if it went away again.
    [[nodiscard]] static bool note_place(new_file& one, const tree::place& at) {
        struct stat info {};
        if (::fstatat(at.folder, at.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return false;
        const auto now = file_facts::of(info);
        if (now.same_file(one.known.facts)) one.known.facts.ctime = now.ctime; // else a change that the next scan sees
        return true;
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
    /// After a call that failed: the place refuses all writes, or it is not as it was.
    [[nodiscard]] static ss::result<bool> refused_here() {
        if (refuses_writes(errno)) return write_failure(errno, {});
        return false;
    }

    /// Last, because nothing can be put into a folder without permission; the inner ones first.
    void finish_directories() {
        std::sort(directories_.begin(), directories_.end());
        for (auto one = directories_.rbegin(); one != directories_.rend(); ++one) {
            const auto at = folder_.find(one->first);
            if (!at) continue;
            const descriptor open{
                ::openat(at->folder, at->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
            if (!open || ::fchmod(open.get(), one->second) != 0) {
                (void)leave(one->first, "its permissions were refused: " + std::generic_category().message(errno));
            }
        }
    }

    /// Nothing else is held up.
    [[nodiscard]] ss::result<void> refuse(const std::string& path, const ss::failure& why) {
        ++report_.left;
        report_.refusals.push_back(why.during("write " + printable(path)));
        return {};
    }
    [[nodiscard]] ss::result<void> leave(const std::string& path, std::string_view why) {
        ++report_.left;
        out_.note(path, why);
        return {};
    }
    /// The sync has said why.
    [[nodiscard]] ss::result<void> leave_lost(const std::string& path) {
        ++report_.lost;
        return leave(path, "is left as it is: its new content is lost or damaged in the store");
    }
    /// Not this file's fault: the folder's, or the disk's.
    [[nodiscard]] ss::result<void> not_written(const std::string& path, const ss::failure& why) {
        if (why == ss::errc::not_found) return leave(path, changed_meanwhile); // something else is above it now
        ++report_.left;
        report_.refusals.push_back(ss::failure{why.code(), printable(path), why.detail()}.during("write"));
        return {};
    }

    tree& folder_;
    file_index& index_;
    collection_type& records_;
    staging& stage_;
    console& out_;
    ss::executor& workers_;
    std::vector<planned_file> planned_, ready_; ///< to be written after those that are being written
    std::size_t planned_bytes_ = 0;
    std::vector<new_file> batch_;
    std::map<std::string, large_file, std::less<>> large_files_; ///< by attachment, one of each
    std::vector<std::pair<std::string, std::uint16_t>> directories_;
    apply_report report_;
};

} // namespace cli

#endif
