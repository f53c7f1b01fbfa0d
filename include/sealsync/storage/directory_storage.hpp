#ifndef SEALSYNC_STORAGE_DIRECTORY_STORAGE_HPP
#define SEALSYNC_STORAGE_DIRECTORY_STORAGE_HPP

#include "../fwd.hpp"
#include "directory/directory_get.hpp"
#include "directory/directory_listing.hpp"
#include "directory/directory_put.hpp"
#include "posix_files.hpp"
#include "storage.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI {

struct directory_options {
    /// Make the folder if it is missing. Off, because a missing folder is more often a disk that is not mounted.
    bool create = false;
    /// Another program carries the folder between machines (Syncthing, Dropbox): "missing" may mean "not yet here",
    /// and conditional writes hold among the processes of one machine only.
    bool eventual = false;
    /// Reads and writes the files of large batches at once, on its threads. Sinks and sources stay on the caller's.
    std::shared_ptr<executor> workers{};
};

/// Objects as files below a folder, shared by any number of processes. A put is durable when it is reported, and no
/// file is ever seen under its name unless it is whole. Conditional writes are full wherever the file system locks
/// files; where it cannot, writes fail with `errc::unsupported`. The folder `.sealsync` inside is the store's own.
///
/// Thread-safe: it holds nothing between calls. Copies are the same store. Two keys that differ only in what the
/// file system ignores (upper and lower case on some) are one object, as on any program's files.
template <class Files>
class basic_directory_storage {
public:
    using files_type = Files;

    explicit basic_directory_storage(std::filesystem::path folder, directory_options options = {}, Files files = {})
        : path_{std::move(folder)}, options_{options}, files_{std::move(files)} {}

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        const site here{files_, path_, *root, options_.workers.get()};
        return detail::directory_get<Files>{here, ops, got}.run(call);
    }

    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        if (ops.empty()) return {};
        const site here{files_, path_, *root, options_.workers.get()};
        return detail::directory_put<Files>{here, ops, stored}.run(call);
    }

    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        if (keys.empty()) return {};
        const site here{files_, path_, *root, options_.workers.get()};
        // Alone, so that no put is between finding a folder and naming a file in it when the folder goes.
        const auto lock = detail::lock_names(here, lock_mode::exclusive, call);
        if (!lock) return lock.error();
        return remove_all(here, keys, removed, call);
    }

    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        if (call.stop.stop_requested()) return detail::stopped(query.prefix);
        const site here{files_, path_, *root, options_.workers.get()};
        return detail::directory_listing<Files>{here, query, call}.run();
    }

    /// Looks for the folder, writes nothing.
    [[nodiscard]] result<storage_capabilities> probe(const call_context&) {
        const auto root = open_root();
        if (!root) return root.error();
        const auto writes = options_.eventual ? conditional_writes::untrusted : conditional_writes::full;
        return storage_capabilities{writes, options_.eventual};
    }

private:
    using handle = typename Files::handle;
    using site = detail::directory_site<Files>;
    using walker = detail::directory_walker<Files>;

    /// In every call anew, so that a disk that was taken away and brought back is found again.
    [[nodiscard]] result<handle> open_root() const {
        handle root;
        auto error = files_.open_root(path_, root);
        if (error == std::errc::no_such_file_or_directory && options_.create) {
            error = files_.make_root(path_);
            if (!error) error = files_.open_root(path_, root);
        }
        if (!error) return root;
        if (error == std::errc::no_such_file_or_directory) {
            return failure{errc::unavailable, path_.string(), "no such folder: mount its disk, or create it"};
        }
        if (error == std::errc::not_a_directory) {
            return failure{errc::invalid_argument, path_.string(), "not a folder"};
        }
        return failure{detail::errc_of(error), path_.string(), error.message()};
    }

    /// Reported only when durable: a removal that a power cut takes back was none.
    [[nodiscard]] static result<void> remove_all(const site& here, std::span<const object_key> keys,
                                                 remove_sink removed, const call_context& call) {
        walker finder{here};
        detail::touched_folders touched;
        detail::list<std::size_t> gone;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(keys[i].text());
            if (auto done = remove_one(here, finder, keys[i], touched); done) {
                gone.push_back(i);
            } else {
                removed(i, std::move(done));
            }
        }
        prune(here, touched);
        if (auto durable = touched.sync(here, detail::directory_put<Files>::singly_max); !durable) return durable;
        for (const auto i : gone) removed(i, result<void>{});
        return {};
    }

    [[nodiscard]] static result<void> remove_one(const site& here, walker& finder, const object_key& key,
                                                 detail::touched_folders& touched) {
        if (detail::reserved(key.text())) return detail::reserved_key(key);
        const auto path = detail::folder_of(key.text());
        const handle* folder = nullptr;
        auto error = finder.enter(path, walker::if_missing::fail, folder);
        if (!error) error = here.files.remove_file(*folder, detail::name_of(key.text()));
        if (folder != nullptr)
            touched.add(path); // also if it is missing: whoever removed it may have died before syncing
        file_facts found;
        const bool is_folder = error && folder != nullptr &&
                               !here.files.facts_at(*folder, detail::name_of(key.text()), found) &&
                               found.kind == file_kind::directory;
        if (!error || detail::is_missing(error) || is_folder) return {}; // no object has the name
        return here.failed(error, key.text());
    }

    /// Folders that are empty now; those that are not refuse.
    static void prune(const site& here, detail::touched_folders& touched) {
        walker finder{here};
        touched.forget_if([&](const std::string& path) {
            const handle* parent = nullptr;
            if (finder.enter(detail::folder_of(path), walker::if_missing::fail, parent)) return false;
            return !here.files.remove_directory(*parent, detail::name_of(path));
        });
    }

    std::filesystem::path path_;
    directory_options options_;
    [[no_unique_address]] Files files_;
};

static_assert(storage<directory_storage>);

}} // namespace sealsync

#endif
