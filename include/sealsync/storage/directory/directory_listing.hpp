#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_LISTING_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_LISTING_HPP

#include "../byte_slice.hpp"
#include "directory_site.hpp"

#include <algorithm>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One page of keys in the order of their bytes. Within a folder that is the order of the names, those of folders
/// with their slash: `a-b` and `a.b` come before what is in `a`. Never more than a few thousand names of a folder
/// are held: of larger ones the smallest are picked, and the folder is read again for the next.
template <class Files>
class directory_listing {
public:
    directory_listing(const directory_site<Files>& site, const list_query& query, const call_context& call)
        : site_{site},
          walker_{site},
          query_{query},
          call_{call},
          limit_{std::clamp<std::size_t>(query.limit, 1, page_max)} {}

    [[nodiscard]] result<list_page> run() && {
        const auto slash = query_.prefix.rfind('/');
        const auto start = slash == std::string::npos ? std::string{} : query_.prefix.substr(0, slash + 1);
        if (!walkable(start) || reserved(start)) return std::move(page_);
        if (auto done = walk(start, 0); !done) return std::move(done).error();
        return std::move(page_);
    }

private:
    static constexpr std::size_t page_max = 10'000;
    static constexpr std::size_t names_max = 4096;
    /// Keys have at most 512 parts; deeper folders hold none.
    static constexpr std::size_t depth_max = 512;

    /// `below` is empty or ends with a slash.
    [[nodiscard]] result<void> walk(const std::string& below, std::size_t depth) {
        for (std::string last;;) {
            auto names = next_names(below, last);
            if (!names) return std::move(names).error();
            for (auto& path : *names) {
                if (call_.stop.stop_requested()) return stopped(query_.prefix);
                auto done = !path.ends_with('/') ? add(path)
                            : depth < depth_max  ? walk(path, depth + 1)
                                                 : result<void>{};
                if (!done || page_.more) return done;
                last = std::move(path);
            }
            if (names->size() < names_max) return {};
        }
    }

    /// The smallest paths in a folder that are greater than `last` and can matter, ascending.
    [[nodiscard]] result<std::vector<std::string>> next_names(const std::string& below, const std::string& last) {
        std::vector<std::string> names;
        const typename Files::handle* folder = nullptr;
        const std::string_view path{below.data(), below.empty() ? 0 : below.size() - 1};
        auto error = walker_.enter(path, directory_walker<Files>::if_missing::fail, folder);
        if (is_missing(error) || error == std::errc::too_many_symbolic_link_levels) return names;
        bool picked = false; // then the first `names_max` are in order, and nothing after them is wanted
        const auto keep = [&](std::string_view name, file_kind kind) {
            if (kind == file_kind::other || (below.empty() && reserved(name))) return;
            auto candidate = below;
            candidate.append(name).append(kind == file_kind::directory ? "/" : "");
            if (candidate <= last || !can_matter(candidate)) return;
            if (picked && candidate > names[names_max - 1]) return;
            names.push_back(std::move(candidate));
            if (names.size() < 2 * names_max) return;
            keep_smallest(names);
            picked = true;
        };
        if (!error) error = site_.files.read_directory(*folder, keep);
        if (error) return site_.failed(error, below);
        keep_smallest(names);
        return names;
    }

    static void keep_smallest(std::vector<std::string>& names) {
        sort_stably(names, [](const std::string& left, const std::string& right) { return left < right; });
        if (names.size() > names_max) names.resize(names_max);
    }

    /// A file must be in the listing; a folder may only have something in it that is.
    [[nodiscard]] bool can_matter(const std::string& path) const noexcept {
        const bool folder = path.ends_with('/');
        const bool matches = path.starts_with(query_.prefix) || (folder && query_.prefix.starts_with(path));
        return matches && (path > query_.after || (folder && query_.after.starts_with(path)));
    }

    [[nodiscard]] result<void> add(const std::string& key) {
        const typename Files::handle* folder = nullptr;
        file_facts facts;
        auto error = walker_.enter(folder_of(key), directory_walker<Files>::if_missing::fail, folder);
        if (!error) error = site_.files.facts_at(*folder, name_of(key), facts);
        if (is_missing(error)) return {}; // removed meanwhile
        if (error) return site_.failed(error, key);
        if (page_.entries.size() == limit_) {
            page_.more = true;
        } else {
            page_.entries.push_back({key, facts.size, facts.modified});
        }
        return {};
    }

    /// A prefix is any text; only one that could be the beginning of a key is looked up.
    [[nodiscard]] static bool walkable(const std::string& folder) {
        return folder.empty() || object_key::make(folder.substr(0, folder.size() - 1)).has_value();
    }

    const directory_site<Files>& site_;
    directory_walker<Files> walker_;
    const list_query& query_;
    const call_context& call_;
    std::size_t limit_;
    list_page page_;
};

}}} // namespace sealsync::detail

#endif
