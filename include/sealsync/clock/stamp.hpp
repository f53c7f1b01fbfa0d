#ifndef SEALSYNC_CLOCK_STAMP_HPP
#define SEALSYNC_CLOCK_STAMP_HPP

#include "../config.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sealsync::inline SEALSYNC_ABI {

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

} // namespace detail

inline std::string stamp::text() const {
    using namespace std::chrono;
    const auto time = wall_time{std::chrono::nanoseconds{nanoseconds}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const auto seconds_of_day = static_cast<std::uint64_t>(duration_cast<seconds>(time - day).count());
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
    using namespace std::chrono;
    constexpr std::string_view shape = "0000-00-00T00:00:00";
    if (text.size() < shape.size() + 1 || text.size() > shape.size() + 11 || text.back() != 'Z') return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != '0' && text[i] != shape[i]) return std::nullopt;
    }
    const auto part = [&](std::size_t at, std::size_t count) { return detail::read_digits(text.substr(at, count)); };
    const auto y = part(0, 4), mo = part(5, 2), d = part(8, 2), h = part(11, 2), mi = part(14, 2), s = part(17, 2);
    if (y < 1970 || y > 2262 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59) {
        return std::nullopt;
    }
    const year_month_day date{year{static_cast<int>(y)}, month{static_cast<unsigned>(mo)},
                              day{static_cast<unsigned>(d)}};
    if (!date.ok()) return std::nullopt;

    std::int64_t fraction = 0;
    if (auto decimals = text.substr(shape.size(), text.size() - shape.size() - 1); !decimals.empty()) {
        if (decimals.front() != '.' || decimals.size() < 2) return std::nullopt;
        decimals.remove_prefix(1);
        fraction = detail::read_digits(decimals);
        if (fraction < 0) return std::nullopt;
        for (auto i = decimals.size(); i < 9; ++i) fraction *= 10;
    }
    const std::int64_t whole = sys_days{date}.time_since_epoch().count() * 86'400 + h * 3'600 + mi * 60 + s;
    constexpr auto top = (std::numeric_limits<std::int64_t>::max)();
    if (whole > top / 1'000'000'000 || (whole == top / 1'000'000'000 && fraction > top % 1'000'000'000)) {
        return std::nullopt;
    }
    return stamp{whole * 1'000'000'000 + fraction};
}

} // namespace sealsync

#endif
