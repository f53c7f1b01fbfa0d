#ifndef SEALSYNC_CLI_CONSOLE_HPP
#define SEALSYNC_CLI_CONSOLE_HPP

#include "advice.hpp"
#include "exit_code.hpp"
#include "names.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <set>
#include <unistd.h>

namespace cli {

/// Shows a person what a command does: notes on standard error, and a progress line if that is a terminal. It says each
/// line once, however often its cause is met, and keeps the exit code that the lines amount to.
class console {
public:
    explicit console(bool quiet) noexcept : quiet_{quiet}, bar_{!quiet && ::isatty(STDERR_FILENO) == 1} {}
    console(const console&) = delete;
    console& operator=(const console&) = delete;
    ~console() { clear(); }

    [[nodiscard]] bool quiet() const noexcept { return quiet_; }

    /// Says what was not done with a file, and why; shown also to a script.
    void note(std::string_view path, std::string_view why, exit_code code = exit_code::good) {
        say(printable(path).append(": ").append(why), code);
    }
    void complain(const sealsync::failure& why) { complain(why, exit_code_of(why.kind())); }
    void complain(const sealsync::failure& why, exit_code code) { say(message_of(why), code); }

    /// The greatest exit code of all that was said since the start, or since `begin`.
    [[nodiscard]] exit_code worst() const noexcept { return worst_; }
    /// Starts the next sync of a command that makes many. What the last sync said is not said again; what ended before
    /// it and is back, is.
    void begin() {
        said_before_ = std::exchange(said_, {});
        worst_ = exit_code::good;
    }

    /// `total` 0: not known.
    void progress(std::string_view what, std::uint64_t done, std::uint64_t total) {
        const auto now = std::chrono::steady_clock::now();
        if (!bar_ || now - drawn_ < std::chrono::milliseconds{100}) return;
        drawn_ = now;
        std::cerr << "\r\x1b[K" << what << ' ' << done;
        if (total > 0) std::cerr << '/' << total << ' ' << bar(done, total);
        std::cerr << std::flush;
        shown_ = true;
    }
    void clear() {
        if (shown_) std::cerr << "\r\x1b[K" << std::flush;
        shown_ = false;
    }

private:
    void say(std::string_view text, exit_code code) {
        auto line = harmless(text);
        worst_ = std::max(worst_, code);
        const bool is_old = said_before_.contains(line);
        const auto [at, is_new] = said_.insert(std::move(line));
        if (!is_new || is_old) return;
        clear();
        std::cerr << "sealsync: " << *at << '\n';
    }

    [[nodiscard]] static std::string bar(std::uint64_t done, std::uint64_t total) {
        constexpr std::uint64_t width = 30;
        const auto full = static_cast<std::size_t>(done >= total ? width : done * width / total);
        return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
    }

    bool quiet_, bar_, shown_ = false;
    std::chrono::steady_clock::time_point drawn_{};
    std::set<std::string> said_, said_before_; ///< lines: in this sync, and in the one before
    exit_code worst_ = exit_code::good;
};

} // namespace cli

#endif
