#ifndef SEALSYNC_S3_OUTAGE_HPP
#define SEALSYNC_S3_OUTAGE_HPP

#include "retry_policy.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// While nobody reaches the store, one request at a time, the scout, finds out when it is back, and all others wait for
/// that: they would only spend their attempts. Lasts as long as `retry_policy::outage_max` says.
class outage {
    using milliseconds = std::chrono::milliseconds;

public:
    outage(milliseconds now, retry_policy& retry)
        : retry_{&retry}, since_{now}, until_{now + retry.outage_max()}, next_{now + retry.scout_pause(0)} {}

    /// When the next scout may be sent; nothing while one is under way.
    [[nodiscard]] std::optional<milliseconds> next() const noexcept {
        return scout_ ? std::nullopt : std::optional{next_};
    }
    void sent(std::size_t scout) noexcept {
        scout_ = scout;
        ++scouts_;
    }
    /// A scout that was never sent, or whose end says nothing about the store: another may go at once.
    void returned(std::size_t request) noexcept {
        if (scout_ == request) scout_.reset();
    }
    /// Did not reach the store. False if that was the last scout: it has been waited for long enough.
    [[nodiscard]] bool failed(std::size_t request, milliseconds now) noexcept {
        if (scout_ != request) return true; // it was on its way before
        scout_.reset();
        if (now >= until_) return false;
        next_ = (std::min)(now + retry_->scout_pause(scouts_), until_);
        return true;
    }

    /// ", for 30000 ms": the end of a sentence that tells what has failed.
    [[nodiscard]] std::string length(milliseconds now) const {
        return ", for " + std::to_string((now - since_).count()) + " ms";
    }

private:
    retry_policy* retry_;
    milliseconds since_, until_, next_;
    std::uint32_t scouts_ = 0;
    std::optional<std::size_t> scout_;
};

}}} // namespace sealsync::detail

#endif
