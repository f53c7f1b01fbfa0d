#ifndef SEALSYNC_TESTING_STORE_HISTORY_HPP
#define SEALSYNC_TESTING_STORE_HISTORY_HPP

#include "../bytes.hpp"

#include <deque>
#include <map>
#include <memory>
#include <mutex>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// The last few versions of every key of a store, so that a simulated store can fall back to an older one.
/// Thread-safe.
class store_history {
public:
    struct version {
        std::shared_ptr<const bytes> body;
        std::string etag;
    };

    void remember(const std::string& key, bytes body, std::string etag) {
        const std::scoped_lock lock{mutex_};
        auto& versions = versions_[key];
        versions.push_back({std::make_shared<const bytes>(std::move(body)), std::move(etag)});
        if (versions.size() > kept) versions.pop_front();
        last_written_ = key;
    }

    /// Any version but the latest, chosen by `pick`; nothing if the key was never overwritten.
    [[nodiscard]] std::optional<version> older(const std::string& key, std::uint64_t pick) const {
        const std::scoped_lock lock{mutex_};
        const auto at = versions_.find(key);
        if (at == versions_.end() || at->second.size() < 2) return std::nullopt;
        return at->second[static_cast<std::size_t>(pick % (at->second.size() - 1))];
    }

    /// What was current before the latest write of the key: an empty etag if that write created it.
    [[nodiscard]] std::optional<std::string> etag_before_latest(const std::string& key) const {
        const std::scoped_lock lock{mutex_};
        const auto at = versions_.find(key);
        if (at == versions_.end()) return std::nullopt;
        return at->second.size() == 1 ? std::string{} : at->second[at->second.size() - 2].etag;
    }

    /// The latest bytes of some other key, chosen by `pick`.
    [[nodiscard]] std::optional<bytes> of_another(const std::string& key, std::uint64_t pick) const {
        const std::scoped_lock lock{mutex_};
        const auto others = versions_.size() - versions_.count(key);
        if (others == 0) return std::nullopt;
        auto at = versions_.begin();
        for (auto skip = pick % others; skip > 0 || at->first == key; ++at) skip -= at->first == key ? 0 : 1;
        return *at->second.back().body;
    }

    [[nodiscard]] std::string last_written() const {
        const std::scoped_lock lock{mutex_};
        return last_written_;
    }

private:
    static constexpr std::size_t kept = 4;

    mutable std::mutex mutex_;
    std::map<std::string, std::deque<version>> versions_;
    std::string last_written_;
};

}}} // namespace sealsync::testing

#endif
