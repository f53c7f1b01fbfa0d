#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_READER_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_READER_HPP

#include "first_use_index.hpp"
#include "number_bytes.hpp"
#include "row.hpp"
#include "tables.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Reads rows one by one: each is checked by every rule of a change, and for being what a writer makes. Allocates only
/// where a row replaces more than any before. What a row shows is valid until the next is read.
class row_reader {
public:
    /// `offset`: where `rows` begins in the manifest. `tables` and `limits` must outlive the reader.
    row_reader(bytes_view rows, std::size_t offset, const compact_tables& tables, stamp begin,
               const manifest_limits& limits)
        : begin_{rows.data()},
          at_{rows.data()},
          end_{rows.data() + rows.size()},
          offset_{offset},
          left_{tables.rows},
          tables_{tables},
          limits_{limits},
          collections_{tables.collections.size()},
          devices_{tables.devices.size(), 1},
          runs_{tables.run_count()},
          timestamp_{static_cast<std::uint64_t>(begin.nanoseconds)} {}
    row_reader(const row_reader&) = delete; // points into itself
    row_reader& operator=(const row_reader&) = delete;

    /// False at the end, and at a fault: `finish()` tells.
    [[nodiscard]] bool next(compact_row& row);

    /// Success if every row was read, and nothing else is there.
    [[nodiscard]] result<void> finish();

    /// Whether each edit so far is greater than the one before: then none stands twice.
    [[nodiscard]] bool ascending() const noexcept { return ascending_; }

private:
    /// What can be wrong with the fixed part: bits, so that a row has one branch for them all.
    enum fault : std::uint32_t {
        needless_byte = 1U << 0U,
        bad_shape = 1U << 1U,
        bad_time = 1U << 2U,
        bad_n = 1U << 3U,
        bad_version = 1U << 4U,
        bad_size = 1U << 5U,
        bad_index = 1U << 6U,
        bad_replaced = 1U << 7U,
    };
    [[nodiscard]] static std::string reason_of(std::uint32_t faults);

    [[nodiscard]] std::size_t position_of(const std::byte* at) const noexcept {
        return offset_ + static_cast<std::size_t>(at - begin_);
    }
    struct fixed_part;
    [[nodiscard]] std::uint32_t faults_of(const fixed_part& fixed) noexcept;
    [[nodiscard]] bool read_bytes(compact_row& row, const fixed_part& fixed);
    bool fail(errc code, const std::string& reason);
    void copy_tail();
    [[nodiscard]] bool read_text_id(compact_row& row, const std::byte*& at);
    [[nodiscard]] bool read_rest(compact_row& row, const fixed_part& fixed, const std::byte*& at);
    void read_several(compact_reader& in, compact_row& row);
    [[nodiscard]] result<void> check_several(const compact_row& row) const;
    void read_extras(compact_reader& in, const compact_row& row);
    void read_attachments(compact_reader& in);
    void read_text(compact_reader& in, std::string_view what, std::string_view& text);
    void read_packed(compact_reader& in);
    void read_merge(compact_reader& in);

    const std::byte *begin_, *at_, *end_;
    std::size_t offset_, left_;
    const compact_tables& tables_;
    const manifest_limits& limits_;
    first_use_check collections_, devices_, runs_;
    std::uint64_t timestamp_, n_ = 0;
    std::uint32_t run_ = 0;
    bool ascending_ = true, in_tail_ = false;
    result<void> ok_; ///< or the first fault
    row_dot replaced_;
    list<row_dot> several_;
    compact_extras extras_;
    /// The end of the rows, with room behind it: so that the fixed part of a row may be read before it is known to end.
    std::array<std::byte, 2 * row_fixed_bytes_max> tail_;
};

/// The numbers of a row, in their order. Any eight bytes may be read behind `at`.
struct row_reader::fixed_part {
    fixed_part(std::uint32_t word, const std::byte* after) noexcept : control{word}, at{after} {}

    const std::uint32_t control;
    const std::byte* at;
    bool needless = false; ///< a number has a byte too many
    const std::uint64_t timestamp = number(row_fields::timestamp), n = number(row_fields::n),
                        version = number(row_fields::version), size = number(row_fields::size),
                        collection = number(row_fields::collection), device = number(row_fields::device),
                        run = number(row_fields::run), replaced_run = number(row_fields::replaced_run),
                        replaced_n = number(row_fields::replaced_n);

    [[nodiscard]] std::uint32_t shape() const noexcept { return row_fields::shape.of(control); }
    [[nodiscard]] std::uint32_t action() const noexcept { return row_fields::action.of(control); }
    [[nodiscard]] bool erased() const noexcept { return action() == static_cast<std::uint32_t>(change_action::erase); }
    [[nodiscard]] bool attachment() const noexcept {
        return shape() == static_cast<std::uint32_t>(row_shape::attachment);
    }
    [[nodiscard]] row_replaces replaces() const noexcept {
        return static_cast<row_replaces>(row_fields::replaces.of(control));
    }
    [[nodiscard]] bool has_rest() const noexcept {
        return replaces() == row_replaces::several || row_fields::extras.of(control) != 0;
    }

private:
    [[gnu::always_inline]] std::uint64_t number(row_field length) noexcept {
        const auto count = length.of(control);
        const auto value = load_le64(at) & mask_of_length[count];
        needless |= value < least_of_length[count];
        at += count;
        return value;
    }
};

inline bool row_reader::next(compact_row& row) {
    if (left_ == 0) return false;
    --left_;
    if (static_cast<std::size_t>(end_ - at_) < row_fixed_bytes_max && !in_tail_) copy_tail();
    const fixed_part fixed{load_le32(at_), at_ + 4};
    const auto before = n_;
    timestamp_ += unzigzag(fixed.timestamp);
    n_ += 1 + unzigzag(fixed.n);
    if (const auto faults = faults_of(fixed); faults != 0) return fail(errc::malformed, reason_of(faults));

    row.shape = static_cast<row_shape>(fixed.shape());
    row.action = static_cast<change_action>(fixed.action());
    row.collection = static_cast<std::uint32_t>(fixed.collection);
    row.device = static_cast<std::uint32_t>(fixed.device);
    row.run = static_cast<std::uint32_t>(fixed.run);
    row.timestamp = static_cast<std::int64_t>(timestamp_);
    row.n = n_;
    row.version = fixed.version;
    row.size = fixed.size;
    row.replaces = {&replaced_, replaced_.n != 0 ? 1U : 0U};
    row.extras = nullptr;
    ascending_ &= row.run == run_ ? n_ > before : tables_.run_before(run_, row.run);
    run_ = row.run;
    return read_bytes(row, fixed);
}

/// What every change must be and every writer makes, without a branch.
[[gnu::always_inline]] inline std::uint32_t row_reader::faults_of(const fixed_part& fixed) noexcept {
    std::uint32_t faults = 0;
    const auto unless = [&](bool holds, fault otherwise) { faults |= holds ? 0U : otherwise; };
    unless(!fixed.needless, needless_byte);
    unless(fixed.shape() - 1 < 5, bad_shape);
    unless(fixed.action() - 1 < 3, bad_shape);
    unless(timestamp_ >> 63U == 0, bad_time);
    unless(n_ - 1 < number_max, bad_n);
    unless(fixed.version <= number_max, bad_version);
    unless(fixed.version != 0 || fixed.attachment(), bad_version);
    unless(fixed.size <= number_max, bad_size);
    unless(fixed.size == 0 || !fixed.erased(), bad_size);
    unless(collections_.take(fixed.collection), bad_index);
    unless(devices_.take(fixed.device), bad_index);
    unless(runs_.take(fixed.run), bad_index);
    unless(runs_.take(fixed.replaced_run), bad_index); // 0 if no other run is named, which is always there

    const bool same = fixed.replaces() == row_replaces::one_of_same_run;
    const bool other = fixed.replaces() == row_replaces::one_of_other_run;
    const auto n = same ? n_ - unzigzag(fixed.replaced_n) : fixed.replaced_n;
    replaced_ = {static_cast<std::uint32_t>(same ? fixed.run : fixed.replaced_run), n};
    unless(!other || fixed.replaced_run != fixed.run, bad_replaced);
    unless(other || fixed.replaced_run == 0, bad_replaced);
    unless(same || other ? n - 1 < number_max : n == 0, bad_replaced);
    unless(!same || fixed.replaced_n != 0, bad_replaced);
    return faults;
}

/// The id, the digest, and what few rows have.
[[gnu::always_inline]] inline bool row_reader::read_bytes(compact_row& row, const fixed_part& fixed) {
    constexpr std::array<std::uint8_t, 8> id_bytes{0, 16, 32, 0, 0, 32, 0, 0};
    const auto* at = fixed.at;
    row.id = {at, id_bytes[fixed.shape()]};
    at += row.id.size();
    if (row.shape == row_shape::record_text && !read_text_id(row, at)) return false;
    row.stored = fixed.erased() ? nullptr : at;
    at += fixed.erased() ? 0 : 32;
    if (at > end_) return fail(errc::malformed, "ends too early");
    if (fixed.has_rest() && !read_rest(row, fixed, at)) return false;
    at_ = at;
    return true;
}

inline result<void> row_reader::finish() {
    if (!ok_) return ok_;
    if (left_ != 0) return malformed("not every change was read");
    if (at_ != end_) fail(errc::malformed, "more follows the end");
    const bool all_used = collections_.all_used() && devices_.all_used() && runs_.all_used();
    if (!all_used) fail(errc::malformed, "a collection, device or run is not used");
    return ok_;
}

inline bool row_reader::fail(errc code, const std::string& reason) {
    if (ok_) ok_ = failure{code, {}, "at byte " + std::to_string(position_of(at_)) + ": " + reason};
    left_ = 0;
    return false;
}

inline std::string row_reader::reason_of(std::uint32_t faults) {
    constexpr std::array<const char*, 8> reasons{
        "a number with a needless byte, or of over eight",
        "type or action: unknown",
        "timestamp: before 1970",
        "dot: not numbered from 1 to 2^53 - 1",
        "version: 0, or over 2^53 - 1",
        "size: over 2^53 - 1, or of a delete",
        "collection, device or run: not in the table, or not in the order of first use",
        "replaces: itself, or not numbered from 1 to 2^53 - 1",
    };
    return reasons[static_cast<std::size_t>(std::countr_zero(faults))];
}

inline void row_reader::copy_tail() {
    const auto size = static_cast<std::size_t>(end_ - at_);
    offset_ = position_of(at_);
    tail_.fill(std::byte{0});
    if (size > 0) std::memcpy(tail_.data(), at_, size);
    begin_ = at_ = tail_.data();
    end_ = begin_ + size;
    in_tail_ = true;
}

inline bool row_reader::read_text_id(compact_row& row, const std::byte*& at) {
    const auto size = std::to_integer<std::size_t>(*at++);
    if (at > end_ || size > static_cast<std::size_t>(end_ - at)) return fail(errc::malformed, "ends too early");
    row.id = {at, size};
    at += size;
    if (!object_id::valid(as_text(row.id))) {
        return fail(errc::malformed, "record_id: not an id: 1 to 128 of A-Z a-z 0-9 . _ ~ -, no dot first");
    }
    return !is_hex_id(as_text(row.id)) || fail(errc::malformed, "record_id: hex digits that are written as text");
}

inline bool row_reader::read_rest(compact_row& row, const fixed_part& fixed, const std::byte*& at) {
    compact_reader in{{at, static_cast<std::size_t>(end_ - at)}, position_of(at)};
    if (fixed.replaces() == row_replaces::several) read_several(in, row);
    if (row_fields::extras.of(fixed.control) != 0) {
        extras_ = {};
        read_extras(in, row);
        row.extras = &extras_;
    }
    if (in.failed()) {
        ok_ = std::move(in).fault();
        left_ = 0;
        return false;
    }
    at = end_ - in.rest().size();
    return true;
}

inline void row_reader::read_several(compact_reader& in, compact_row& row) {
    const auto begin = in.position();
    several_.clear();
    for (auto left = in.count("replaces", 2, limits_.dots_max); left > 0 && !in.failed(); --left) {
        std::uint64_t run = 0, n = 0;
        in.field("replaces", run);
        in.field("replaces", n);
        if (run > (std::numeric_limits<std::uint32_t>::max)() || !runs_.take(run)) {
            return in.fail(begin, errc::malformed, "replaces", reason_of(bad_index));
        }
        several_.push_back({static_cast<std::uint32_t>(run), n});
    }
    in.require(begin, check_several(row));
    row.replaces = {several_.data(), several_.size()};
}

/// Every run of `several_` stands in the table.
inline result<void> row_reader::check_several(const compact_row& row) const {
    if (several_.size() < 2) return malformed("replaces: one that is written as several");
    for (std::size_t i = 0; i < several_.size(); ++i) {
        const auto& old = several_[i];
        if (old.n == 0 || (old.run == row.run && old.n == row.n)) return malformed(reason_of(bad_replaced));
        if (i == 0) continue;
        const auto& last = several_[i - 1];
        const bool after = last.run == old.run ? last.n < old.n : tables_.run_before(last.run, old.run);
        if (!after) return malformed("replaces: not ascending, or repeated");
    }
    return {};
}

inline void row_reader::read_extras(compact_reader& in, const compact_row& row) {
    const auto begin = in.position();
    const auto which = in.byte("extras");
    const bool attachment = row.shape == row_shape::attachment, erased = row.action == change_action::erase;
    unsigned allowed = erased ? 0U : unsigned{extra_packed};
    if (attachment) allowed |= unsigned{extra_filename} | unsigned{extra_media_type};
    if (!attachment && !erased) allowed |= unsigned{extra_attachments};
    if (!attachment && !erased && row.replaces.size() > 1) allowed |= unsigned{extra_merge};
    if (which == 0 || (which & ~allowed) != 0) {
        return in.fail(begin, errc::malformed, "extras", "none, unknown, or not of such a change");
    }
    if ((which & extra_attachments) != 0) read_attachments(in);
    if ((which & extra_filename) != 0) read_text(in, "filename", extras_.filename);
    if ((which & extra_media_type) != 0) read_text(in, "media_type", extras_.media_type);
    if ((which & extra_packed) != 0) read_packed(in);
    if ((which & extra_merge) != 0) read_merge(in);
}

inline void row_reader::read_merge(compact_reader& in) {
    const auto begin = in.position();
    extras_.merge = static_cast<merge_kind>(in.byte("merge"));
    if (name_of(extras_.merge).empty()) in.require(begin, malformed("merge: unknown"));
}

inline void row_reader::read_attachments(compact_reader& in) {
    const auto begin = in.position();
    const auto count = in.count("attachments", 32, limits_.attachments_max);
    const auto ids = in.raw("attachments", count * std::uint64_t{32});
    if (count == 0) in.require(begin, malformed("attachments: none, but not left out"));
    for (std::size_t at = 32; at < ids.size(); at += 32) {
        if (std::memcmp(&ids[at - 32], &ids[at], 32) < 0) continue;
        return in.require(begin, malformed("attachments: not ascending, or repeated"));
    }
    extras_.attachments = ids;
}

inline void row_reader::read_text(compact_reader& in, std::string_view what, std::string_view& text) {
    const auto begin = in.position();
    text = as_text(in.counted(what));
    if (text.empty()) in.require(begin, malformed(std::string{what} + ": blank, but not left out"));
    in.require(begin, check_text(what, text, limits_));
}

inline void row_reader::read_packed(compact_reader& in) {
    const auto begin = in.position();
    change_view of_row;
    auto& place = of_row.packed.emplace();
    place.object = as_text(in.counted("packed"));
    in.field("packed", place.offset);
    in.field("packed", place.length);
    in.require(begin, check_packed(of_row, limits_));
    extras_.packed = place;
}

}}} // namespace sealsync::detail

#endif
