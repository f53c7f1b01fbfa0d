#ifndef SEALSYNC_EXT_SQLITE_SQLITE_CONNECTION_HPP
#define SEALSYNC_EXT_SQLITE_SQLITE_CONNECTION_HPP

#include "../../bytes.hpp"
#include "../../result.hpp"
#include "../../storage/path_text.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <new>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `SQLITE_ERROR` and its like mean that tables or columns are missing: our own SQL is fixed, so the file is not ours.
[[nodiscard]] constexpr errc sqlite_errc(int code) noexcept {
    switch (code & 0xff) {
    case SQLITE_FULL:
        return errc::no_space;
    case SQLITE_READONLY:
        return errc::read_only;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return errc::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return errc::replica_corrupt;
    case SQLITE_TOOBIG:
        return errc::too_large;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return errc::access_denied;
    default:
        return errc::io_error;
    }
}

/// A prepared statement with one user at a time; see `sqlite_query`.
class sqlite_statement {
public:
    sqlite_statement() = default;
    explicit sqlite_statement(sqlite3_stmt* statement) noexcept : statement_{statement} {}
    sqlite_statement(sqlite_statement&& other) noexcept : statement_{std::exchange(other.statement_, nullptr)} {}
    sqlite_statement& operator=(sqlite_statement&& other) noexcept {
        std::swap(statement_, other.statement_);
        return *this;
    }
    ~sqlite_statement() { sqlite3_finalize(statement_); }
    [[nodiscard]] sqlite3_stmt* get() const noexcept { return statement_; }

private:
    sqlite3_stmt* statement_ = nullptr;
};

/// One execution. Ends it on destruction, so that no read outlives its scope and no bound view is kept.
class sqlite_query {
public:
    explicit sqlite_query(const sqlite_statement& statement) noexcept : statement_{statement.get()} {
        SEALSYNC_ASSERT(!sqlite3_stmt_busy(statement_));
    }
    sqlite_query(const sqlite_query&) = delete;
    sqlite_query& operator=(const sqlite_query&) = delete;
    ~sqlite_query() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

    /// The bytes must stay valid as long as the query. Empty ones must not be null, which would bind NULL.
    [[nodiscard]] int bind(int place, bytes_view value) noexcept {
        const void* start = value.empty() ? static_cast<const void*>("") : value.data();
        return sqlite3_bind_blob64(statement_, place, start, value.size(), SQLITE_STATIC);
    }
    [[nodiscard]] int step() noexcept { return sqlite3_step(statement_); }

    /// Valid until the next step.
    [[nodiscard]] bytes_view column(int place) const noexcept {
        const auto* start = static_cast<const std::byte*>(sqlite3_column_blob(statement_, place));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, place));
        return start ? bytes_view{std::span{start, size}} : bytes_view{};
    }
    [[nodiscard]] std::int64_t number(int place) const noexcept { return sqlite3_column_int64(statement_, place); }

private:
    sqlite3_stmt* statement_;
};

/// An open database file, and its errors in words.
class sqlite_connection {
public:
    sqlite_connection(sqlite_connection&& other) noexcept
        : handle_{std::exchange(other.handle_, nullptr)}, path_{std::move(other.path_)} {}
    sqlite_connection& operator=(sqlite_connection&&) = delete;
    ~sqlite_connection() { sqlite3_close_v2(handle_); }

    /// `flags` as of `sqlite3_open_v2`. Fails with `errc::io_error` if there is no such folder, or no such file and
    /// `flags` do not create it.
    [[nodiscard]] static result<sqlite_connection> open(const std::filesystem::path& path, int flags) {
        // An absolute path, because SQLite gives ":memory:" and "file:..." a meaning of their own.
        std::error_code code;
        const auto absolute = std::filesystem::absolute(path, code);
        if (code) return failure{errc::io_error, text_of(path), code.message()};

        sqlite3* raw = nullptr;
        const int outcome = sqlite3_open_v2(text_of(absolute).c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
        sqlite_connection opened{raw, absolute};
        if (outcome != SQLITE_OK) return opened.fail(outcome);
        sqlite3_extended_result_codes(raw, 1);
        return opened;
    }

    [[nodiscard]] sqlite3* get() const noexcept { return handle_; }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    /// What the last call came back with. Being out of memory throws, as everywhere.
    [[nodiscard]] failure fail(int code) const {
        if ((code & 0xff) == SQLITE_NOMEM) throw std::bad_alloc{};
        auto words = std::string{get() ? sqlite3_errmsg(get()) : sqlite3_errstr(code)};
        words += ", SQLite code " + std::to_string(code);
        if (const int number = get() ? sqlite3_system_errno(get()) : 0; number != 0 && says_errno(code)) {
            words += ", " + std::generic_category().message(number);
        }
        return failure{sqlite_errc(code), text_of(path_), words + hint(code)};
    }

    [[nodiscard]] result<void> run(const std::string& sql) {
        const int outcome = sqlite3_exec(get(), sql.c_str(), nullptr, nullptr, nullptr);
        if (outcome != SQLITE_OK) return fail(outcome);
        return {};
    }

    [[nodiscard]] result<void> prepare(const std::string& sql, sqlite_statement& out) {
        sqlite3_stmt* raw = nullptr;
        const int outcome = sqlite3_prepare_v3(get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
        if (outcome != SQLITE_OK) return fail(outcome);
        out = sqlite_statement{raw};
        return {};
    }

    /// The first column of the only row.
    [[nodiscard]] result<std::int64_t> number(const std::string& sql) {
        sqlite_statement statement;
        if (auto done = prepare(sql, statement); !done) return std::move(done).error();
        sqlite_query query{statement};
        if (const int outcome = query.step(); outcome != SQLITE_ROW) return fail(outcome);
        return query.number(0);
    }

private:
    sqlite_connection(sqlite3* handle, std::filesystem::path path) noexcept : handle_{handle}, path_{std::move(path)} {}

    [[nodiscard]] static bool says_errno(int code) noexcept {
        return (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    }

    [[nodiscard]] std::string hint(int code) const {
        std::error_code ignored; // only words depend on it
        if (sqlite_errc(code) == errc::busy) return "; another process, or another replica of this one, has it open";
        if (code == SQLITE_READONLY_DIRECTORY) return "; its folder may not be written, where the log must be";
        if ((code & 0xff) != SQLITE_CANTOPEN) return {};
        const auto folder = path_.parent_path();
        if (!std::filesystem::exists(folder, ignored)) {
            return "; the folder " + text_of(folder) + " does not exist: create it first";
        }
        if (std::filesystem::is_directory(path_, ignored)) return "; this is a folder: name a file in it";
        if (!std::filesystem::exists(path_, ignored)) return "; check the permissions of the folder " + text_of(folder);
        return {};
    }

    sqlite3* handle_;
    std::filesystem::path path_;
};

}}} // namespace sealsync::detail

#endif
