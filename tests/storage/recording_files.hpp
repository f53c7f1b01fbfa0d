#ifndef SEALSYNC_TESTS_STORAGE_RECORDING_FILES_HPP
#define SEALSYNC_TESTS_STORAGE_RECORDING_FILES_HPP

#include <sealsync/storage/posix_files.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace storage_tests {

using node_id = std::size_t; ///< a file or folder, whatever its names; 0 is the root
using place = std::pair<node_id, std::string>;

/// A change of the disk, or what the program under test was asked and promised.
struct file_event {
    enum class what { write, name, unname, sync_file, sync_folder, sync_all, asked, promised };

    what kind;
    node_id node = 0;                  ///< written, named or synced
    place at{};                        ///< `name`, `unname`
    std::string key{};                 ///< `asked`, `promised`
    std::optional<std::string> data{}; ///< written; or the object's content, nothing if it is removed
};

/// Which barrier a broken store would leave out.
enum class sabotage { none, bytes, names, root_folder };

struct file_recording {
    sabotage broken = sabotage::none;
    std::vector<file_event> events;
    std::mutex mutex{}; ///< an operation and its record are one step
    std::map<place, node_id> names;
    node_id last_node = 0;

    void set_name(const place& at, node_id node) {
        names[at] = node;
        events.push_back({.kind = file_event::what::name, .node = node, .at = at});
    }
    void drop_name(const place& at) {
        names.erase(at);
        events.push_back({.kind = file_event::what::unname, .at = at});
    }
};

/// Works on real files, and records every operation that changes the disk or makes a change durable. Thread-safe.
class recording_files {
public:
    class handle {
    public:
        std::error_code close() { return real.close(); }
        sealsync::posix_files::handle real;
        node_id node = 0;
    };
    static constexpr bool syncs_all = true;

    recording_files() = default;
    explicit recording_files(std::shared_ptr<file_recording> recording) : recording_{std::move(recording)} {}

    std::error_code open_root(const std::filesystem::path& path, handle& out) const {
        out.node = 0;
        return files_.open_root(path, out.real);
    }
    std::error_code make_root(const std::filesystem::path& path) const { return files_.make_root(path); }
    std::error_code open_directory(const handle& parent, const char* name, handle& out) const {
        return known(files_.open_directory(parent.real, name, out.real), parent, name, out);
    }
    std::error_code open_file(const handle& parent, const char* name, handle& out) const {
        return known(files_.open_file(parent.real, name, out.real), parent, name, out);
    }
    std::error_code make_directory(const handle& parent, const char* name) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto error = files_.make_directory(parent.real, name);
        if (!error) recording_->set_name({parent.node, name}, ++recording_->last_node);
        return error;
    }
    std::error_code create_file(const handle& parent, const char* name, handle& out) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto error = files_.create_file(parent.real, name, out.real);
        if (!error) recording_->set_name({parent.node, name}, out.node = ++recording_->last_node);
        return error;
    }
    std::error_code open_lock(const handle& parent, const char* name, handle& out) const {
        return files_.open_lock(parent.real, name, out.real);
    }
    std::error_code try_lock(const handle& file, sealsync::lock_mode mode) const {
        return files_.try_lock(file.real, mode);
    }
    std::error_code facts_of(const handle& file, sealsync::file_facts& out) const {
        return files_.facts_of(file.real, out);
    }
    std::error_code facts_at(const handle& parent, const char* name, sealsync::file_facts& out) const {
        return files_.facts_at(parent.real, name, out);
    }
    std::error_code read(const handle& file, std::uint64_t offset, std::span<std::byte> out, std::size_t& count) const {
        return files_.read(file.real, offset, out, count);
    }
    std::error_code read_directory(const handle& parent, sealsync::posix_files::entry_visitor visit) const {
        return files_.read_directory(parent.real, visit);
    }
    void pause() const { files_.pause(); }

    std::error_code write(const handle& file, sealsync::bytes_view data) const {
        const std::scoped_lock lock{recording_->mutex};
        recording_->events.push_back(
            {.kind = file_event::what::write, .node = file.node, .data = std::string{sealsync::as_text(data)}});
        return files_.write(file.real, data);
    }
    void start_write_back(const handle& file) const { files_.start_write_back(file.real); }
    std::error_code sync_file(const handle& file) const {
        const std::scoped_lock lock{recording_->mutex};
        if (recording_->broken != sabotage::bytes) record(file_event::what::sync_file, file.node);
        return {};
    }
    std::error_code sync_directory(const handle& folder) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto broken = recording_->broken;
        const bool skipped = broken == sabotage::names || (broken == sabotage::root_folder && folder.node == 0);
        if (!skipped) record(file_event::what::sync_folder, folder.node);
        return {};
    }
    /// The barrier for bytes is asked for on the folder that holds them, the one for names on the root.
    std::error_code sync_all(const handle& folder) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto barrier = folder.node == 0 ? sabotage::names : sabotage::bytes;
        if (recording_->broken != barrier) record(file_event::what::sync_all, folder.node);
        return {};
    }

    std::error_code rename(const handle& from, const char* name, const handle& to, const char* new_name) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto error = files_.rename(from.real, name, to.real, new_name);
        if (error) return error;
        recording_->set_name({to.node, new_name}, recording_->names.at({from.node, name}));
        recording_->drop_name({from.node, name});
        return {};
    }
    std::error_code link(const handle& from, const char* name, const handle& to, const char* new_name) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto error = files_.link(from.real, name, to.real, new_name);
        if (!error) recording_->set_name({to.node, new_name}, recording_->names.at({from.node, name}));
        return error;
    }
    std::error_code remove_file(const handle& parent, const char* name) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto error = files_.remove_file(parent.real, name);
        if (!error) recording_->drop_name({parent.node, name});
        return error;
    }
    std::error_code remove_directory(const handle& parent, const char* name) const {
        const std::scoped_lock lock{recording_->mutex};
        const auto error = files_.remove_directory(parent.real, name);
        if (!error) recording_->drop_name({parent.node, name});
        return error;
    }

private:
    std::error_code known(std::error_code error, const handle& parent, const char* name, handle& out) const {
        const std::scoped_lock lock{recording_->mutex};
        if (!error) out.node = recording_->names.at({parent.node, name});
        return error;
    }
    void record(file_event::what kind, node_id node) const {
        recording_->events.push_back({.kind = kind, .node = node});
    }

    sealsync::posix_files files_;
    std::shared_ptr<file_recording> recording_ = std::make_shared<file_recording>();
};

} // namespace storage_tests

#endif
