#ifndef SEALSYNC_CLI_INTERRUPT_HPP
#define SEALSYNC_CLI_INTERRUPT_HPP

#include <csignal>
#include <pthread.h>
#include <stop_token>
#include <thread>

namespace cli {

/// Turns SIGINT, SIGTERM and SIGHUP into a request to stop, so that a command ends where nothing is half done. To be
/// made before any other thread.
class interrupt {
public:
    interrupt() {
        sigemptyset(&signals_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        waiter_ = std::thread{[this] {
            int signal = 0;
            sigwait(&signals_, &signal);
            stop_.request_stop();
        }};
    }
    interrupt(const interrupt&) = delete;
    interrupt& operator=(const interrupt&) = delete;
    ~interrupt() {
        pthread_kill(waiter_.native_handle(), SIGTERM); // ends its wait, whatever it was for
        waiter_.join();
    }
    [[nodiscard]] std::stop_token token() const noexcept { return stop_.get_token(); }

private:
    sigset_t signals_{};
    std::stop_source stop_;
    std::thread waiter_;
};

} // namespace cli

#endif
