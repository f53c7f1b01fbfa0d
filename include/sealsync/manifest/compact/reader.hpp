#ifndef SEALSYNC_MANIFEST_COMPACT_READER_HPP
#define SEALSYNC_MANIFEST_COMPACT_READER_HPP

#include "../interval_set.hpp"
#include "../validate.hpp"
#include "wire_forms.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Reads exactly what `compact_writer` writes, and fills what the layout walks over. At the first fault it remembers
/// where and why, and sees the input as ended, so that the layout needs no checks. Nothing is allocated that the
/// input does not hold.
class compact_reader {
public:
    /// `offset`: where `in` begins in the manifest, for messages.
    explicit compact_reader(bytes_view in, std::size_t offset = 0) noexcept : rest_{in}, end_{offset + in.size()} {}

    [[nodiscard]] std::size_t position() const noexcept { return fault_ ? at_ : end_ - rest_.size(); }
    [[nodiscard]] bytes_view rest() const noexcept { return rest_; }
    [[nodiscard]] bool failed() const noexcept { return fault_.has_value(); }

    void encoding() {
        const auto met = byte("encoding");
        if (met == compact_encoding || fault_) return;
        if (met >= compact_encodings_end) return fail(0, errc::malformed, {}, "no compact manifest");
        fail(0, errc::unknown_format, {}, "compact encoding " + std::to_string(met));
    }
    void kind(compact_kind wanted) {
        const auto at = position();
        const auto met = static_cast<compact_kind>(byte("kind of manifest"));
        if (met != wanted) fail(at, errc::malformed, {}, name_of(met) + ", not " + name_of(wanted));
    }

    /// In seven bits a byte, lowest first, without a needless one.
    void field(std::string_view what, std::uint64_t& number) { number = leb(what, number_max); }
    void field(std::string_view what, stamp& time) {
        time.nanoseconds = static_cast<std::int64_t>(leb(what, (std::numeric_limits<std::int64_t>::max)()));
    }
    void field(std::string_view what, std::string& text) { text = as_text(counted(what)); }
    template <class Tag>
    void field(std::string_view what, basic_id128<Tag>& id) {
        copy(what, id.value);
    }
    template <class Tag>
    void field(std::string_view what, basic_id<Tag>& id);
    void field(std::string_view what, std::optional<digest256>& digest) { copy(what, digest.emplace().value); }
    void field(std::string_view what, digest256& digest) { copy(what, digest.value); }
    void field(std::string_view what, interval_set& numbers);
    template <class T, class Each>
    void list(std::string_view what, std::vector<T>& items, std::size_t bytes_each, std::size_t items_max, Each each) {
        items.resize(count(what, bytes_each, items_max));
        for (auto& item : items) each(item);
    }

    /// How many things of at least `bytes_each` follow: no more than there is room for.
    [[nodiscard]] std::size_t count(std::string_view what, std::size_t bytes_each, std::size_t items_max) {
        const auto at = position();
        const auto items = leb(what, number_max);
        if (items > items_max) {
            fail(at, errc::too_large, what, "over " + std::to_string(items_max) + " items");
            return std::size_t{0};
        }
        if (items > rest_.size() / bytes_each) {
            ends(what);
            return std::size_t{0};
        }
        return static_cast<std::size_t>(items);
    }
    [[nodiscard]] bytes_view raw(std::string_view what, std::uint64_t size) {
        if (size > rest_.size()) {
            ends(what);
            return bytes_view{};
        }
        const auto part = rest_.subview(0, static_cast<std::size_t>(size));
        rest_ = rest_.subview(static_cast<std::size_t>(size));
        return part;
    }
    [[nodiscard]] bytes_view counted(std::string_view what) { return raw(what, leb(what, number_max)); }
    [[nodiscard]] std::uint8_t byte(std::string_view what) {
        const auto one = raw(what, 1);
        return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
    }

    template <class Check>
    void require(std::size_t begin, Check check) {
        if (fault_) return;
        const auto ok = check();
        if (!ok) fail(begin, ok.error().code(), {}, ok.error().detail());
    }
    void fail(std::size_t at, errc code, std::string_view what, std::string reason) {
        if (fault_) return;
        const auto place = "at byte " + std::to_string(at) + (what.empty() ? "" : ", " + std::string{what});
        at_ = at;
        fault_.emplace(code, std::string{}, place + ": " + std::move(reason));
        rest_ = {};
    }

    /// What went wrong, of a reader that failed.
    [[nodiscard]] failure fault() && { return *std::move(fault_); }
    /// Success if all was read and nothing is left.
    [[nodiscard]] result<void> finish() {
        if (!fault_ && !rest_.empty()) fail(position(), errc::malformed, {}, "more follows the end");
        if (fault_) return *std::move(fault_);
        return {};
    }

private:
    [[nodiscard]] std::uint64_t leb(std::string_view what, std::uint64_t most) {
        const auto at = position();
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 63; shift += 7) { // nine bytes say all that is ever written
            const std::uint64_t part = byte(what);
            value |= (part & 0x7fU) << shift;
            if (part >= 0x80) continue;
            if (part == 0 && shift > 0) fail(at, errc::malformed, what, "a number with a needless byte");
            if (value > most) break;
            return fault_ ? 0 : value;
        }
        fail(at, errc::malformed, what, "over " + std::to_string(most));
        return 0;
    }
    template <std::size_t N>
    void copy(std::string_view what, std::array<std::byte, N>& out) {
        if (const auto part = raw(what, N); part.size() == N) std::memcpy(out.data(), part.data(), N);
    }
    void ends(std::string_view what) { fail(position(), errc::malformed, what, "ends too early"); }

    bytes_view rest_;
    std::size_t end_, at_ = 0;
    std::optional<failure> fault_;
};

/// As `interval_set::encode` makes it; each number is checked before it can add up to one that wraps.
inline void compact_reader::field(std::string_view what, interval_set& numbers) {
    numbers = {};
    std::uint64_t least = 0;
    for (auto left = count(what, 2, (std::numeric_limits<std::size_t>::max)()); left > 0; --left) {
        const auto at = position();
        const auto first = least + leb(what, number_max);
        const auto last = first + leb(what, number_max);
        if (fault_) return;
        if (last > number_max) return fail(at, errc::malformed, what, "over " + std::to_string(number_max));
        [[maybe_unused]] const bool apart = numbers.append({first, last});
        SEALSYNC_ASSERT(apart);
        least = last + 2;
    }
}

template <class Tag>
void compact_reader::field(std::string_view what, basic_id<Tag>& id) {
    const auto at = position();
    const auto form = byte(what);
    if (form == id_of_128_bits || form == id_of_256_bits) {
        const auto bits = raw(what, form == id_of_128_bits ? 16 : 32);
        if (fault_) return;
        auto made = basic_id<Tag>::make(to_hex(bits));
        SEALSYNC_ASSERT(made.has_value());
        id = *std::move(made);
        return;
    }
    if (form > id_of_256_bits) return fail(at, errc::malformed, what, "no form of an id");
    const auto text = as_text(raw(what, form));
    if (fault_) return;
    auto made = basic_id<Tag>::make(text);
    if (!made) return fail(at, errc::malformed, what, "not an id: 1 to 128 of A-Z a-z 0-9 . _ ~ -, no dot first");
    if (is_hex_id(text)) return fail(at, errc::malformed, what, "hex digits that are written as text");
    id = *std::move(made);
}

}}} // namespace sealsync::detail

#endif
