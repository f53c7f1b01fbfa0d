#ifndef SEALSYNC_CLI_PASSPHRASE_HPP
#define SEALSYNC_CLI_PASSPHRASE_HPP

#include "platform.hpp"

#include <sealsync/ext/botan/primitives.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <termios.h>

namespace cli {

/// A terminal that does not show what is typed, and shows again afterwards.
class silent_terminal {
public:
    explicit silent_terminal(int terminal) noexcept
        : terminal_{terminal}, known_{::tcgetattr(terminal, &before_) == 0} {
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (known_) ::tcsetattr(terminal_, TCSAFLUSH, &silent);
    }
    silent_terminal(const silent_terminal&) = delete;
    silent_terminal& operator=(const silent_terminal&) = delete;
    ~silent_terminal() {
        if (known_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }

private:
    int terminal_;
    termios before_{};
    bool known_;
};

/// Signals that would end the program end a read instead: what was done to the terminal can be undone.
class signals_end_reads {
public:
    signals_end_reads() noexcept {
        struct sigaction ignored {};
        ignored.sa_handler = [](int) {};
        for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &ignored, &before_[i]);
    }
    signals_end_reads(const signals_end_reads&) = delete;
    signals_end_reads& operator=(const signals_end_reads&) = delete;
    ~signals_end_reads() {
        for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
    }

private:
    static constexpr std::array<int, 4> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    std::array<struct sigaction, signals.size()> before_{};
};

namespace detail {

[[nodiscard]] inline ss::result<std::string> first_line(ss::bytes_view content, const std::string& source) {
    const auto text = ss::as_text(content);
    std::string line{text.substr(0, text.find('\n'))};
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) return ss::failure{ss::errc::invalid_argument, source, "no passphrase in it"};
    return line;
}

[[nodiscard]] inline ss::result<std::string> prompt(int terminal, std::string_view question) {
    const signals_end_reads interruptible;
    const silent_terminal quiet{terminal};
    if (auto asked = write_all(terminal, question, "terminal"); !asked) return std::move(asked).error();
    std::string line;
    char c = 0;
    ssize_t got = 0;
    while ((got = ::read(terminal, &c, 1)) == 1 && c != '\n') line += c;
    const bool interrupted = got < 0 && errno == EINTR;
    (void)write_all(terminal, "\n", "terminal");
    if (interrupted) return ss::failure{ss::errc::cancelled, "passphrase", "interrupted"};
    if (line.empty()) return ss::failure{ss::errc::invalid_argument, "passphrase", "empty"};
    return line;
}

} // namespace detail

/// From a file, else from SEALSYNC_PASSPHRASE, else asked for at the terminal; twice if it is a new one.
[[nodiscard]] inline ss::result<std::string> get_passphrase(const std::string& file, bool is_new) {
    if (!file.empty()) {
        const descriptor open{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!open) return os_failure(errno, file).during("passphrase file");
        const auto content = read_up_to(open.get(), 8192, file); // perhaps a pipe
        if (!content) return content.error().during("passphrase file");
        return detail::first_line(*content, file);
    }
    if (const char* text = std::getenv("SEALSYNC_PASSPHRASE"); text != nullptr) {
        if (*text == '\0') return ss::failure{ss::errc::invalid_argument, "SEALSYNC_PASSPHRASE", "empty"};
        return std::string{text};
    }
    const descriptor terminal{::open("/dev/tty", O_RDWR | O_CLOEXEC)};
    if (!terminal) {
        return ss::failure{ss::errc::invalid_argument, "passphrase",
                           "no terminal to ask at; use --passphrase-file or SEALSYNC_PASSPHRASE"};
    }
    auto typed = detail::prompt(terminal.get(), "Passphrase: ");
    if (!typed || !is_new) return typed;
    const auto again = detail::prompt(terminal.get(), "Again: ");
    if (!again) return again;
    if (*typed != *again) return ss::failure{ss::errc::invalid_argument, "passphrase", "the two differ"};
    return typed;
}

} // namespace cli

#endif
