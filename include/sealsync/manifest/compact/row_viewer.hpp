#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_VIEWER_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_VIEWER_HPP

#include "number_bytes.hpp"
#include "row.hpp"
#include "tables.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The hex digits of four bytes at a time, in one register each: an id is written out for every row that is viewed.
inline void put_hex(bytes_view raw, char* out) noexcept {
    for (std::size_t i = 0; i + 4 <= raw.size(); i += 4, out += 8) {
        std::uint64_t x = load_le32(raw.data() + i);
        x = (x | x << 16U) & 0x0000ffff0000ffff;
        x = (x | x << 8U) & 0x00ff00ff00ff00ff;
        const auto nibbles = (x >> 4U | x << 8U) & 0x0f0f0f0f0f0f0f0f;
        const auto letters = (nibbles + 0x0606060606060606) >> 4U & 0x0101010101010101;
        store_le64(reinterpret_cast<std::byte*>(out), nibbles + 0x3030303030303030 + letters * ('a' - '0' - 10));
    }
}

/// Shows rows as changes. Nothing is allocated once it has grown; each view is valid until the next.
class row_viewer {
public:
    [[nodiscard]] change_view operator()(const compact_row& row, const compact_tables& tables) {
        replaces_.clear();
        for (const auto& old : row.replaces) replaces_.push_back({tables.run(old.run), old.n});
        change_view view{.type = row.type(),
                         .collection = tables.collections[row.collection].text(),
                         .id = id_of(row),
                         .version = row.version,
                         .timestamp = {row.timestamp},
                         .device = tables.devices[row.device].text(),
                         .action = row.action,
                         .dot = {tables.run(row.run), row.n},
                         .replaces = {replaces_.data(), replaces_.size()},
                         .size = row.size};
        if (row.stored != nullptr) std::memcpy(view.stored.emplace().value.data(), row.stored, 32);
        if (row.extras != nullptr) add(view, *row.extras);
        return view;
    }

private:
    [[nodiscard]] std::string_view id_of(const compact_row& row) {
        if (row.shape == row_shape::record_text) return as_text(row.id);
        put_hex(row.id, id_.data());
        return {id_.data(), row.id.size() * 2};
    }
    void add(change_view& view, const compact_extras& extras) {
        const auto& ids = extras.attachments;
        digits_.resize(ids.size() * 2);
        put_hex(ids, digits_.data());
        attachments_.clear();
        for (std::size_t at = 0; at < digits_.size(); at += 64) attachments_.push_back({digits_.data() + at, 64});
        view.attachments = {attachments_.data(), attachments_.size()};
        view.filename = extras.filename;
        view.media_type = extras.media_type;
        view.packed = extras.packed;
        view.merge = extras.merge;
    }

    std::array<char, 64> id_{};
    std::vector<dot> replaces_;
    std::string digits_;
    list<std::string_view> attachments_;
};

}}} // namespace sealsync::detail

#endif
