#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_WRITER_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_WRITER_HPP

#include "first_use_index.hpp"
#include "number_bytes.hpp"
#include "row.hpp"
#include "writer.hpp"

#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Makes rows of valid changes, and the tables that rows refer to: each collection, device and run once, in the order
/// of first use. `begin`: what the first timestamp is told from. `device`: is number 0 without standing in the table.
class row_writer {
public:
    row_writer(stamp begin, const device_id& device) : timestamp_{static_cast<std::uint64_t>(begin.nanoseconds)} {
        (void)devices_.index_of(device.text());
    }

    void add(const change& c) {
        control_ = row_fields::shape.put(static_cast<std::uint32_t>(shape_of(c))) |
                   row_fields::action.put(static_cast<std::uint32_t>(c.action));
        used_ = 4;
        const auto timestamp = static_cast<std::uint64_t>(c.timestamp.nanoseconds);
        put(row_fields::timestamp, zigzag(timestamp - std::exchange(timestamp_, timestamp)));
        put(row_fields::n, zigzag(c.dot.n - (std::exchange(n_, c.dot.n) + 1)));
        put(row_fields::version, c.version);
        put(row_fields::size, c.size);
        put_index(row_fields::collection, collections_.index_of(c.collection.text()));
        put_index(row_fields::device, devices_.index_of(c.device.text()));
        put_index(row_fields::run, index_of(c.dot.run));
        add_replaced(c);
        if (has_extras(c)) control_ |= row_fields::extras.put(1);
        store_le(row_.data(), control_, 4);
        rows_.raw(std::span{row_}.first(used_));
        add_id(c);
        if (c.stored) rows_.raw(c.stored->value);
        if (c.replaces.size() > 1) add_several(c);
        if (has_extras(c)) add_extras(c);
    }

    /// False if there are more collections, devices or runs than a row can refer to.
    [[nodiscard]] bool complete() const noexcept { return !over_; }

    using table = list<const std::string*>;
    [[nodiscard]] const table& collections() const noexcept { return collections_.ids(); }
    [[nodiscard]] const table& devices() const noexcept { return devices_.ids(); }
    [[nodiscard]] const table& runs() const noexcept { return runs_.ids(); } ///< 16 bytes each
    [[nodiscard]] bytes_view rows() const noexcept { return rows_.view(); }

private:
    [[nodiscard]] std::uint64_t index_of(const run_id& run) { return runs_.index_of(as_text(std::span{run.value})); }
    [[nodiscard]] static row_shape shape_of(const change& c) {
        if (c.type == change_type::profile) return row_shape::profile;
        if (c.type == change_type::attachment) return row_shape::attachment;
        const auto size = hex_bytes{c.id.text()}.view().size();
        if (size == 0) return row_shape::record_text;
        return size == 16 ? row_shape::record_128 : row_shape::record_256;
    }
    [[nodiscard]] static bool has_extras(const change& c) {
        return !c.attachments.empty() || !c.filename.empty() || !c.media_type.empty() || c.packed ||
               c.merge != merge_kind::none;
    }

    void put(row_field length, std::uint64_t value) {
        const auto count = number_bytes(value);
        control_ |= length.put(count);
        store_le(row_.data() + used_, value, count);
        used_ += count;
    }
    void put_index(row_field length, std::uint64_t index) {
        if (index > row_index_max) return void(over_ = true);
        put(length, index);
    }

    void add_replaced(const change& c) {
        if (c.replaces.empty()) return;
        if (c.replaces.size() > 1) return say(row_replaces::several);
        const auto& old = c.replaces.front();
        if (old.run == c.dot.run) {
            say(row_replaces::one_of_same_run);
            return put(row_fields::replaced_n, zigzag(c.dot.n - old.n));
        }
        say(row_replaces::one_of_other_run);
        put_index(row_fields::replaced_run, index_of(old.run));
        put(row_fields::replaced_n, old.n);
    }
    void say(row_replaces replaces) { control_ |= row_fields::replaces.put(static_cast<std::uint32_t>(replaces)); }

    void add_id(const change& c) {
        const auto& text = c.id.text();
        if (const hex_bytes id{text}; !id.view().empty()) return rows_.raw(id.view());
        if (c.type == change_type::record) compact_writer::put_id(rows_, text);
    }
    void add_several(const change& c) {
        rows_.number(c.replaces.size());
        for (const auto& old : c.replaces) {
            rows_.number(index_of(old.run));
            rows_.number(old.n);
        }
    }
    void add_extras(const change& c) {
        rows_.byte(static_cast<std::uint8_t>(
            (c.attachments.empty() ? 0 : extra_attachments) | (c.filename.empty() ? 0 : extra_filename) |
            (c.media_type.empty() ? 0 : extra_media_type) | (c.packed ? extra_packed : 0) |
            (c.merge == merge_kind::none ? 0 : extra_merge)));
        if (!c.attachments.empty()) rows_.number(c.attachments.size());
        for (const auto& id : c.attachments) {
            const hex_bytes raw{id.text()};
            SEALSYNC_ASSERT(raw.view().size() == 32);
            rows_.raw(raw.view());
        }
        if (!c.filename.empty()) rows_.counted(c.filename);
        if (!c.media_type.empty()) rows_.counted(c.media_type);
        if (c.packed) {
            rows_.counted(c.packed->object);
            rows_.number(c.packed->offset);
            rows_.number(c.packed->length);
        }
        if (c.merge != merge_kind::none) rows_.byte(static_cast<std::uint8_t>(c.merge));
    }

    first_use_index collections_, devices_, runs_;
    std::uint64_t timestamp_, n_ = 0;
    std::array<std::byte, row_fixed_bytes_max> row_{};
    std::uint32_t control_ = 0;
    std::size_t used_ = 0;
    bool over_ = false;
    wire_writer rows_;
};

/// The number of rows, the tables, the rows.
inline void write_rows(compact_writer& out, const row_writer& rows, std::size_t count) {
    if (!rows.complete()) out.fail(errc::too_large, "over 2^24 collections, devices or runs");
    out.count(count);
    out.count(rows.collections().size());
    for (const auto* each : rows.collections()) out.id(*each);
    out.count(rows.devices().size() - 1);
    for (std::size_t i = 1; i < rows.devices().size(); ++i) out.id(*rows.devices()[i]);
    out.count(rows.runs().size());
    for (const auto* each : rows.runs()) out.raw(*each);
    out.raw(rows.rows());
}

}}} // namespace sealsync::detail

#endif
