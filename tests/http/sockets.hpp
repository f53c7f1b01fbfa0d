#ifndef SEALSYNC_TESTS_HTTP_SOCKETS_HPP
#define SEALSYNC_TESTS_HTTP_SOCKETS_HPP

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace http_tests {

class file_descriptor {
public:
    explicit file_descriptor(int number = -1) noexcept : number_{number} {}
    file_descriptor(file_descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~file_descriptor() { close(); }

    [[nodiscard]] int get() const noexcept { return number_; }
    void close() noexcept {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

private:
    int number_;
};

/// Tells threads that block in poll() to end: they poll `waited()` too.
class stop_signal {
public:
    stop_signal() {
        int ends[2];
        if (::pipe(ends) != 0) throw std::system_error{errno, std::generic_category(), "pipe"};
        waited_ = file_descriptor{ends[0]};
        held_ = file_descriptor{ends[1]};
    }
    void raise() noexcept { held_.close(); }
    [[nodiscard]] int waited() const noexcept { return waited_.get(); }

    /// Until the descriptor is ready or `time` is over; false if the signal was raised. A negative time is for ever.
    [[nodiscard]] bool wait(int descriptor, short events,
                            std::chrono::milliseconds time = std::chrono::milliseconds{-1}) {
        pollfd both[2] = {{waited(), POLLIN, 0}, {descriptor, events, 0}};
        while (::poll(both, 2, static_cast<int>(time.count())) < 0) {
            if (errno != EINTR) throw std::system_error{errno, std::generic_category(), "poll"};
        }
        return both[0].revents == 0;
    }

private:
    file_descriptor waited_, held_;
};

[[nodiscard]] inline sockaddr_in loopback(std::uint16_t port) noexcept {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A port of 127.0.0.1 that somebody listens on, chosen by the system if it is 0.
class listener {
public:
    explicit listener(int backlog = 512, std::uint16_t port = 0) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
        const int on = 1; // old connections of the port do not keep a server from coming back to it
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        auto address = loopback(port);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_.get(), generic, size) != 0 || ::listen(socket_.get(), backlog) != 0 ||
            ::getsockname(socket_.get(), generic, &size) != 0) {
            throw std::system_error{errno, std::generic_category(), "a port of 127.0.0.1"};
        }
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] int get() const noexcept { return socket_.get(); }
    void close() noexcept { socket_.close(); }

private:
    file_descriptor socket_;
    std::uint16_t port_ = 0;
};

/// A port that nobody listens on.
[[nodiscard]] inline std::string closed_host() { return listener{}.host(); }

/// The server's end of a connection.
class connection {
public:
    connection(int accepted, stop_signal& stop) : socket_{accepted}, stop_{&stop} {
        const int on = 1;
        ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    /// False when the peer has closed, or the server stops.
    [[nodiscard]] bool receive(std::string& into) {
        char buffer[1U << 16U];
        if (!stop_->wait(socket_.get(), POLLIN)) return false;
        const auto count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
        if (count <= 0) return false;
        into.append(buffer, static_cast<std::size_t>(count));
        return true;
    }

    [[nodiscard]] bool send(std::string_view text) {
        while (!text.empty()) {
            if (!stop_->wait(socket_.get(), POLLOUT)) return false;
            const auto count = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
            if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    /// Until the peer closes, or the server stops; what comes is thrown away.
    void wait_for_end() {
        for (std::string ignored; receive(ignored);) ignored.clear();
    }
    /// False if the server stops meanwhile. A peer that closes is noticed by the next send.
    [[nodiscard]] bool pause(std::chrono::milliseconds time) { return time.count() == 0 || stop_->wait(-1, 0, time); }

    /// So that closing is a reset for the peer, whatever it has not read yet being lost.
    void reset_on_close() noexcept {
        const linger at_once{1, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    /// Nothing more is sent, but what was sent arrives.
    void finish() {
        ::shutdown(socket_.get(), SHUT_WR);
        wait_for_end();
    }

private:
    file_descriptor socket_;
    stop_signal* stop_;
};

} // namespace http_tests

#endif
