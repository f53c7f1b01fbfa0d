#ifndef SEALSYNC_CLI_APPLIER_HPP
#define SEALSYNC_CLI_APPLIER_HPP

#include "folder_writer.hpp"
#include "large_files.hpp"
#include "placement.hpp"

#include <sealsync/executor.hpp>

#include <atomic>
#include <span>

namespace cli {

struct apply_report {
    std::uint64_t written = 0, removed = 0;
    std::uint64_t left = 0;              ///< files that were changed here meanwhile, or refused
    std::uint64_t lost = 0;              ///< of the files left: the store has lost or damaged their contents
    std::vector<ss::failure> refusals{}; ///< for lost or damaged contents, and for places that take no writes
};

/// One run that makes the folder what the replica shows. Decides what is removed, written or left, and in which order;
/// `large_files` knows where bytes come from, and `folder_writer` makes the changes. A file that was changed here is
/// left, and the next scan makes an edit of it.
class applier {
public:
    applier(tree& folder, file_index& index, collection_type& records, staging& stage, console& out,
            ss::executor& workers)
        : index_{index},
          records_{records},
          stage_{stage},
          out_{out},
          workers_{workers},
          large_files_{folder, index, records, stage},
          writer_{folder, index, stage, out} {}

    [[nodiscard]] ss::result<apply_report> run(const placement& shown) {
        if (auto done = remove_all(shown); !done) return std::move(done).error();
        large_files_.find_sources(); // among the files that stay
        if (auto done = write_all(shown); !done) return std::move(done).error();
        writer_.finish_directories();
        report_.left += shown.nameless();
        report_.lost += shown.nameless();
        // Names are durable before the stored index says that they are there.
        if (report_.written + report_.removed > 0) {
            if (auto done = stage_.barrier(); !done) return std::move(done).error();
        }
        return report_;
    }

private:
    static constexpr std::size_t batch_files_min = 1'024, batch_files_max = 8'192;
    static constexpr std::size_t read_files_max = 256, read_bytes_max = std::size_t{1} << 20U;
    static constexpr std::size_t part_files = staging::neighbours;
    static constexpr const char* changed_meanwhile = "changed here while it was synced: it is kept";
    static constexpr const char* waits_to_be_pushed = "is replaced by another's version when it has been pushed";

    static constexpr const char* other_time = "this file system has no such time of change: it has the nearest one";

    /// A small file that was read from the replica, and is then staged.
    struct small_file {
        std::string path;
        placement::placed what;
        std::string name;  ///< in the stage
        ss::bytes content; ///< of the record
        shared_facts shared;
        std::optional<ss::result<staging::staged_file>> staged;
    };

    struct waiting_files {
        std::vector<placement::places_type::const_iterator> all;
        std::size_t next = 0;
        [[nodiscard]] bool none() const noexcept { return next == all.size(); }
    };

    // Removing.

    [[nodiscard]] ss::result<void> remove_all(const placement& shown) {
        std::vector<std::string> paths;
        for (const auto& [path, file] : index_.files()) {
            if (shown.find(path) == nullptr) paths.push_back(path);
        }
        // Backwards: what is in a folder before the folder.
        for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
            const auto& known = *index_.find(*path);
            if (known.facts.kind == file_kind::directory && has_below(shown, *path)) {
                record_again(*path, known);
            } else if (auto done = remove(*path); !done) {
                return done;
            }
        }
        return {};
    }

    [[nodiscard]] static bool has_below(const placement& shown, const std::string& path) {
        const auto below = shown.all().lower_bound(path + "/");
        return below != shown.all().end() && below->first.starts_with(path + "/");
    }
    /// A folder that was deleted elsewhere stays for what is in it. The next round records it anew, because only a
    /// record keeps its permissions.
    void record_again(const std::string& path, const known_file& known) {
        if (known.id.empty()) return; // made here for what is in it: its permissions are nobody's
        index_.files().erase(path);
        ++report_.left;
    }

    [[nodiscard]] ss::result<void> remove(const std::string& path) {
        const auto& known = *index_.find(path);
        const auto safe = large_files_.is_stored(known);
        if (!safe) return safe.error();
        if (!*safe) return leave(path, waits_to_be_pushed);
        const auto record = records_.get(known.id);
        // The store may have lost the file's record before this device learned its name.
        if (!record && record.error() == ss::errc::missing_object) return leave_lost(path);
        if (!record) return record.error();
        const auto removed = writer_.remove(path);
        if (!removed) return not_written(path, removed.error());
        switch (*removed) {
        case folder_writer::removal::done:
            ++report_.removed;
            break;
        case folder_writer::removal::nothing_there:
            break;
        case folder_writer::removal::changed_here:
            return leave(path, "changed here, deleted elsewhere: it is kept");
        case folder_writer::removal::not_empty:
            ++report_.left;
            break;
        }
        return {};
    }

    // Writing, in batches.

    /// Gives one batch of staged files its names while it fills the next.
    [[nodiscard]] ss::result<void> write_all(const placement& shown) {
        auto rest = waiting(shown);
        do {
            auto placing = std::exchange(batch_, {});
            std::sort(placing.begin(), placing.end(),
                      [](const auto& left, const auto& right) { return left.path < right.path; });
            ss::result<void> filled, placed;
            std::atomic<bool> is_placed = placing.empty();
            workers_.run(placing.empty() ? 1 : 2, [&](std::size_t part) {
                if (part == 0) {
                    filled = fill_batch(rest, is_placed);
                } else {
                    placed = writer_.place_easy(placing);
                    is_placed = true;
                }
            });
            if (!placed) return placed;
            for (auto& one : placing) (void)count_written(one.path, writer_.place(one));
            if (!filled) return filled;
        } while (!rest.none() || !read_.empty() || !batch_.empty());
        return {};
    }

    /// Lists what the folder lacks. Folders go first, the outer ones before the inner. Files follow in the order of the
    /// replica, which is then read from one end to the other.
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

    [[nodiscard]] bool is_here(const std::string& path, const placement::placed& what) const {
        const auto* known = index_.find(path);
        return known != nullptr && is_version(*known, what) && known->facts_dot == what.facts_dot;
    }
    [[nodiscard]] static bool is_version(const known_file& known, const placement::placed& what) {
        return known.dot == what.dot && known.id == what.id;
    }

    /// Fills a batch until the batch before has its names, within the limits of a batch. Stages the small files that
    /// were read while it reads more.
    [[nodiscard]] ss::result<void> fill_batch(waiting_files& rest, const std::atomic<bool>& is_placed) {
        const auto is_full = [&] { return batch_.size() >= (is_placed ? batch_files_min : batch_files_max); };
        while (!is_full() && (!rest.none() || !read_.empty())) {
            auto staging_now = std::exchange(read_, {});
            ss::result<void> done;
            workers_.run(1 + (staging_now.size() + part_files - 1) / part_files, [&](std::size_t part) {
                if (part == 0) {
                    done = write_some(rest);
                } else {
                    stage_part(staging_now, (part - 1) * part_files);
                }
            });
            if (!done) return done;
            if (auto taken = take_staged(staging_now); !taken) return taken;
        }
        return {};
    }

    [[nodiscard]] ss::result<void> write_some(waiting_files& rest) {
        for (read_bytes_ = 0; !rest.none();) {
            if (read_.size() >= read_files_max || read_bytes_ >= read_bytes_max) break;
            const auto& [path, what] = *rest.all[rest.next++];
            if (auto written = write(path, what); !written) return written;
            out_.progress("writing", rest.next, rest.all.size());
        }
        return {};
    }

    /// Stages a part of the small files, on any thread.
    void stage_part(std::span<small_file> all, std::size_t first) const {
        for (auto& one : all.subspan(first, std::min(part_files, all.size() - first))) {
            const auto file = decode_file_record(one.content);
            one.staged = file ? stage_.write(one.name, *file) : file.error();
        }
    }

    [[nodiscard]] ss::result<void> take_staged(std::vector<small_file>& all) {
        for (auto& one : all) {
            auto taken = take_staged(std::move(one.path), one.what, *std::move(one.staged), {}, one.shared);
            if (!taken) return taken;
        }
        return {};
    }

    /// Takes a staged file into the batch.
    [[nodiscard]] ss::result<void> take_staged(std::string path, const placement::placed& what,
                                               ss::result<staging::staged_file> staged, std::string_view attachment,
                                               const shared_facts& shared) {
        if (!staged && concerns_one_file(staged.error())) return refuse(path, staged.error());
        if (!staged) return std::move(staged).error().during("write " + printable(path));
        if (!staged->is_on_time) out_.note(path, other_time);
        known_file known{what.id, what.dot, staged->facts, std::string{attachment}, true, shared, what.facts_dot};
        batch_.push_back({std::move(path), std::move(staged->name), std::move(known)});
        return {};
    }

    [[nodiscard]] static bool concerns_one_file(const ss::failure& why) noexcept {
        return why.kind() == ss::error_kind::data || why.kind() == ss::error_kind::security ||
               why.kind() == ss::error_kind::invalid || why == ss::errc::io_error || why == ss::errc::source_changed;
    }

    // Writing one file.

    /// Applies one version to its place. A directory and new metadata are written at once; a small file is kept until
    /// it is staged with others; a large file is staged.
    [[nodiscard]] ss::result<void> write(const std::string& path, const placement::placed& what) {
        if (what.id.empty()) return make_bare_directory(path);
        auto record = records_.get(what.id);
        if (!record && record.error() == ss::errc::missing_object) return leave_lost(path);
        if (!record) return record.error();
        if (!*record) return leave(path, "changed meanwhile");
        auto file = decode_file_record((*record)->content);
        if (!file) return refuse(path, file.error());
        if (what.facts_dot != ss::dot{}) {
            const auto changed = changed_facts_of(records_, what.id);
            if (!changed) return changed.error();
            if (*changed) file->set((*changed)->applied_to(shared_facts::of(*file)));
        }
        const bool is_small = file->kind != file_kind::directory && file->attachment.empty();
        // The index has nothing here. If the folder has something, naming the file will find it.
        if (is_small && index_.find(path) == nullptr) return keep_read(path, what, *file);

        const auto here = writer_.look(path);
        if (!here) return not_written(path, here.error());
        if (!here->may_become(file->kind)) return leave(path, changed_meanwhile);
        const auto* known = here->known;
        const bool has_content = known != nullptr && here->now && has_content_of(*known, what, *file);
        const auto safe = known == nullptr || has_content ? ss::result<bool>{true} : large_files_.is_stored(*known);
        if (!safe) return safe.error();
        if (!*safe) return leave(path, waits_to_be_pushed);
        if (file->kind == file_kind::directory) return make_directory(path, what, file->mode, *here);
        if (has_content) {
            known_file same{what.id,       what.dot, known->facts, known->attachment, true, shared_facts::of(*file),
                            what.facts_dot};
            return count_written(path, writer_.set_metadata(path, std::move(same), *file));
        }
        return is_small ? keep_read(path, what, *file) : stage_large(path, what, *file);
    }

    /// Whether a file that is here needs other facts alone. Of a symbolic link they are set where it is made.
    [[nodiscard]] static bool has_content_of(const known_file& known, const placement::placed& what,
                                             const file_record& file) {
        if (file.kind != file_kind::file || known.facts.kind != file_kind::file) return false;
        return file.attachment.empty() ? is_version(known, what) : known.attachment == file.attachment;
    }

    [[nodiscard]] ss::result<void> keep_read(const std::string& path, const placement::placed& what,
                                             const file_record& file) {
        auto content = encode(file);
        read_bytes_ += content.size();
        read_.push_back({path, what, stage_.fresh_name(), std::move(content), shared_facts::of(file), std::nullopt});
        return {};
    }

    [[nodiscard]] ss::result<void> make_directory(const std::string& path, const placement::placed& what,
                                                  std::uint16_t mode, const folder_writer::occupant& here) {
        known_file made{what.id, what.dot, {}, {}, true, {mode, {}}, what.facts_dot};
        made.facts.kind = file_kind::directory;
        made.facts.mode = mode;
        return count_written(path, writer_.make_directory(path, std::move(made), here));
    }

    /// Makes a directory without a record of its own: a file of its name has made way.
    [[nodiscard]] ss::result<void> make_bare_directory(const std::string& path) {
        const auto here = writer_.look(path);
        if (!here) return not_written(path, here.error());
        if (!here->may_become(file_kind::directory)) return leave(path, changed_meanwhile);
        const bool is_there = here->now && here->now->kind == file_kind::directory;
        return make_directory(path, {}, is_there ? here->now->mode : std::uint16_t{0700}, *here);
    }

    [[nodiscard]] ss::result<void> stage_large(const std::string& path, const placement::placed& what,
                                               const file_record& file) {
        auto staged = large_files_.stage(path, file);
        if (!staged && what.pending && large_files_.is_nowhere(file, what.dot)) return give_up(path, what);
        return take_staged(path, what, std::move(staged), file.attachment, shared_facts::of(file));
    }

    [[nodiscard]] ss::result<void> give_up(const std::string& path, const placement::placed& what) {
        ss::put_options options;
        options.if_current.emplace().dot = what.dot;
        auto erased = records_.erase(what.id, std::move(options));
        if (!erased && erased.error() != ss::errc::not_current) return std::move(erased).error();
        return leave(path, "was changed or deleted here before it was pushed: nobody has that version any more");
    }

    // Counting. A file that is left holds up no other, so each of these succeeds.

    [[nodiscard]] ss::result<void> count_written(const std::string& path, const ss::result<bool>& written) {
        if (!written) return not_written(path, written.error());
        if (!*written) return leave(path, changed_meanwhile);
        ++report_.written;
        return {};
    }
    /// Leaves a file because of its own contents.
    [[nodiscard]] ss::result<void> refuse(const std::string& path, const ss::failure& why) {
        ++report_.left;
        report_.refusals.push_back(why.during("write " + printable(path)));
        return {};
    }
    /// Leaves a file because of the folder or the disk that it is in.
    [[nodiscard]] ss::result<void> not_written(const std::string& path, const ss::failure& why) {
        if (why == ss::errc::not_found) return leave(path, changed_meanwhile); // something else is above it now
        ++report_.left;
        report_.refusals.push_back(ss::failure{why.code(), printable(path), why.detail()}.during("write"));
        return {};
    }
    /// Leaves a file whose contents the store has lost or damaged. The sync has said why.
    [[nodiscard]] ss::result<void> leave_lost(const std::string& path) {
        ++report_.lost;
        return leave(path, "is left as it is: its new content is lost or damaged in the store");
    }
    [[nodiscard]] ss::result<void> leave(const std::string& path, std::string_view why) {
        ++report_.left;
        out_.note(path, why);
        return {};
    }

    file_index& index_;
    collection_type& records_;
    staging& stage_;
    console& out_;
    ss::executor& workers_;
    large_files large_files_;
    folder_writer writer_;
    std::vector<small_file> read_; ///< not staged yet
    std::size_t read_bytes_ = 0;
    std::vector<folder_writer::new_file> batch_; ///< staged, without names yet
    apply_report report_;
};

} // namespace cli

#endif
