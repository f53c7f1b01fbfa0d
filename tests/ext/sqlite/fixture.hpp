#ifndef SEALSYNC_TESTS_EXT_SQLITE_FIXTURE_HPP
#define SEALSYNC_TESTS_EXT_SQLITE_FIXTURE_HPP

#include <sealsync/ext/sqlite/sqlite_replica.hpp>

#include <csignal>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace sqlite_tests {

namespace fs = std::filesystem;
inline constexpr auto table = sealsync::replica_table::object;

/// A folder of its own, gone with it.
class scratch_folder {
public:
    scratch_folder() {
        auto pattern = (fs::temp_directory_path() / "sealsync-sqlite-XXXXXX").string();
        if (!mkdtemp(pattern.data())) throw std::runtime_error{"no temporary folder"};
        path_ = pattern;
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() { fs::remove_all(path_); }
    [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

inline sealsync::result<void> put(sealsync::sqlite_replica& replica, sealsync::bytes_view key,
                                  sealsync::bytes_view value, sealsync::replica_table where = table) {
    auto in = replica.begin();
    if (!in) return std::move(in).error();
    if (auto done = in->store(where, key, value); !done) return done;
    return in->commit();
}

inline std::optional<std::string> get(sealsync::sqlite_replica& replica, sealsync::bytes_view key,
                                      sealsync::replica_table where = table) {
    const auto found = replica.begin().value().load(where, key).value();
    return found ? std::optional{std::string{sealsync::as_text(*found)}} : std::nullopt;
}

inline std::string keys(sealsync::sqlite_replica& replica) {
    std::string seen;
    auto in = replica.begin().value();
    in.scan(table, {}, [&](auto key, auto) { return seen += sealsync::as_text(key), true; }).value();
    return seen;
}

inline void write_file(const fs::path& path, const std::string& content) {
    std::ofstream{path, std::ios::binary} << content;
}

inline std::string read_file(const fs::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Runs SQL on a file by SQLite itself, as another application would.
inline void run_sql(const fs::path& path, const std::string& sql) {
    sqlite3* raw = nullptr;
    const bool done = sqlite3_open(path.c_str(), &raw) == SQLITE_OK &&
                      sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    const std::string words = sqlite3_errmsg(raw);
    sqlite3_close(raw);
    if (!done) throw std::runtime_error{words};
}

/// A process that runs `work` and ends at once, without a destructor or an exit handler, as if killed.
class child_process {
public:
    explicit child_process(const std::function<bool()>& work) : id_{fork()} {
        if (id_ != 0) return;
        bool held = false;
        try {
            held = work();
        } catch (...) {
        }
        _exit(held ? 0 : 1);
    }
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    ~child_process() {
        if (id_ > 0) kill_and_wait();
    }

    /// Whether `work` returned true.
    [[nodiscard]] bool wait() {
        int status = 0;
        waitpid(std::exchange(id_, -1), &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    void kill_and_wait() {
        ::kill(id_, SIGKILL);
        waitpid(std::exchange(id_, -1), nullptr, 0);
    }

private:
    pid_t id_;
};

/// One byte at a time from a child to its parent.
class signal_pipe {
public:
    signal_pipe() {
        if (pipe(ends_) != 0) throw std::runtime_error{"no pipe"};
    }
    signal_pipe(const signal_pipe&) = delete;
    signal_pipe& operator=(const signal_pipe&) = delete;
    ~signal_pipe() {
        close(ends_[0]);
        close(ends_[1]);
    }
    void send() { [[maybe_unused]] const auto sent = write(ends_[1], "x", 1); }
    [[nodiscard]] bool receive() {
        char byte = 0;
        return read(ends_[0], &byte, 1) == 1;
    }

private:
    int ends_[2] = {-1, -1};
};

} // namespace sqlite_tests

#endif
