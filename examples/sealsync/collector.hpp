#ifndef SEALSYNC_CLI_COLLECTOR_HPP
#define SEALSYNC_CLI_COLLECTOR_HPP

#include "file_reader.hpp"
#include "local_changes.hpp"
#include "versions.hpp"

#include <sealsync/executor.hpp>

#include <set>
#include <span>

namespace cli {

/// Makes records of what was changed in the folder. Every edit is made on the version that the file was, wherever that
/// version stands by now, so that it never replaces what its author had not seen.
class collector {
public:
    /// `shown` only if the index is not settled: what the replica has that the folder may not.
    collector(tree& folder, file_index& index, collection_type& records, const placement* shown,
              std::string device_name, console& out, ss::executor& workers)
        : folder_{folder},
          index_{index},
          records_{records},
          shown_{shown},
          versions_{records},
          device_name_{std::move(device_name)},
          out_{out},
          reader_{folder, records, out},
          workers_{workers} {}

    /// How many records were put or erased.
    [[nodiscard]] ss::result<std::uint64_t> run(local_changes changes) {
        if (auto known = versions_.read(index_, shown_); !known) return std::move(known).error();
        find_displaced();
        find_lost_edits(changes);
        total_ = changes.changed.size() + changes.gone.size();
        // The newest edit has the file's name: of those made together, that should be the one of the file itself.
        const auto is_copy = [&](const std::string& path) {
            const auto* known = index_.find(path);
            return known != nullptr && !is_record_id(known->id);
        };
        std::stable_partition(changes.changed.begin(), changes.changed.end(),
                              [&](const auto& one) { return is_copy(one.path); });
        if (auto done = take_all(changes.changed); !done) return std::move(done).error();
        // Renames last: the new name is there before the old one goes.
        if (auto done = erase(changes.gone); !done) return std::move(done).error();
        if (auto done = flush(); !done) return std::move(done).error();
        return edits_;
    }

    /// False if something was overtaken or left, for the next sync to compare.
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    /// The files that the system did not let be read.
    [[nodiscard]] const std::vector<local_changes::changed_file>& unreadable() const noexcept { return unreadable_; }

private:
    static constexpr std::size_t batch_edits_max = 1'000;
    static constexpr std::size_t batch_bytes_max = std::size_t{4} << 20U;
    static constexpr std::size_t slice_files_max = 256, part_files = 16;
    static constexpr std::uint64_t slice_bytes_max = std::uint64_t{1} << 20U;

    struct planned_edit {
        std::string path, id;
        std::optional<ss::dot> basis;        ///< the version that the file was
        std::optional<read_file> file;       ///< nothing: erase
        std::optional<facts_record> facts{}; ///< a change of facts alone: then the file's record stays as it is
        bool is_behind = false;              ///< the disk lacks facts that others have changed
        std::optional<ss::dot> old_facts{};  ///< the record of changed facts that goes with the edit
    };

    // Deletions.

    [[nodiscard]] ss::result<void> erase(const std::vector<std::string>& gone) {
        for (const auto& path : gone) {
            const auto known = index_.files().find(path);
            const auto* wanted = shown_ == nullptr ? nullptr : version_of(path, known->second);
            if (known->second.id.empty() || (shown_ != nullptr && wanted == nullptr)) {
                index_.files().erase(known); // an edit elsewhere beats the deletion; a deletion elsewhere was it
                continue;
            }
            const auto id = wanted == nullptr ? known->second.id : wanted->id;
            const auto basis = wanted == nullptr ? known->second.dot : wanted->dot;
            if (auto added = add({path, id, basis, std::nullopt}); !added) return added;
        }
        return {};
    }

    /// Of a file that this device had: the version that it was, or that was made of it just before a crash.
    [[nodiscard]] const placement::placed* version_of(const std::string& path, const known_file& file) const {
        if (const auto* stands = versions_.find(path, file.dot)) return stands;
        const auto* now = shown_->find(path);
        return now != nullptr && versions_.is_lost_edit(*now) ? now : nullptr;
    }

    // New and changed files.

    using changed_files = std::span<const local_changes::changed_file>;
    using files_ahead = std::vector<std::optional<read_file>>;

    /// While some become records, those after them are read.
    [[nodiscard]] ss::result<void> take_all(changed_files changed) {
        files_ahead ready, ahead;
        changed_files now;
        while (!changed.empty() || !now.empty()) {
            const auto next = changed.first(slice_of(changed));
            ahead.assign(next.size(), std::nullopt);
            ss::result<void> taken;
            workers_.run(1 + (next.size() + part_files - 1) / part_files, [&](std::size_t part) {
                if (part == 0) {
                    taken = take_slice(now, ready);
                } else {
                    read_part(next, ahead, (part - 1) * part_files);
                }
            });
            if (!taken) return taken;
            changed = changed.subspan(next.size());
            now = next;
            std::swap(ready, ahead);
        }
        return {};
    }
    [[nodiscard]] static std::size_t slice_of(changed_files changed) noexcept {
        std::size_t count = 0;
        for (std::uint64_t size = 0; count < changed.size() && count < slice_files_max && size < slice_bytes_max;) {
            const auto& facts = changed[count++].facts;
            size += facts.size <= inline_bytes_max ? facts.size : 0;
        }
        return count;
    }
    void read_part(changed_files changed, files_ahead& ahead, std::size_t first) const {
        auto folder = folder_.again();
        if (!folder) return; // read when they are taken
        for (auto i = first; i < std::min(first + part_files, changed.size()); ++i) {
            ahead[i] = file_reader::read_ahead(*folder, changed[i].path, changed[i].facts);
        }
    }
    [[nodiscard]] ss::result<void> take_slice(changed_files changed, files_ahead& ready) {
        for (std::size_t i = 0; i < changed.size(); ++i) {
            ahead_ = std::move(ready[i]);
            if (auto done = take(changed[i]); !done) return done;
            out_.progress("reading", ++done_, total_);
        }
        return {};
    }
    [[nodiscard]] ss::result<std::optional<read_file>> read(const std::string& path) {
        if (ahead_) return std::exchange(ahead_, std::nullopt);
        return reader_.read(path);
    }

    [[nodiscard]] ss::result<void> take(const local_changes::changed_file& changed) {
        const auto* known = index_.find(changed.path);
        const auto* stands = shown_ == nullptr || known == nullptr ? nullptr : versions_.find(changed.path, known->dot);
        if (shown_ != nullptr && stands == nullptr) {
            const auto* now = shown_->find(changed.path);
            if (now == nullptr) {
                if (known != nullptr && !is_record_id(known->id)) return take_former_copy(changed);
                known = nullptr;
            } else if (versions_.is_lost_edit(*now)) {
                stands = now;
            } else if (known == nullptr || known->id != now->id || known->dot != now->dot) {
                return compare(changed, *now);
            }
        }
        if (known != nullptr && known->id.empty()) known = nullptr; // a folder without a record gets one
        const auto* vouched = known != nullptr && (stands == nullptr || stands->dot == known->dot) ? known : nullptr;
        known_file found; // not in the index: that still has to see the change if it cannot be collected
        if (stands != nullptr) known = &(found = {stands->id, stands->dot, {}, {}, true, {}});
        if (stands == nullptr && displaced_.contains(changed.path)) return compare(changed, {});
        auto file = read(changed.path);
        if (!file) return std::move(file).error();
        if (!*file) return leave_unread(changed);
        if (known == nullptr) return add({changed.path, record_id(changed.path), {}, *std::move(file)});
        return take_version(changed.path, *known, vouched, **std::move(file));
    }

    /// A file that was a version of a record. `vouched`: with these facts, if the index says so.
    [[nodiscard]] ss::result<void> take_version(const std::string& path, const known_file& known,
                                                const known_file* vouched, read_file file) {
        const auto facts_seen = vouched != nullptr ? vouched->facts_dot : ss::dot{};
        const auto record = records_.get(known.id);
        if (!record && record.error() != ss::errc::missing_object) return record.error();
        const bool is_current = record && *record && (*record)->version.dot == known.dot;
        const auto theirs = is_current ? decode_file_record((*record)->content)
                                       : ss::result<file_record>{ss::failure{ss::errc::not_found}};
        const auto changed = changed_facts_of(records_, known.id);
        if (!changed) return changed.error();
        const auto own = theirs ? shared_facts::of(*theirs) : vouched != nullptr ? vouched->shared : file.shared();
        const auto all = *changed ? (*changed)->applied_to(own) : own;
        const auto read = decode_file_record(file.content);
        const bool is_same = theirs && read && theirs->same_content(*read);
        const bool is_behind = vouched != nullptr && vouched->shared != all;
        if (vouched != nullptr) file.share(vouched->shared_after(file.facts, all));
        if (!is_same) return add({path, known.id, known.dot, std::move(file), {}, is_behind, {}});
        if (vouched == nullptr) file.share(all); // what the disk has may be all that it can have
        // New facts of a copy in conflict are no edit: as the newest version it would take the file's name.
        if (file.shared() == all || !is_record_id(known.id)) {
            remember(path, known.id, known.dot, file);
            index_.files()[path].facts_dot = facts_seen;
            return {};
        }
        const facts_record facts{own, file.shared()};
        return add({path, known.id, known.dot, std::move(file), facts, is_behind, {}});
    }

    /// A copy whose version is no more. A crash may have come between the edit of it and the index; else it is a file.
    [[nodiscard]] ss::result<void> take_former_copy(const local_changes::changed_file& changed) {
        auto file = read(changed.path);
        if (!file) return std::move(file).error();
        if (!*file) return leave_unread(changed);
        for (const auto* one : versions_.unclaimed()) {
            const auto same = is_version(one->id, one->dot, (*file)->content);
            if (!same) return same.error();
            if (*same) {
                remember(changed.path, one->id, one->dot, **file);
                return leave();
            }
        }
        return add({changed.path, record_id(changed.path), {}, *std::move(file)});
    }

    /// Files that became records just before a crash, and went away after it.
    void find_lost_edits(local_changes& changes) {
        if (shown_ == nullptr) return;
        std::set<std::string_view> there;
        for (const auto& one : changes.changed) there.insert(one.path);
        for (const auto& [path, what] : shown_->all()) {
            if (!versions_.is_lost_edit(what) || index_.find(path) != nullptr || there.contains(path)) continue;
            index_.files()[path] = {what.id, what.dot, {}, {}, false, {}};
            changes.gone.push_back(path);
        }
    }

    /// Names whose records are files that had to make way for a folder: nothing else may become such a record.
    void find_displaced() {
        if (shown_ != nullptr) {
            for (const auto& [path, what] : shown_->all()) {
                if (is_record_id(what.id) && what.id.substr(1) != path) displaced_.insert(what.id.substr(1));
            }
            return;
        }
        for (const auto& [path, file] : index_.files()) {
            if (is_record_id(file.id) && !has_own_name(path, file)) displaced_.insert(file.id.substr(1));
        }
    }

    /// A file where the replica shows a version that was never written here: by a device that died while writing, in
    /// a folder that had files before it joined, or edited while a sync was running.
    [[nodiscard]] ss::result<void> compare(const local_changes::changed_file& changed, const placement::placed& now) {
        if (changed.facts.kind == file_kind::directory) { // nothing in it to lose
            index_.files()[changed.path] = {now.id, {}, changed.facts, {}, true, {changed.facts.mode, {}}};
            return {};
        }
        auto file = read(changed.path);
        if (!file) return std::move(file).error();
        if (!*file) return leave_unread(changed);
        const auto record = records_.get(now.id);
        if (!record && record.error() != ss::errc::missing_object) return record.error();
        if (!record && now.id == record_id(changed.path)) { // what is lost stands beside it when it is back
            return add({changed.path, now.id, {}, *std::move(file)});
        }
        auto theirs = record && *record ? decode_file_record((*record)->content)
                                        : ss::result<file_record>{ss::failure{ss::errc::missing_object}};
        const auto facts = changed_facts_of(records_, now.id);
        if (!facts) return facts.error();
        if (theirs && *facts) theirs->set((*facts)->applied_to(shared_facts::of(*theirs)));
        const auto ours = decode_file_record((*file)->content);
        if (theirs && ours && theirs->same_content(*ours)) {
            const bool equal = shared_facts::of(*theirs) == shared_facts::of(*ours);
            remember(changed.path, now.id, equal ? now.dot : ss::dot{}, **file);
            if (equal) index_.files()[changed.path].facts_dot = now.facts_dot;
            return {};
        }
        return set_aside(changed.path, *std::move(*file));
    }

    /// Both stay: the file gets a name of its own, and the other version its place.
    [[nodiscard]] ss::result<void> set_aside(const std::string& path, read_file file) {
        packer facts;
        facts.raw(path);
        facts.number(file.facts.inode);
        facts.time(file.facts.mtime);
        const auto mark = checksum_text(std::move(facts).take()).substr(0, 8);
        const auto aside = conflict_path(path, device_name_, mark);
        const auto from = folder_.find(path);
        if (!from) return from.error();
        const std::string name{name_of(aside)};
        if (!rename_to_free_name(from->folder, from->name.c_str(), from->folder, name.c_str())) {
            const auto why = std::generic_category().message(errno);
            out_.note(path, "changed here and elsewhere; left as it is: it could not be renamed (" + why + ")",
                      exit_code::unusable);
            return leave();
        }
        index_.files().erase(path);
        const auto facts_now = folder_.facts(aside);
        if (!facts_now || !*facts_now || !(*facts_now)->same_file(file.facts)) return leave();
        file.facts = **facts_now;
        out_.note(path, "changed here and elsewhere; this device's version is now " + printable(aside));
        return add({aside, record_id(aside), {}, std::move(file)});
    }

    /// Whether a version that is the current one of its record has a file's content, whatever its facts.
    [[nodiscard]] ss::result<bool> is_version(const std::string& id, const ss::dot& edit, const ss::bytes& content) {
        const auto record = records_.get(id);
        if (!record && record.error() == ss::errc::missing_object) return false;
        if (!record) return record.error();
        if (!*record || (*record)->version.dot != edit) return false;
        const auto theirs = decode_file_record((*record)->content), ours = decode_file_record(content);
        return theirs && ours && theirs->same_content(*ours);
    }

    /// The next sync sees to it.
    [[nodiscard]] ss::result<void> leave() {
        complete_ = false;
        return {};
    }

    /// A file that the system refuses is still as the index says, or not in it: nothing is to be compared with it.
    [[nodiscard]] ss::result<void> leave_unread(const local_changes::changed_file& changed) {
        if (!reader_.was_refused()) return leave();
        unreadable_.push_back(changed);
        return shown_ == nullptr ? ss::result<void>{} : leave();
    }

    void remember(const std::string& path, std::string id, const ss::dot& edit, const read_file& file) {
        auto attachment = file.attachments.empty() ? std::string{} : file.attachments.front().text();
        index_.files()[path] = {std::move(id), edit, file.facts, std::move(attachment), true, file.shared()};
    }

    // Batches.

    [[nodiscard]] ss::result<void> add(planned_edit one) {
        if (one.basis && !one.facts && versions_.is_contested(*one.basis)) return write_contested(std::move(one));
        if (!one.facts) {
            auto found = find_old_facts(one.id);
            if (!found) return std::move(found).error();
            one.old_facts = *found;
        }
        // A large file that changes before it is uploaded is kept back, with all that was edited together with it.
        const bool alone = one.file && !one.file->attachments.empty() && !one.facts;
        if (alone || batch_.size() >= batch_edits_max || batch_bytes_ >= batch_bytes_max) {
            if (auto flushed = flush(); !flushed) return flushed;
        }
        if (one.file && !one.facts) batch_bytes_ += one.file->content.size();
        batch_.push_back(std::move(one));
        return alone ? flush() : ss::result<void>{};
    }

    /// The file's record says all again; and what is left of a deleted file is not the next one's of its name. A record
    /// that the store has lost stays: nobody has seen what it says.
    [[nodiscard]] ss::result<std::optional<ss::dot>> find_old_facts(const std::string& id) {
        if (!is_record_id(id)) return std::optional<ss::dot>{};
        const auto record = records_.get(facts_id(id));
        if (!record && record.error() == ss::errc::missing_object) return std::optional<ss::dot>{};
        if (!record) return record.error();
        return *record ? std::optional{(*record)->version.dot} : std::nullopt;
    }

    [[nodiscard]] ss::result<void> flush() {
        if (batch_.empty()) return {};
        auto made = write(batch_);
        if (!made && (made.error() == ss::errc::not_current)) made = write_singly();
        if (!made) return made;
        batch_.clear();
        batch_bytes_ = 0;
        return {};
    }

    /// Alone, because every edit of such a record may change which version has which id.
    [[nodiscard]] ss::result<void> write_contested(planned_edit one) {
        if (auto flushed = flush(); !flushed) return flushed;
        auto id = versions_.id_now(*one.basis);
        if (!id) return std::move(id).error();
        if (!id->empty()) one.id = *std::move(id);
        batch_.push_back(std::move(one));
        return flush();
    }

    /// Overtaken while it was collected: the next sync compares.
    [[nodiscard]] ss::result<void> write_singly() {
        for (auto& one : batch_) {
            auto made = write({&one, 1});
            if (!made && made.error() != ss::errc::not_current) return made;
            if (made) continue;
            index_.files().erase(one.path);
            complete_ = false;
        }
        return {};
    }

    [[nodiscard]] ss::result<void> write(std::span<planned_edit> edits) {
        std::vector<std::optional<ss::version>> versions;
        auto made = records_.update([&](auto& batch) {
            for (const auto& one : edits) {
                if (one.facts) {
                    versions.push_back(batch.put(facts_id(one.id), encode(*one.facts)));
                    continue;
                }
                ss::put_options options;
                if (one.basis) options.if_current.emplace().dot = *one.basis;
                options.attachments = one.file ? one.file->attachments : std::vector<ss::attachment_id>{};
                versions.push_back(one.file ? batch.put(one.id, one.file->content, std::move(options))
                                            : batch.erase(one.id, std::move(options)));
                if (!one.old_facts) continue;
                ss::put_options old;
                old.if_current.emplace().dot = *one.old_facts;
                (void)batch.erase(facts_id(one.id), std::move(old));
            }
        });
        if (!made) return made;
        for (std::size_t i = 0; i < edits.size(); ++i) {
            const auto& one = edits[i];
            if (!one.file || !versions[i]) {
                index_.files().erase(one.path);
                continue;
            }
            remember(one.path, one.id, one.facts ? *one.basis : versions[i]->dot, *one.file);
            // A version of facts that is not the one that stands makes the folder take over all of them.
            if (one.facts.has_value() != one.is_behind) index_.files()[one.path].facts_dot = versions[i]->dot;
        }
        edits_ += edits.size();
        return {};
    }

    tree& folder_;
    file_index& index_;
    collection_type& records_;
    const placement* shown_;
    versions versions_;
    std::set<std::string, std::less<>> displaced_;
    std::string device_name_;
    console& out_;
    file_reader reader_;
    ss::executor& workers_;
    std::optional<read_file> ahead_; ///< the file that is being taken, if it could be read before
    std::vector<planned_edit> batch_;
    std::size_t batch_bytes_ = 0;
    std::vector<local_changes::changed_file> unreadable_;
    bool complete_ = true;
    std::uint64_t edits_ = 0, done_ = 0, total_ = 0;
};

} // namespace cli

#endif
