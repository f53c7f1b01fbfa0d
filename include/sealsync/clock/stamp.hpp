#ifndef SEALSYNC_CLOCK_STAMP_HPP
#define SEALSYNC_CLOCK_STAMP_HPP

#include "../detail/eight_characters.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a clock policy returns: UTC, nanoseconds since 1970. May be wrong, jump and stand still.
using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// A hybrid timestamp: UTC nanoseconds, but always later than every stamp its author knew.
/// It orders siblings for display and last-write-wins; it never decides what to fetch and never beats `replaces`.
struct stamp {
    std::int64_t nanoseconds = 0; ///< since 1970, never negative; the greatest is 2262-04-11T23:47:16.854775807Z

    /// `2025-01-20T14:30:00.123456789Z`, always nine decimals.
    [[nodiscard]] std::string text() const;
    /// RFC 3339 in UTC with `Z` and 0 to 9 decimals; nothing on anything else or outside 1970..2262.
    [[nodiscard]] static std::optional<stamp> parse(std::string_view text) noexcept;

    [[nodiscard]] friend bool operator==(const stamp&, const stamp&) = default;
    [[nodiscard]] friend auto operator<=>(const stamp&, const stamp&) = default;
};

/// Kulkarni et al., "Logical Physical Clocks" (2014), folded into one number: `max(wall, last + 1)`, saturating.
class hybrid_clock {
public:
    hybrid_clock() = default;
    explicit hybrid_clock(stamp last) noexcept : last_{last} {}

    [[nodiscard]] stamp tick(wall_time now) noexcept {
        constexpr auto top = (std::numeric_limits<std::int64_t>::max)();
        const auto next = last_.nanoseconds == top ? top : last_.nanoseconds + 1;
        last_.nanoseconds = (std::max<std::int64_t>)({next, now.time_since_epoch().count(), 0});
        return last_;
    }
    void observe(stamp remote) noexcept { last_ = (std::max)(last_, remote); }
    [[nodiscard]] stamp last() const noexcept { return last_; }

private:
    stamp last_;
};

namespace detail {

inline void put_digits(std::string& out, std::uint64_t value, int width) {
    const auto start = out.size();
    out.append(static_cast<std::size_t>(width), '0');
    for (int i = width - 1; i >= 0; --i, value /= 10) {
        out[start + static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    }
}

/// -1 unless all are digits.
[[nodiscard]] inline std::int64_t read_digits(std::string_view text) noexcept {
    std::int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

inline constexpr std::string_view stamp_shape = "0000-00-00T00:00:00.000000000Z";

/// Eight characters of a time as they should be from `at` on: digits where the shape has a zero.
class stamp_part {
public:
    stamp_part(const char* time, std::size_t at) noexcept {
        const auto shape = eight_characters(stamp_shape.data() + at);
        digits_ = eight_characters(time + at) ^ shape;
        // What carries into the highest bit of a byte: a digit over 9, or any difference from another character.
        const auto zeros = bytes_within(shape, '0', '0') >> 7U;
        wrong_ = (digits_ | (digits_ + every_byte * 0x7f - zeros * 9)) & every_byte * 0x80;
        pairs_ = digits_ * 10 + (digits_ >> 8U);
    }
    [[nodiscard]] bool wrong() const noexcept { return wrong_ != 0; }
    [[nodiscard]] unsigned digit(unsigned i) const noexcept { return static_cast<unsigned>(digits_ >> 8 * i & 0xff); }
    /// The number that the digits at `i` and after it make.
    [[nodiscard]] unsigned pair(unsigned i) const noexcept { return static_cast<unsigned>(pairs_ >> 8 * i & 0xff); }

private:
    std::uint64_t digits_, wrong_, pairs_;
};

/// Reads a text as long as the shape; gives -1 unless it is a time.
[[nodiscard]] inline std::int64_t read_stamp(const char* text) noexcept {
    const stamp_part first{text, 0}, second{text, 8}, third{text, 16}, last{text, 22};
    if (first.wrong() || second.wrong() || third.wrong() || last.wrong()) return -1;
    const auto y = first.pair(0) * 100 + first.pair(2), h = second.pair(3), mi = second.pair(6), s = third.pair(1);
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(y)}, std::chrono::month{first.pair(5)},
                                           std::chrono::day{second.pair(0)}};
    if (y < 1970 || y > 2262 || h > 23 || mi > 59 || s > 59 || !date.ok()) return -1;

    const auto thousands = third.pair(4) * 100 + third.pair(6);
    const std::int64_t fraction = ((thousands * 100 + last.pair(2)) * 100 + last.pair(4)) * 10 + last.digit(6);
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    const std::int64_t whole = days * 86'400 + h * 3'600 + mi * 60 + s;
    constexpr auto top = (std::numeric_limits<std::int64_t>::max)();
    if (whole > top / 1'000'000'000 || (whole == top / 1'000'000'000 && fraction > top % 1'000'000'000)) return -1;
    return whole * 1'000'000'000 + fraction;
}

/// False, and `out` unchanged, unless the text is what `stamp::parse` takes.
[[nodiscard]] inline bool read_stamp(std::string_view text, stamp& out) noexcept {
    constexpr auto shape = stamp_shape;
    constexpr std::size_t seconds_size = 19;
    std::array<char, shape.size()> whole;
    if (text.size() != shape.size()) {
        // Decimals that are not there are zeros.
        if (text.size() <= seconds_size || text.size() > shape.size() || text.size() == seconds_size + 2) return false;
        if (text.back() != 'Z') return false;
        std::memcpy(whole.data(), shape.data(), shape.size());
        std::memcpy(whole.data(), text.data(), text.size() - 1);
        text = {whole.data(), whole.size()};
    }
    const auto nanoseconds = read_stamp(text.data());
    if (nanoseconds < 0) return false;
    out.nanoseconds = nanoseconds;
    return true;
}

} // namespace detail

inline std::string stamp::text() const {
    const auto seconds = static_cast<std::uint64_t>(nanoseconds / 1'000'000'000);
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{seconds / 86'400}}};
    const auto seconds_of_day = seconds % 86'400;
    std::string out;
    out.reserve(30);
    detail::put_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    detail::put_digits(out += '-', static_cast<unsigned>(date.month()), 2);
    detail::put_digits(out += '-', static_cast<unsigned>(date.day()), 2);
    detail::put_digits(out += 'T', seconds_of_day / 3600, 2);
    detail::put_digits(out += ':', seconds_of_day / 60 % 60, 2);
    detail::put_digits(out += ':', seconds_of_day % 60, 2);
    detail::put_digits(out += '.', static_cast<std::uint64_t>(nanoseconds % 1'000'000'000), 9);
    return out += 'Z';
}

inline std::optional<stamp> stamp::parse(std::string_view text) noexcept {
    stamp parsed;
    return detail::read_stamp(text, parsed) ? std::optional{parsed} : std::nullopt;
}

}} // namespace sealsync

#endif
