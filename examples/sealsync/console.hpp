#ifndef SEALSYNC_CLI_CONSOLE_HPP
#define SEALSYNC_CLI_CONSOLE_HPP

#include "advice.hpp"
#include "names.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <unistd.h>

namespace cli {

/// What a person sees while a command runs: notes on standard error, and a progress line if that is a terminal.
class console {
public:
    explicit console(bool quiet) noexcept : quiet_{quiet}, bar_{!quiet && ::isatty(STDERR_FILENO) == 1} {}
    console(const console&) = delete;
    console& operator=(const console&) = delete;
    ~console() { clear(); }

    [[nodiscard]] bool quiet() const noexcept { return quiet_; }

    /// Something that was not done, and why; shown also to a script.
    void note(std::string_view path, std::string_view why) {
        clear();
        std::cerr << "sealsync: " << printable(path) << ": " << why << '\n';
    }
    void complain(const sealsync::failure& why) {
        clear();
        std::cerr << "sealsync: " << message_of(why) << '\n';
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
    [[nodiscard]] static std::string bar(std::uint64_t done, std::uint64_t total) {
        constexpr std::uint64_t width = 30;
        const auto full = static_cast<std::size_t>(done >= total ? width : done * width / total);
        return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
    }

    bool quiet_, bar_, shown_ = false;
    std::chrono::steady_clock::time_point drawn_{};
};

} // namespace cli

#endif
