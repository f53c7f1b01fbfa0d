#ifndef SEALSYNC_CLI_VERSIONS_HPP
#define SEALSYNC_CLI_VERSIONS_HPP

#include "placement.hpp"

#include <set>

namespace cli {

/// Where the versions stand that the files of the folder are: shown, beside another, or nowhere any more. An edit of a
/// copy makes it the newest version, which takes the file's name before the folder has heard of it: only the version,
/// never the name or the record's id, says what a file is.
class versions {
public:
    explicit versions(collection_type& records) : records_{records} {}

    /// `shown`: null if every file is in the version that is shown in its place.
    [[nodiscard]] ss::result<void> read(const file_index& index, const placement* shown) {
        shown_ = shown;
        bool any_copies = std::any_of(index.files().begin(), index.files().end(),
                                      [](const auto& entry) { return is_copy(entry.second.id); });
        if (shown != nullptr) {
            find_moved(index);
            any_copies = any_copies || std::any_of(shown->all().begin(), shown->all().end(),
                                                   [](const auto& place) { return is_copy(place.second.id); });
        }
        return any_copies ? find_contested() : ss::result<void>{};
    }

    /// The version that a file at `path` is; null if it has been replaced, or was never known.
    [[nodiscard]] const placement::placed* find(std::string_view path, const ss::dot& edit) const {
        if (edit == ss::dot{}) return nullptr;
        if (const auto* now = shown_->find(path); now != nullptr && now->dot == edit) return now;
        const auto moved = moved_.find(edit);
        return moved == moved_.end() ? nullptr : moved->second;
    }

    /// Whether it was made of the file in its place, just before a crash that the index did not see. Where several
    /// versions stand, nobody can tell of which file.
    [[nodiscard]] bool is_lost_edit(const placement::placed& now) const {
        return now.pending && !claimed_.contains(now.dot) && !is_contested(now.dot);
    }
    /// Of records with several versions, those made here that no file is said to be.
    [[nodiscard]] std::vector<const placement::placed*> unclaimed() const {
        std::vector<const placement::placed*> found;
        for (const auto& [edit, place] : moved_) {
            if (place->pending && !claimed_.contains(edit) && is_contested(edit)) found.push_back(place);
        }
        return found;
    }

    [[nodiscard]] bool is_contested(const ss::dot& edit) const { return contested_.contains(edit); }
    /// The id to edit a contested version by, after the edits made so far; empty if it is no more.
    [[nodiscard]] ss::result<std::string> id_now(const ss::dot& edit) const {
        const auto& id = contested_.at(edit);
        const auto record = records_.get(id);
        if (!record) return record.error();
        if (!*record) return std::string{};
        if ((*record)->version.dot == edit) return id;
        for (const auto& one : (*record)->conflicts) {
            if (one.version.dot == edit) return one.id;
        }
        return std::string{};
    }

private:
    [[nodiscard]] static bool is_copy(std::string_view id) noexcept { return !id.empty() && !is_record_id(id); }

    void find_moved(const file_index& index) {
        for (const auto& [path, place] : shown_->all()) {
            const auto* known = index.find(path);
            if (place.dot != ss::dot{} && (known == nullptr || known->dot != place.dot)) {
                moved_.emplace(place.dot, &place);
            }
        }
        for (const auto& [path, file] : index.files()) {
            if (moved_.contains(file.dot)) claimed_.insert(file.dot);
        }
    }

    [[nodiscard]] ss::result<void> find_contested() {
        const auto listed = records_.conflicts();
        if (!listed) return listed.error();
        for (const auto& entry : *listed) {
            contested_.emplace(entry.version.dot, entry.id);
            for (const auto& one : entry.conflicts) contested_.emplace(one.version.dot, entry.id);
        }
        return {};
    }

    collection_type& records_;
    const placement* shown_ = nullptr;
    std::map<ss::dot, const placement::placed*> moved_; ///< what the index does not have in its place
    std::set<ss::dot> claimed_;                         ///< of them: what the index has in another place
    std::map<ss::dot, std::string> contested_; ///< versions beside others, and those that are shown; the record
};

} // namespace cli

#endif
