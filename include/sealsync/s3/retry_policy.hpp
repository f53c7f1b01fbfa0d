#ifndef SEALSYNC_S3_RETRY_POLICY_HPP
#define SEALSYNC_S3_RETRY_POLICY_HPP

#include "../http/http_date.hpp"
#include "../http/message.hpp"
#include "s3_settings.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How long to wait before the next attempt, and whether there should be one. Not thread-safe.
class retry_policy {
public:
    /// `seed` is the start of the jitter; two stores with one seed retry at the same moments.
    retry_policy(const retry_settings& settings, std::uint64_t seed)
        : settings_{settings}, tokens_{settings.budget}, state_{seed} {}

    /// After `attempts` have failed. `asked`: the server's Retry-After. Nothing: give up.
    [[nodiscard]] std::optional<std::chrono::milliseconds> next(std::uint32_t attempts,
                                                                std::optional<std::chrono::milliseconds> asked) {
        if (attempts >= settings_.attempts_max || tokens_ < cost) return std::nullopt;
        const auto least = asked.value_or(std::chrono::milliseconds{0});
        if (least > settings_.longest) return std::nullopt;
        tokens_ -= cost;
        return (std::max)(least, jittered(attempts));
    }
    /// A retry that helped has cost nothing.
    void succeeded(std::uint32_t attempts) noexcept {
        tokens_ += (std::min)(settings_.budget - tokens_, attempts > 1 ? cost : 1U);
    }

    /// How long to wait for a store that is not to be reached.
    [[nodiscard]] std::chrono::milliseconds outage_max() const noexcept {
        return reached_ ? settings_.outage : settings_.first_contact;
    }
    /// Before each attempt to reach it, `before` counting from 0. At least half of the longest: one client is no herd,
    /// and looking again at once is of no use.
    [[nodiscard]] std::chrono::milliseconds scout_pause(std::uint32_t before) noexcept {
        const auto most = doubled(before, settings_.scout_longest);
        return std::chrono::milliseconds{most - up_to(most / 2)};
    }
    void reached() noexcept { reached_ = true; }
    /// Who comes next shall not wait as long again.
    void gave_up() noexcept { reached_ = false; }

private:
    static constexpr std::uint32_t cost = 5;

    [[nodiscard]] std::chrono::milliseconds jittered(std::uint32_t attempts) noexcept {
        return std::chrono::milliseconds{up_to(doubled(attempts - 1, settings_.longest))};
    }
    [[nodiscard]] std::int64_t doubled(std::uint32_t times, std::chrono::milliseconds longest) const noexcept {
        return (std::min)(std::int64_t{settings_.first.count()} << (std::min)(times, std::uint32_t{20}),
                          std::int64_t{longest.count()});
    }
    [[nodiscard]] std::int64_t up_to(std::int64_t most) noexcept {
        return static_cast<std::int64_t>(draw() % (static_cast<std::uint64_t>(most) + 1));
    }

    /// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    [[nodiscard]] std::uint64_t draw() noexcept {
        auto z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }

    retry_settings settings_;
    std::uint32_t tokens_;
    std::uint64_t state_;
    bool reached_ = false;
};

/// Retry-After as seconds or as a date, which is relative to the answer's own Date. Nothing if there is none.
[[nodiscard]] inline std::optional<std::chrono::milliseconds> retry_after(const http_response& answer) {
    const auto text = answer.header("retry-after");
    if (text.empty()) return std::nullopt;
    if (text.find_first_not_of("0123456789") == std::string_view::npos) {
        constexpr std::size_t digits = 9; // 31 years: what is longer is as good as for ever
        return std::chrono::seconds{read_digits(text.substr(0, digits))};
    }
    const auto until = parse_http_date(text), now = parse_http_date(answer.header("date"));
    if (!until || !now) return std::nullopt;
    return (std::max)(std::chrono::duration_cast<std::chrono::milliseconds>(*until - *now),
                      std::chrono::milliseconds{0});
}

}}} // namespace sealsync::detail

#endif
