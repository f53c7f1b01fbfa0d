#ifndef SEALSYNC_CLI_OPTIONS_HPP
#define SEALSYNC_CLI_OPTIONS_HPP

#include "exit_code.hpp"

#include <chrono>
#include <string>

namespace cli {

/// The command line, read.
struct options {
    std::string folder;
    bool quiet = false;

    // init, join; probe has the store alone
    std::string store, user, device, passphrase_file;
    bool fast_kdf = false, accept_unsafe_creation = false;

    // sync, watch
    bool allow_mass_delete = false, rediscover = false;
    std::chrono::seconds poll{30};

    // log, ls
    bool json = false, details = false;
};

[[nodiscard]] exit_code run_init(const options& given);
[[nodiscard]] exit_code run_join(const options& given);
[[nodiscard]] exit_code run_sync(const options& given);
[[nodiscard]] exit_code run_watch(const options& given);
[[nodiscard]] exit_code run_status(const options& given);
[[nodiscard]] exit_code run_conflicts(const options& given);
[[nodiscard]] exit_code run_ls(const options& given);
[[nodiscard]] exit_code run_log(const options& given);
[[nodiscard]] exit_code run_verify(const options& given);
[[nodiscard]] exit_code run_probe(const options& given);

} // namespace cli

#endif
