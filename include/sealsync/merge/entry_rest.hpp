#ifndef SEALSYNC_MERGE_ENTRY_REST_HPP
#define SEALSYNC_MERGE_ENTRY_REST_HPP

#include "../manifest/change_view.hpp"
#include "text_index.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A dot whose run is an index.
struct indexed_dot {
    std::uint64_t n = 0;
    std::uint32_t run = 0;
    std::uint32_t unused = 0;
};

/// What few changes have, in one block: this, then the dots, the digests and the texts that it counts.
struct rest_header {
    std::uint32_t bytes = 0; ///< of the whole block
    std::uint32_t dots = 0;  ///< replaced beside the first
    std::uint32_t attachments = 0;
    std::uint32_t id = 0; ///< bytes of a long id; else 0
    std::uint32_t filename = 0;
    std::uint32_t media_type = 0;
    std::uint32_t packed_object = 0; ///< 0: not packed
    std::uint32_t merge = 0;         ///< as `merge_kind`
    std::uint64_t packed_offset = 0;
    std::uint64_t packed_length = 0;
};

/// Reads a block. Valid as long as the block.
class rest_view {
public:
    explicit rest_view(const std::byte* block) noexcept : block_{block} {
        std::memcpy(&header_, block, sizeof header_);
    }

    [[nodiscard]] const rest_header& header() const noexcept { return header_; }
    [[nodiscard]] indexed_dot dot(std::size_t i) const noexcept {
        indexed_dot at;
        std::memcpy(&at, block_ + sizeof header_ + i * sizeof at, sizeof at);
        return at;
    }
    [[nodiscard]] digest256 attachment(std::size_t i) const noexcept {
        digest256 at;
        std::memcpy(at.value.data(), block_ + attachments_begin() + i * 32, 32);
        return at;
    }
    [[nodiscard]] std::string_view id() const noexcept { return text(texts_begin(), header_.id); }
    [[nodiscard]] std::string_view filename() const noexcept {
        return text(texts_begin() + header_.id, header_.filename);
    }
    [[nodiscard]] std::string_view media_type() const noexcept {
        return text(texts_begin() + header_.id + header_.filename, header_.media_type);
    }
    [[nodiscard]] std::string_view packed_object() const noexcept {
        return text(texts_begin() + header_.id + header_.filename + header_.media_type, header_.packed_object);
    }

private:
    [[nodiscard]] std::size_t attachments_begin() const noexcept {
        return sizeof header_ + header_.dots * sizeof(indexed_dot);
    }
    [[nodiscard]] std::size_t texts_begin() const noexcept { return attachments_begin() + header_.attachments * 32; }
    [[nodiscard]] std::string_view text(std::size_t begin, std::size_t size) const noexcept {
        return {reinterpret_cast<const char*>(block_ + begin), size};
    }

    const std::byte* block_;
    rest_header header_;
};

/// Appends to `out` the block of what of `view` an entry has no place for. Nothing allocates once `out` has grown.
inline void append_rest(std::vector<std::byte>& out, const change_view& view, bool long_id, repeated_texts& texts) {
    const auto begin = out.size();
    const auto put = [&](const void* from, std::size_t size) {
        const auto* const first = static_cast<const std::byte*>(from);
        out.insert(out.end(), first, first + size);
    };
    const auto put_text = [&](std::string_view text) {
        put(text.data(), text.size());
        return static_cast<std::uint32_t>(text.size());
    };
    rest_header header;
    out.resize(begin + sizeof header);
    for (std::size_t i = 1; i < view.replaces.size(); ++i, ++header.dots) {
        const indexed_dot replaced{view.replaces[i].n, texts.index_of(view.replaces[i].run), 0};
        put(&replaced, sizeof replaced);
    }
    for (const auto attachment : view.attachments) {
        const auto digest = digest256::parse(attachment);
        SEALSYNC_ASSERT(digest);
        put(digest->value.data(), 32);
        ++header.attachments;
    }
    if (long_id) header.id = put_text(view.id);
    header.merge = static_cast<std::uint32_t>(view.merge);
    header.filename = put_text(view.filename);
    header.media_type = put_text(view.media_type);
    if (view.packed) {
        header.packed_object = put_text(view.packed->object);
        header.packed_offset = view.packed->offset;
        header.packed_length = view.packed->length;
    }
    out.resize((out.size() + 15) / 16 * 16);
    header.bytes = static_cast<std::uint32_t>(out.size() - begin);
    std::memcpy(out.data() + begin, &header, sizeof header);
}

}}} // namespace sealsync::detail

#endif
