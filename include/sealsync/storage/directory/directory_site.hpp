#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_SITE_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_SITE_HPP

#include "../../detail/content_hash.hpp"
#include "../../detail/list.hpp"
#include "../../detail/ranges.hpp"
#include "../../executor.hpp"
#include "../file_facts.hpp"
#include "../operations.hpp"

#include <cerrno>
#include <filesystem>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The store's own folder for locks and unfinished files: never listed, and no key may begin with it.
inline constexpr const char* reserved_folder = ".sealsync";

/// In any mix of cases, because some file systems do not tell them apart.
[[nodiscard]] inline bool reserved(std::string_view key) noexcept {
    const std::string_view name{reserved_folder};
    const auto first = key.substr(0, key.find('/'));
    if (first.size() != name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = first[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != name[i]) return false;
    }
    return true;
}
[[nodiscard]] inline failure reserved_key(const object_key& key) {
    return failure{errc::invalid_key, key.text(), "'.sealsync' belongs to the store itself"};
}

[[nodiscard]] inline std::string_view folder_of(std::string_view key) noexcept {
    const auto slash = key.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : key.substr(0, slash);
}
/// The last part of a key; it ends where the key does, so that it can be given to the operating system as it is.
[[nodiscard]] inline const char* name_of(const std::string& key) noexcept {
    return key.c_str() + (key.rfind('/') == std::string::npos ? 0 : key.rfind('/') + 1);
}
/// Whether a folder, not the root, is `path` or above it.
[[nodiscard]] inline bool holds(std::string_view folder, std::string_view path) noexcept {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

[[nodiscard]] inline errc errc_of(const std::error_code& error) noexcept {
#ifdef EDQUOT
    if (error == std::error_code{EDQUOT, std::generic_category()}) return errc::no_space;
#endif
    if (error == std::errc::no_space_on_device) return errc::no_space;
    if (error == std::errc::read_only_file_system) return errc::read_only;
    if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted)
        return errc::access_denied;
    if (error == std::errc::too_many_symbolic_link_levels) return errc::access_denied;
    if (error == std::errc::file_too_large) return errc::too_large;
    if (error == std::errc::filename_too_long) return errc::invalid_key;
    for (const auto lacking : {std::errc::no_lock_available, std::errc::not_supported,
                               std::errc::operation_not_supported, std::errc::function_not_supported}) {
        if (error == lacking) return errc::unsupported;
    }
    return errc::io_error;
}

[[nodiscard]] inline bool is_missing(const std::error_code& error) noexcept {
    return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

template <class Files>
[[nodiscard]] std::error_code open_or_make(const Files& files, const typename Files::handle& parent, const char* name,
                                           typename Files::handle& out) {
    const auto error = files.open_directory(parent, name, out);
    if (error != std::errc::no_such_file_or_directory) return error;
    const auto made = files.make_directory(parent, name);
    if (made && made != std::errc::file_exists) return made; // somebody else making it now is just as well
    return files.open_directory(parent, name, out);
}

/// An opened store: what every part of `basic_directory_storage` works on during one call.
template <class Files>
struct directory_site {
    using handle = typename Files::handle;

    const Files& files;
    const std::filesystem::path& path;
    const handle& root;
    executor* workers = nullptr; ///< none: the calling thread

    [[nodiscard]] std::size_t width() const noexcept { return workers == nullptr ? 1 : workers->width(); }
    /// `f(0)` on the calling thread, the others wherever there is one.
    void run(std::size_t count, function_ref<void(std::size_t)> f) const {
        workers == nullptr ? calling_thread{}.run(count, f) : workers->run(count, f);
    }

    [[nodiscard]] failure failed(const std::error_code& error, std::string_view object) const {
        const bool link = error == std::errc::too_many_symbolic_link_levels;
        auto place = path.string();
        if (!place.ends_with('/')) place += '/';
        return failure{errc_of(error), place.append(object),
                       link ? "a symbolic link, which is never followed" : error.message()};
    }
};

/// The open folders along the path used last. Neighbouring keys share them, so that most need no lookup at all.
template <class Files>
class directory_walker {
public:
    using handle = typename Files::handle;
    enum class if_missing { fail, make };

    explicit directory_walker(const directory_site<Files>& site) : site_{&site} {}

    /// `out` is valid until the next call.
    [[nodiscard]] std::error_code enter(std::string_view folder, if_missing missing, const handle*& out) {
        while (!chain_.empty() && !holds(chain_.back().path, folder)) chain_.pop_back();
        auto done = chain_.empty() ? 0 : chain_.back().path.size();
        while (done < folder.size()) {
            const auto start = done == 0 ? 0 : done + 1;
            done = (std::min)(folder.find('/', start), folder.size());
            const std::string name{folder.substr(start, done - start)};
            handle next;
            if (auto error = step(name.c_str(), missing, next)) return error;
            chain_.push_back({std::string{folder.substr(0, done)}, std::move(next)});
        }
        out = &top();
        return {};
    }

private:
    struct level {
        std::string path;
        handle folder;
    };

    [[nodiscard]] const handle& top() const noexcept { return chain_.empty() ? site_->root : chain_.back().folder; }

    [[nodiscard]] std::error_code step(const char* name, if_missing missing, handle& next) const {
        const auto& files = site_->files;
        const auto error = missing == if_missing::make ? open_or_make(files, top(), name, next)
                                                       : files.open_directory(top(), name, next);
        // Systems disagree on what they call a symbolic link in the place of a folder.
        file_facts found;
        if (error != std::errc::not_a_directory || files.facts_at(top(), name, found)) return error;
        return found.kind == file_kind::other ? make_error_code(std::errc::too_many_symbolic_link_levels) : error;
    }

    const directory_site<Files>* site_;
    list<level> chain_;
};

/// The folders whose entries a batch relies on, up to the root. An ancestor that was there already counts too: the
/// process that made it may not have made it durable.
class touched_folders {
public:
    void add(std::string_view folder) {
        if (paths_.empty()) paths_.push_back({}); // the root
        for (auto path = folder; !path.empty() && !holds(path, last_); path = folder_of(path)) {
            paths_.push_back(std::string{path});
            in_order_ = false;
        }
        last_ = folder;
    }

    /// Ascending, each once.
    [[nodiscard]] const std::vector<std::string>& paths() {
        if (!std::exchange(in_order_, true)) sort_unique(paths_);
        return paths_;
    }

    /// Forgets what `gone(path)` is true of. It is asked about every folder but the root, after what is in it.
    template <class Predicate>
    void forget_if(Predicate&& gone) {
        std::vector<std::string> kept;
        const auto& all = paths();
        for (auto i = all.size(); i-- > 0;) {
            if (all[i].empty() || !gone(all[i])) kept.push_back(all[i]);
        }
        paths_ = std::move(kept);
        last_.clear();
        in_order_ = false;
    }

    /// Makes every entry durable: folder by folder, or all at once where that is cheaper.
    template <class Files>
    [[nodiscard]] result<void> sync(const directory_site<Files>& site, std::size_t singly_max) {
        const auto& folders = paths();
        if (Files::syncs_all && folders.size() > singly_max) {
            const auto error = site.files.sync_all(site.root);
            return error ? site.failed(error, {}) : result<void>{};
        }
        directory_walker<Files> walker{site};
        for (const auto& path : folders) {
            const typename Files::handle* folder = nullptr;
            auto error = walker.enter(path, directory_walker<Files>::if_missing::fail, folder);
            if (!error) error = site.files.sync_directory(*folder);
            if (error) return site.failed(error, path);
        }
        return {};
    }

private:
    std::vector<std::string> paths_; ///< some more than once, until they are in order
    bool in_order_ = true;
    std::string last_; ///< added; what is above it is there too
};

}}} // namespace sealsync::detail

#endif
