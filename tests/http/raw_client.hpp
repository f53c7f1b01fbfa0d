#ifndef SEALSYNC_TESTS_HTTP_RAW_CLIENT_HPP
#define SEALSYNC_TESTS_HTTP_RAW_CLIENT_HPP

#include "sockets.hpp"

#include <optional>

namespace http_tests {

/// The client's end of a connection, with no idea of HTTP: what our own servers send is compared byte by byte.
class raw_client {
public:
    explicit raw_client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
        auto address = loopback(port);
        if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::system_error{errno, std::generic_category(), "connect"};
        }
    }

    void send(std::string_view text) {
        while (!text.empty()) {
            const auto count = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) throw std::system_error{errno, std::generic_category(), "send"};
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    /// Until `end` has come, or the connection is closed.
    [[nodiscard]] std::string read_to(std::string_view end) {
        std::string got;
        while (got.find(end) == std::string::npos && receive(got)) {
        }
        return got;
    }
    [[nodiscard]] std::string read_all() {
        std::string got;
        while (receive(got)) {
        }
        return got;
    }
    /// Nothing was said on how the connection ended before: 0 for a FIN, else the error, ECONNRESET for an RST.
    [[nodiscard]] int ended() const noexcept { return ended_; }

private:
    [[nodiscard]] bool receive(std::string& into) {
        char buffer[4096];
        const auto count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
        if (count < 0) ended_ = errno;
        if (count <= 0) return false;
        into.append(buffer, static_cast<std::size_t>(count));
        return true;
    }

    file_descriptor socket_;
    int ended_ = 0;
};

} // namespace http_tests

#endif
