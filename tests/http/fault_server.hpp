#ifndef SEALSYNC_TESTS_HTTP_FAULT_SERVER_HPP
#define SEALSYNC_TESTS_HTTP_FAULT_SERVER_HPP

#include "sockets.hpp"

#include <sealsync/http/message.hpp>

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace http_tests {

using sealsync::http_header;

struct request {
    std::size_t number = 0;     ///< from 0, in order of arrival
    std::size_t connection = 0; ///< from 0, in order of acceptance
    std::string method, target, version;
    std::vector<http_header> headers; ///< names in lower case
    std::string body;

    [[nodiscard]] std::string_view header(std::string_view name) const noexcept {
        const auto at = std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.name == name; });
        return at == headers.end() ? std::string_view{} : std::string_view{at->value};
    }
    [[nodiscard]] bool has(std::string_view name) const noexcept { return header(name).data() != nullptr; }
};

/// How an answer goes wrong. What the handler did to its own state before, it has done: that is an answer lost after
/// applying.
enum class fault {
    none,
    reset,          ///< nothing is answered: RST
    close,          ///< nothing is answered: FIN
    stall,          ///< nothing is ever answered
    reset_midway,   ///< after `sent` bytes of the body
    close_midway,   ///< the same, with a FIN
    stall_midway,   ///< the same, and the connection stays
    close_unspoken, ///< a good answer, without a word on the connection's end, which follows
};

enum class framing {
    length,      ///< Content-Length: the body's, or `announced`
    chunked,     ///< in chunks of 1000 bytes
    until_close, ///< as HTTP/1.0: no length
    none,        ///< neither a length nor a body, as of 204 and 304
};

struct answer {
    int status = 200;
    std::vector<http_header> headers{};
    std::string body{};
    http_tests::fault fault = http_tests::fault::none;
    std::size_t sent = 0; ///< for the faults midway
    http_tests::framing framing = http_tests::framing::length;
    std::optional<std::uint64_t> announced{};
    bool interim = false;                 ///< begin with `100 Continue`
    std::size_t piece = 0;                ///< bytes sent at once; 0: all
    std::chrono::milliseconds between{0}; ///< before each such piece but the first
    std::size_t after_requests = 0;       ///< held back until so many have arrived, by any connection
    std::string raw{};                    ///< if set, sent instead of everything else, then the connection is closed
};

/// An HTTP/1.1 server on 127.0.0.1 that does what a function tells it to, request by request. The function is called
/// by one thread at a time. Everything ends with the server, stalled connections too.
class fault_server {
public:
    using handler = std::function<answer(const request&)>;

    /// `port` 0 is any; another is for a server that comes back.
    explicit fault_server(handler what, std::uint16_t port = 0)
        : handler_{std::move(what)}, listener_{512, port}, acceptor_{[this] { accept_all(); }} {}
    fault_server(const fault_server&) = delete;
    fault_server& operator=(const fault_server&) = delete;
    ~fault_server() {
        stop_.raise();
        {
            const std::scoped_lock lock{mutex_};
            stopped_ = true;
        }
        arrived_.notify_all();
        acceptor_.join();
        for (auto& served : serving_) served.join();
    }

    [[nodiscard]] std::string host() const { return listener_.host(); }
    [[nodiscard]] std::string url(std::string_view target) const { return "http://" + host() + std::string{target}; }
    [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

    /// All that have arrived, whole.
    [[nodiscard]] std::vector<request> requests() const {
        const std::scoped_lock lock{mutex_};
        return requests_;
    }
    [[nodiscard]] std::size_t request_count() const {
        const std::scoped_lock lock{mutex_};
        return requests_.size();
    }
    [[nodiscard]] std::size_t connection_count() const {
        const std::scoped_lock lock{mutex_};
        return connections_;
    }
    void forget_requests() {
        const std::scoped_lock lock{mutex_};
        requests_.clear();
    }
    void set_handler(handler what) {
        const std::scoped_lock lock{handling_};
        handler_ = std::move(what);
    }

private:
    void accept_all() {
        while (stop_.wait(listener_.get(), POLLIN)) {
            const int accepted = ::accept(listener_.get(), nullptr, nullptr);
            if (accepted < 0) continue;
            const auto number = next_connection();
            serving_.emplace_back([this, accepted, number] {
                connection peer{accepted, stop_};
                serve(peer, number);
            });
        }
    }

    [[nodiscard]] std::size_t next_connection() {
        const std::scoped_lock lock{mutex_};
        return connections_++;
    }

    void serve(connection& peer, std::size_t number) {
        std::string unread;
        while (auto asked = receive(peer, unread)) {
            asked->connection = number;
            record(*asked);
            if (!respond(peer, *asked, decide(*asked))) return;
        }
    }

    [[nodiscard]] answer decide(const request& asked) {
        const std::scoped_lock lock{handling_};
        return handler_(asked);
    }

    void record(request& asked) {
        {
            const std::scoped_lock lock{mutex_};
            asked.number = arrivals_++;
            requests_.push_back(asked);
        }
        arrived_.notify_all();
    }

    // Receiving

    [[nodiscard]] static std::string_view take_line(std::string_view& text) {
        const auto end = text.find("\r\n");
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
        return line;
    }

    [[nodiscard]] static request parse_head(std::string_view head) {
        request asked;
        auto first = take_line(head);
        asked.method = first.substr(0, first.find(' '));
        first.remove_prefix((std::min)(first.size(), asked.method.size() + 1));
        asked.target = first.substr(0, first.find(' '));
        asked.version = first.substr((std::min)(first.size(), asked.target.size() + 1));
        while (!head.empty()) {
            const auto line = take_line(head);
            const auto colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            http_header header{std::string{line.substr(0, colon)}, {}};
            for (auto& c : header.name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            const auto from = line.find_first_not_of(" \t", colon + 1);
            if (from != std::string_view::npos) header.value = line.substr(from);
            asked.headers.push_back(std::move(header));
        }
        return asked;
    }

    [[nodiscard]] static std::optional<request> receive(connection& peer, std::string& unread) {
        std::size_t end = 0;
        while ((end = unread.find("\r\n\r\n")) == std::string::npos) {
            if (!peer.receive(unread)) return std::nullopt;
        }
        auto asked = parse_head(std::string_view{unread}.substr(0, end + 2));
        unread.erase(0, end + 4);
        if (asked.header("expect") == "100-continue" && !peer.send("HTTP/1.1 100 Continue\r\n\r\n"))
            return std::nullopt;
        const auto length = asked.has("content-length") ? std::stoull(std::string{asked.header("content-length")}) : 0;
        while (unread.size() < length) {
            if (!peer.receive(unread)) return std::nullopt;
        }
        asked.body = unread.substr(0, length);
        unread.erase(0, length);
        return asked;
    }

    // Answering

    [[nodiscard]] static std::string head_of(const answer& what) {
        auto head = "HTTP/1." + std::string{what.framing == framing::until_close ? "0 " : "1 "} +
                    std::to_string(what.status) + " of the test\r\n";
        for (const auto& header : what.headers) head += header.name + ": " + header.value + "\r\n";
        if (what.framing == framing::length) {
            head += "Content-Length: " + std::to_string(what.announced.value_or(what.body.size())) + "\r\n";
        }
        if (what.framing == framing::chunked) head += "Transfer-Encoding: chunked\r\n";
        return head + "\r\n";
    }

    [[nodiscard]] static std::string framed_body(const request& asked, const answer& what) {
        if (asked.method == "HEAD" || what.framing == framing::none) return {};
        if (what.framing != framing::chunked) return what.body;
        std::string text;
        for (std::size_t at = 0; at < what.body.size(); at += 1000) {
            const auto chunk = what.body.substr(at, 1000);
            char size[16];
            std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
            text += size + chunk + "\r\n";
        }
        return text + "0\r\n\r\n";
    }

    [[nodiscard]] static bool send_in_pieces(connection& peer, std::string_view text, const answer& what) {
        const auto piece = what.piece == 0 ? text.size() : what.piece;
        while (!text.empty()) {
            if (!peer.send(text.substr(0, piece))) return false;
            text.remove_prefix((std::min)(piece, text.size()));
            if (!text.empty() && !peer.pause(what.between)) return false;
        }
        return true;
    }

    [[nodiscard]] bool hold(std::size_t requests) {
        std::unique_lock lock{mutex_};
        arrived_.wait(lock, [&] { return stopped_ || arrivals_ >= requests; });
        return !stopped_;
    }

    /// Whether the connection goes on.
    [[nodiscard]] bool respond(connection& peer, const request& asked, const answer& what) {
        if (!hold(what.after_requests)) return false;
        switch (what.fault) {
        case fault::reset:
            peer.reset_on_close();
            return false;
        case fault::close:
            peer.finish();
            return false;
        case fault::stall:
            peer.wait_for_end();
            return false;
        default:
            break;
        }
        if (!what.raw.empty()) return peer.send(what.raw) && (peer.finish(), false);
        if (what.interim && !peer.send("HTTP/1.1 100 Continue\r\n\r\n")) return false;
        return send_answer(peer, asked, what);
    }

    [[nodiscard]] static bool send_answer(connection& peer, const request& asked, const answer& what) {
        const auto head = head_of(what), body = framed_body(asked, what);
        const bool midway =
            what.fault == fault::reset_midway || what.fault == fault::close_midway || what.fault == fault::stall_midway;
        const auto text = head + (midway ? body.substr(0, what.sent) : body);
        if (!send_in_pieces(peer, text, what)) return false;
        if (what.fault == fault::stall_midway) {
            peer.wait_for_end();
            return false;
        }
        if (what.fault == fault::reset_midway) {
            peer.reset_on_close();
            return false;
        }
        const bool ends = what.fault != fault::none || what.framing == framing::until_close;
        if (ends) peer.finish();
        return !ends;
    }

    handler handler_;
    mutable std::mutex mutex_, handling_;
    std::condition_variable arrived_;
    std::vector<request> requests_;
    std::size_t arrivals_ = 0, connections_ = 0;
    bool stopped_ = false;
    stop_signal stop_;
    listener listener_;
    std::list<std::thread> serving_; // by the acceptor alone, until that has ended
    std::thread acceptor_;
};

} // namespace http_tests

#endif
