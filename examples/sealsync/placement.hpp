#ifndef SEALSYNC_CLI_PLACEMENT_HPP
#define SEALSYNC_CLI_PLACEMENT_HPP

#include "console.hpp"
#include "file_index.hpp"
#include "vault.hpp"

namespace cli {

/// Which version of which record belongs where in the folder: the same on every device that has the same records.
class placement {
public:
    struct placed {
        std::string id; ///< of a record, or of a version beside one; empty: a folder that is there for what is in it
        ss::dot dot;
        bool pending = false; ///< made here of a file that was here, and not yet pushed
        bool above = false;   ///< another file's path goes through this one
        std::size_t turn = 0; ///< where its content is in the replica, among the others
        ss::dot facts_dot{};  ///< of the record of its changed facts, if there is one
    };
    using places_type = std::map<std::string, placed, std::less<>>;

    /// `index` saves asking which records are directories.
    [[nodiscard]] static ss::result<placement> of(vault_type& vault, collection_type& records, const file_index& index,
                                                  console& out) {
        auto listed = records.list();
        if (!listed) return std::move(listed).error();
        placement places{vault, records, index, out};
        for (std::size_t i = 0; i < listed->size(); ++i) places.put_shown((*listed)[i], i);
        for (const auto& entry : *listed) places.put_facts(entry);
        for (std::size_t i = 0; i < listed->size(); ++i) {
            if (auto done = places.put_beside((*listed)[i], i); !done) return std::move(done).error();
        }
        if (auto done = places.make_way(*listed); !done) return std::move(done).error();
        return places;
    }

    [[nodiscard]] const places_type& all() const noexcept { return places_; }
    /// Files that the store has lost before this device learned their names.
    [[nodiscard]] std::uint64_t nameless() const noexcept { return nameless_; }
    [[nodiscard]] const placed* find(std::string_view path) const {
        const auto at = places_.find(path);
        return at == places_.end() ? nullptr : &at->second;
    }

private:
    placement(vault_type& vault, collection_type& records, const file_index& index, console& out)
        : vault_{&vault}, records_{&records}, index_{&index}, out_{&out} {}

    void put_shown(const ss::record_entry& entry, std::size_t turn) {
        if (entry.id.empty() && entry.unfetched) return void(++nameless_);
        if (is_facts_id(entry.id)) return;
        if (!is_record_id(entry.id)) return out_->note(entry.id, "refused: not a file's record", exit_code::refused);
        const auto path = std::string_view{entry.id}.substr(1);
        if (const auto* fault = fault_of_path(path))
            return out_->note(path, std::string{"refused: "} + fault, exit_code::refused);
        placed what{entry.id, entry.version.dot, !entry.version.committed, false, turn, {}};
        if (!places_.try_emplace(std::string{path}, std::move(what)).second) {
            out_->note(path, "refused: two records have this name", exit_code::refused);
        }
    }

    /// Facts of a file that was deleted meanwhile are nobody's.
    void put_facts(const ss::record_entry& entry) {
        if (!is_facts_id(entry.id)) return;
        const auto at = find_id(std::string_view{entry.id}.substr(1));
        if (at != places_.end()) at->second.facts_dot = entry.version.dot;
    }

    [[nodiscard]] ss::result<void> put_beside(const ss::record_entry& entry, std::size_t turn) {
        if (entry.conflicts.empty() || find_id(entry.id) == places_.end()) return {};
        for (const auto& one : entry.conflicts) {
            auto put = put_copy(entry.id.substr(1), {one.id, one.version.dot, !one.version.committed, false, turn, {}},
                                one.version.device, one.id.substr(1));
            if (!put) return put;
        }
        return {};
    }

    /// Where a file and a folder want the same name, the folder has it.
    [[nodiscard]] ss::result<void> make_way(const std::vector<ss::record_entry>& listed) {
        for (const auto turn : mark_above()) {
            const auto& entry = listed[turn];
            const auto at = find_id(entry.id);
            if (at == places_.end() || !at->second.above) continue;
            const auto folder = is_directory(at->first, at->second);
            if (!folder) return folder.error();
            if (*folder) continue;
            const auto path = at->first;
            auto moved = at->second;
            moved.above = false;
            places_.erase(at);
            auto put = put_copy(path, moved, entry.version.device, checksum_text(path));
            if (!put) return put;
            places_.emplace(path, placed{{}, {}, false, true, 0, {}});
        }
        return {};
    }

    [[nodiscard]] ss::result<void> put_copy(std::string_view path, placed what, const ss::device_id& author,
                                            std::string_view mark) {
        const auto name = vault_->device_name(author);
        if (!name) return name.error();
        auto copy = conflict_path(path, *name, mark.substr(0, 8));
        if (places_.contains(copy)) copy = conflict_path(path, *name, mark);
        if (!places_.try_emplace(copy, std::move(what)).second)
            out_->note(copy, "refused: the name is taken", exit_code::refused);
        return {};
    }

    [[nodiscard]] places_type::iterator find_id(std::string_view id) {
        if (!is_record_id(id)) return places_.end();
        const auto at = places_.find(id.substr(1));
        return at != places_.end() && at->second.id == id ? at : places_.end();
    }
    /// Gives the turns of those that are above another, ascending.
    [[nodiscard]] std::vector<std::size_t> mark_above() {
        std::vector<std::size_t> turns;
        std::string_view last; // neighbours are in one folder
        for (const auto& [path, place] : places_) {
            const auto parent = folder_of(path);
            for (auto folder = parent; !folder.empty() && folder != last; folder = folder_of(folder)) {
                const auto at = places_.find(folder);
                if (at == places_.end() || at->second.above) continue;
                at->second.above = true;
                turns.push_back(at->second.turn);
            }
            last = parent;
        }
        std::sort(turns.begin(), turns.end());
        return turns;
    }
    [[nodiscard]] ss::result<bool> is_directory(const std::string& path, const placed& what) const {
        const auto* known = index_->find(path);
        if (known != nullptr && known->id == what.id && known->dot == what.dot) {
            return known->facts.kind == file_kind::directory;
        }
        const auto record = records_->get(what.id);
        if (!record && record.error() == ss::errc::missing_object) return true; // lost, but its author had both
        if (!record) return record.error();
        if (!*record) return false;
        const auto file = decode_file_record((*record)->content);
        return file && file->kind == file_kind::directory;
    }

    vault_type* vault_;
    collection_type* records_;
    const file_index* index_;
    console* out_;
    places_type places_;
    std::uint64_t nameless_ = 0;
};

} // namespace cli

#endif
