#ifndef SEALSYNC_TESTS_HTTP_FAKE_S3_SERVER_HPP
#define SEALSYNC_TESTS_HTTP_FAKE_S3_SERVER_HPP

#include "fake_s3.hpp"

namespace http_tests {

/// A fake_s3 on 127.0.0.1, and what goes wrong with it: `before` may answer in its place (nothing is applied then),
/// `after` may spoil an answer (what it told of is applied).
class fake_s3_server {
public:
    explicit fake_s3_server(fake_s3_settings settings = {}) : store_{std::move(settings)} { come_back(); }

    [[nodiscard]] fake_s3& store() noexcept { return store_; }
    [[nodiscard]] fault_server& server() noexcept { return *server_; }
    [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }

    /// Who is connected is cut off, and nobody listens until it comes back, with all that it has stored.
    void leave() { server_.reset(); }
    void come_back() {
        server_.emplace([this](const request& asked) { return handle(asked); }, port_);
        port_ = server_->port();
    }

    void set_before(std::function<std::optional<answer>(const request&)> before) {
        const std::scoped_lock lock{mutex_};
        before_ = std::move(before);
    }
    void set_after(std::function<void(const request&, answer&)> after) {
        const std::scoped_lock lock{mutex_};
        after_ = std::move(after);
    }
    void heal() {
        set_before({});
        set_after({});
    }

private:
    [[nodiscard]] answer handle(const request& asked) {
        const std::scoped_lock lock{mutex_};
        if (before_) {
            if (auto instead = before_(asked)) return *std::move(instead);
        }
        auto given = store_.handle(asked);
        if (after_) after_(asked, given);
        return given;
    }

    std::mutex mutex_;
    std::function<std::optional<answer>(const request&)> before_;
    std::function<void(const request&, answer&)> after_;
    fake_s3 store_;
    std::uint16_t port_ = 0;
    std::optional<fault_server> server_;
};

} // namespace http_tests

#endif
