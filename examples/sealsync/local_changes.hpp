#ifndef SEALSYNC_CLI_LOCAL_CHANGES_HPP
#define SEALSYNC_CLI_LOCAL_CHANGES_HPP

#include "console.hpp"
#include "file_index.hpp"
#include "tree.hpp"

#include <set>

namespace cli {

/// The differences between the folder and the index.
struct local_changes {
    struct changed_file {
        std::string path;
        file_facts facts;
    };
    std::vector<changed_file> changed; ///< or new
    std::vector<std::string> gone;
    [[nodiscard]] bool none() const noexcept { return changed.empty() && gone.empty(); }
};

/// Walks the folder and compares it with the index; marks in the index what the walk has seen. Reads no file. A path
/// that the walk cannot look at counts as unchanged, with all below it, and is told.
[[nodiscard]] inline ss::result<local_changes> find_changes(tree& folder, file_index& index, console& out) {
    local_changes found;
    std::set<std::string, std::less<>> unseen;
    for (auto& [path, file] : index.files()) file.seen = false;
    std::uint64_t count = 0;
    auto walked = folder.walk(
        [&](const std::string& path, const file_facts& facts) {
            out.progress("scanning", ++count, 0);
            if (facts.kind == file_kind::special) return out.note(path, "skipped: a socket, pipe or device");
            const auto known = index.files().find(path);
            if (known != index.files().end()) {
                known->second.seen = true;
                if (known->second.facts.untouched(facts)) return;
            }
            found.changed.push_back({path, facts});
        },
        [&](const std::string& path, const ss::failure& why) {
            if (why == ss::errc::invalid_id) {
                out.note(path, "is not synced: " + why.detail() + "; rename it", exit_code::refused);
            } else if (why != ss::errc::not_found) {
                out.complain(why.during("read folder"), exit_code::unusable);
            }
            unseen.insert(path);
        });
    if (!walked) return std::move(walked).error();
    const auto hidden = [&](std::string_view path) {
        for (; !path.empty(); path = folder_of(path)) {
            if (unseen.contains(path)) return true;
        }
        return unseen.contains(path);
    };
    for (const auto& [path, file] : index.files()) {
        if (!file.seen && (unseen.empty() || !hidden(path))) found.gone.push_back(path);
    }
    return found;
}

} // namespace cli

#endif
