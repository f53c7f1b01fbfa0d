#ifndef SEALSYNC_TESTS_STORAGE_CRASH_REPLAY_HPP
#define SEALSYNC_TESTS_STORAGE_CRASH_REPLAY_HPP

#include "recording_files.hpp"

#include <sealsync/testing/random.hpp>

namespace storage_tests {

/// A disk that keeps what was synced, and of the rest whatever the worst file system that POSIX allows might: each
/// name on its own, and of each file any length, with zeros for what did not arrive.
class crash_replay {
public:
    void apply(const file_event& event) {
        switch (event.kind) {
        case file_event::what::write:
            files_[event.node].content += *event.data;
            break;
        case file_event::what::name:
            names_[event.at].pending.push_back(event.node);
            break;
        case file_event::what::unname:
            names_[event.at].pending.push_back(std::nullopt);
            break;
        case file_event::what::sync_file:
            files_[event.node].sync();
            break;
        case file_event::what::sync_folder:
            for (auto& [at, name] : names_) {
                if (at.first == event.node) name.sync();
            }
            break;
        case file_event::what::sync_all:
            for (auto& [node, file] : files_) file.sync();
            for (auto& [at, name] : names_) name.sync();
            break;
        case file_event::what::asked:
        case file_event::what::promised:
            break;
        }
    }

    using files_by_path = std::map<std::string, std::string>;

    /// Only what was made durable.
    [[nodiscard]] files_by_path least() const {
        return visible([](const name_state& name) { return name.durable; },
                       [](const file_state& file) { return file.content.substr(0, file.durable); });
    }
    /// Any part of the rest as well.
    [[nodiscard]] files_by_path some(sealsync::testing::random& rng) const {
        const auto pick_name = [&](const name_state& name) {
            const auto pick = static_cast<std::size_t>(rng.below(name.pending.size() + 1));
            return pick == 0 ? name.durable : name.pending[pick - 1];
        };
        const auto pick_content = [&](const file_state& file) {
            const auto unsynced = file.content.size() - file.durable;
            const auto kept = file.durable + static_cast<std::size_t>(rng.below(unsynced + 1));
            auto content = file.content.substr(0, kept);
            if (rng.chance(0.3)) content.resize(file.content.size());
            return content;
        };
        return visible(pick_name, pick_content);
    }

private:
    struct name_state {
        std::optional<node_id> durable;
        std::vector<std::optional<node_id>> pending;
        void sync() {
            if (!pending.empty()) durable = pending.back();
            pending.clear();
        }
    };
    struct file_state {
        std::string content;
        std::size_t durable = 0;
        void sync() { durable = content.size(); }
    };

    /// Every file that the root leads to.
    template <class PickName, class PickContent>
    [[nodiscard]] files_by_path visible(PickName pick_name, PickContent pick_content) const {
        std::map<node_id, std::vector<std::pair<std::string, node_id>>> folders;
        for (const auto& [at, name] : names_) {
            if (const auto node = pick_name(name)) folders[at.first].emplace_back(at.second, *node);
        }
        files_by_path found;
        std::vector<std::pair<std::string, node_id>> open{{"", 0}};
        while (!open.empty()) {
            const auto [path, folder] = open.back();
            open.pop_back();
            for (const auto& [name, node] : folders[folder]) {
                const auto file = files_.find(node);
                if (file != files_.end()) found[path + name] = pick_content(file->second);
                open.emplace_back(path + name + "/", node);
            }
        }
        return found;
    }

    std::map<place, name_state> names_;
    std::map<node_id, file_state> files_;
};

} // namespace storage_tests

#endif
