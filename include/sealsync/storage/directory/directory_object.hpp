#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_OBJECT_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_OBJECT_HPP

#include "../byte_slice.hpp"
#include "directory_site.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Up to this size the etag is a hash of the whole content: inodes are used again and clocks tick slowly, so that
/// nothing else tells two small files apart for sure. It also bounds the buffers of streams.
inline constexpr std::size_t whole_etag_max = std::size_t{1} << 20U;

[[nodiscard]] inline result<void> demand_regular(const file_facts& facts, const object_key& key) {
    if (facts.kind == file_kind::directory) return failure{errc::not_found, key.text(), "a folder has this name"};
    if (facts.kind == file_kind::other) return failure{errc::access_denied, key.text(), "not a regular file"};
    return {};
}

/// A file's bytes from `offset` on; fewer than asked for means that another program cut it while it was read.
template <class Files>
[[nodiscard]] result<bytes> read_exactly(const directory_site<Files>& site, const typename Files::handle& file,
                                         byte_range part, const object_key& key) {
    bytes content(static_cast<std::size_t>(part.length));
    std::size_t count = 0;
    if (const auto error = site.files.read(file, part.offset, content, count)) return site.failed(error, key.text());
    if (count == content.size()) return content;
    return failure{errc::io_error, key.text(), "the file became shorter while it was read"};
}

/// The etag of a file over `whole_etag_max`: where it is, when it was written, how it begins and ends.
template <class Files>
[[nodiscard]] result<std::string> etag_of_large(const directory_site<Files>& site, const typename Files::handle& file,
                                                const file_facts& facts, const object_key& key) {
    constexpr std::uint64_t sample = 4096;
    auto content = read_exactly(site, file, {0, sample}, key);
    if (!content) return std::move(content).error();
    const auto end = read_exactly(site, file, {facts.size - sample, sample}, key);
    if (!end) return end.error();
    append(*content, *end);
    const std::array<std::uint64_t, 3> numbers{facts.size, facts.number,
                                               static_cast<std::uint64_t>(facts.modified.time_since_epoch().count())};
    append(*content, bytes_view{std::as_bytes(std::span{numbers})});
    return content_etag(*content);
}

/// An object opened for reading, with everything a reply says about it.
template <class Files>
struct directory_object {
    using handle = typename Files::handle;

    handle file;
    file_facts facts;
    std::string etag;
    bytes content; ///< the whole of it, if it is small

    /// Fails with `errc::not_found` if nothing, or a folder, has the name.
    [[nodiscard]] static result<directory_object> open(const directory_site<Files>& site, const handle& folder,
                                                       const object_key& key) {
        directory_object found;
        if (const auto error = site.files.open_file(folder, name_of(key.text()), found.file)) {
            return is_missing(error) ? failure{errc::not_found, key.text()} : site.failed(error, key.text());
        }
        if (const auto error = site.files.facts_of(found.file, found.facts)) return site.failed(error, key.text());
        if (auto regular = demand_regular(found.facts, key); !regular) return std::move(regular).error();
        if (found.facts.size > whole_etag_max) {
            auto etag = etag_of_large(site, found.file, found.facts, key);
            if (!etag) return std::move(etag).error();
            found.etag = *std::move(etag);
            return found;
        }
        auto content = read_exactly(site, found.file, {0, found.facts.size}, key);
        if (!content) return std::move(content).error();
        found.content = *std::move(content);
        found.etag = content_etag(found.content);
        return found;
    }

    [[nodiscard]] result<get_reply> reply(const directory_site<Files>& site, const get_op& op) && {
        get_reply made;
        made.etag = std::move(etag);
        made.last_modified = facts.modified;
        made.not_modified = !op.if_none_match.empty() && op.if_none_match == made.etag;
        if (made.not_modified) return made;
        made.size = facts.size;
        if (op.part == get_part::details) return made;
        const auto wanted = wanted_range(op, facts.size);
        if (wanted.length > op.size_max) return too_large(op, wanted.length);
        if (facts.size > whole_etag_max) {
            auto body = read_exactly(site, file, wanted, op.key);
            if (!body) return std::move(body).error();
            made.body = *std::move(body);
        } else if (wanted.length == facts.size) {
            made.body = std::move(content);
        } else {
            made.body = to_bytes(bytes_view{content}.subview(static_cast<std::size_t>(wanted.offset),
                                                             static_cast<std::size_t>(wanted.length)));
        }
        return made;
    }
};

}}} // namespace sealsync::detail

#endif
