#ifndef SEALSYNC_CLI_SESSION_HPP
#define SEALSYNC_CLI_SESSION_HPP

#include "console.hpp"
#include "device.hpp"
#include "exit_code.hpp"
#include "options.hpp"

#include <array>
#include <cstdio>

namespace cli {

/// A session holds what a command needs from its first line to its last: the device, the console, and the cost so far.
class session {
public:
    explicit session(const options& given)
        : out{given.quiet}, here{given.folder}, start_{std::chrono::steady_clock::now()} {}

    /// Prints the last line of a command: what the command did, and the cost of that since `begin()` or the start.
    void summary(const std::string& done) {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
        const auto& cost = here.counts();
        std::array<char, 160> text{};
        std::snprintf(text.data(), text.size(), "; %llu requests, %llu bytes out, %llu bytes in, %.2f s",
                      static_cast<unsigned long long>(cost.requests.total() - before_.requests.total()),
                      static_cast<unsigned long long>(cost.sent - before_.sent),
                      static_cast<unsigned long long>(cost.received - before_.received), seconds.count());
        say(done + text.data());
    }
    void say(const std::string& line) {
        out.clear();
        if (out.quiet()) return;
        std::printf("%s\n", line.c_str());
        std::fflush(stdout);
    }
    /// Counts the cost from here on.
    void begin() {
        start_ = std::chrono::steady_clock::now();
        before_ = here.counts();
        out.begin();
    }

    /// Says why the command fails, and gives the exit code for that and what was said before.
    [[nodiscard]] exit_code fail(const ss::failure& why) {
        out.complain(why);
        return out.worst();
    }
    /// Fails because of an object of the store: names the files that the object belongs to, if this device knows them.
    [[nodiscard]] exit_code fail_on_object(const ss::failure& why) {
        auto owners = here.vault().collection(collection_name).owners(why.object());
        if (!owners || owners->empty() || !why.attempted().empty()) return fail(why);
        std::sort(owners->begin(), owners->end());
        std::string files;
        for (const auto& id : *owners) {
            files += (files.empty() ? "" : ", ") + printable(path_of_id(id));
        }
        return fail(why.during(files));
    }

    console out;
    device here;

private:
    std::chrono::steady_clock::time_point start_;
    traffic before_{};
};

} // namespace cli

#endif
