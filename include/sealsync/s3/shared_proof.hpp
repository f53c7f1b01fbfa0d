#ifndef SEALSYNC_S3_SHARED_PROOF_HPP
#define SEALSYNC_S3_SHARED_PROOF_HPP

#include "s3_credentials.hpp"
#include "s3_request.hpp"

#include <memory>
#include <mutex>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The credentials in use, and how far this device's clock is from the store's: shared by all who sign, so that what
/// one of them learns from a refusal the others need not. Thread-safe. The provider is called by one thread at a time,
/// while the others wait for what it gives.
class shared_proof {
public:
    explicit shared_proof(s3_credentials_provider provider) : provider_{std::move(provider)} {}

    /// Fails as the provider does, and with `errc::access_denied` if it gives what cannot be credentials.
    [[nodiscard]] result<std::shared_ptr<const s3_credentials>> credentials() {
        const std::scoped_lock lock{mutex_};
        if (!credentials_) {
            auto got = ask(refused_);
            if (!got) return got.error().during("get S3 credentials");
            refused_ = false;
            credentials_ = std::make_shared<const s3_credentials>(*std::move(got));
        }
        return credentials_;
    }

    /// The store's time when this device's is `local`.
    [[nodiscard]] std::chrono::sys_seconds store_time(wall_time local) const {
        const std::scoped_lock lock{mutex_};
        return std::chrono::floor<std::chrono::seconds>(local) + offset_;
    }

    /// Whether a request that was refused like that is worth another attempt, because something has changed since it
    /// was signed.
    [[nodiscard]] bool recover(const s3_error& error, wall_time local) {
        const std::scoped_lock lock{mutex_};
        const auto now = std::chrono::floor<std::chrono::seconds>(local);
        if (refuses_credentials(error)) return renew(now);
        return may_be_skew(error) && set_clock(error, now);
    }

private:
    using seconds = std::chrono::seconds;
    using sys_seconds = std::chrono::sys_seconds;
    static constexpr seconds minute{60};
    /// Stores refuse 15 minutes; a third of it is no coincidence of a slow answer.
    static constexpr seconds suspicious = 5 * minute;

    /// What is refused within a minute of a change was signed before it, if requests were made at the same time.
    struct change {
        std::optional<sys_seconds> at{};
        bool helped = false;
        [[nodiscard]] bool recent(sys_seconds now) const noexcept {
            return at && (now > *at ? now - *at : *at - now) <= minute;
        }
    };

    [[nodiscard]] bool refuses_credentials(const s3_error& error) const {
        for (const auto* code : {"ExpiredToken", "InvalidAccessKeyId", "TokenRefreshRequired", "InvalidToken"}) {
            if (error.code == code) return true;
        }
        // An answer to HEAD has no code; to AWS an expired token is a bad request.
        return error.status == 400 && error.code.empty() && credentials_ && !credentials_->session_token.empty();
    }
    [[nodiscard]] static bool says_skew(const s3_error& error) noexcept { return error.code == "RequestTimeTooSkewed"; }
    [[nodiscard]] static bool may_be_skew(const s3_error& error) noexcept {
        return says_skew(error) || error.status == 403;
    }

    [[nodiscard]] bool set_clock(const s3_error& error, sys_seconds now) {
        if (!error.date) return false;
        const auto off = std::chrono::floor<seconds>(*error.date) - (now + offset_);
        if (std::chrono::abs(off) <= (says_skew(error) ? minute : suspicious)) return clock_.recent(now);
        offset_ += off;
        clock_ = {now, true};
        return true;
    }

    [[nodiscard]] bool renew(sys_seconds now) {
        if (renewal_.recent(now)) return renewal_.helped;
        auto fresh = ask(true);
        // The next attempt asks again, and tells why there are none: more than the store's refusal does.
        refused_ = !fresh;
        const bool same = fresh && credentials_ && *fresh == *credentials_;
        renewal_ = {now, !same};
        credentials_ = fresh ? std::make_shared<const s3_credentials>(*std::move(fresh)) : nullptr;
        return renewal_.helped;
    }

    [[nodiscard]] result<s3_credentials> ask(bool refresh) const {
        auto got = provider_(refresh);
        if (!got) return got;
        const bool usable = printable(got->access_key) && !got->access_key.empty() && printable(got->secret_key) &&
                            !got->secret_key.empty() && printable(got->session_token);
        if (!usable) return no_credentials("a key or token that is empty, over 4000 bytes or not printable ASCII");
        return got;
    }
    /// They stand in headers and URLs. The limit is below that of HMAC keys in Botan.
    [[nodiscard]] static bool printable(std::string_view text) noexcept {
        return text.size() <= 4000 && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    }

    s3_credentials_provider provider_;
    mutable std::mutex mutex_;
    std::shared_ptr<const s3_credentials> credentials_; ///< none: to be asked for
    bool refused_ = false;                              ///< the last ones
    seconds offset_{0};
    change clock_, renewal_;
};

}}} // namespace sealsync::detail

#endif
