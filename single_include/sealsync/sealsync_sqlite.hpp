// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_SQLITE_HPP
#define SEALSYNC_SINGLE_SEALSYNC_SQLITE_HPP

#include "sealsync.hpp"

#include <filesystem>
#include <new>

#ifndef SEALSYNC_EXT_SQLITE_SQLITE_CONNECTION_HPP
#define SEALSYNC_EXT_SQLITE_SQLITE_CONNECTION_HPP

#include <sqlite3.h>

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

#ifndef SEALSYNC_EXT_SQLITE_SQLITE_SCHEMA_HPP
#define SEALSYNC_EXT_SQLITE_SQLITE_SCHEMA_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The prepared statements of one table.
struct sqlite_table {
    sqlite_statement load, store, erase, scan;
};
using sqlite_tables = std::array<sqlite_table, replica_table_count>;

/// How the nine tables lie in a file, and how a file says that it is ours.
class sqlite_schema {
public:
    static constexpr std::int64_t application_id = 0x5EA15C01;
    static constexpr std::int64_t format = 1;

    /// Looks, without writing: true if the file is a replica, false if it is still empty.
    /// Fails with `errc::invalid_argument` on the database of another application, `errc::unknown_format` on a
    /// replica of a newer version, `errc::replica_corrupt` on what is no database.
    [[nodiscard]] static result<bool> is_replica(sqlite_connection& file) {
        const auto application = file.number("PRAGMA application_id");
        if (!application) return application.error();
        const auto version = file.number("PRAGMA user_version");
        if (!version) return version.error();
        const auto parts = file.number("SELECT count(*) FROM sqlite_master");
        if (!parts) return parts.error();

        const auto name = text_of(file.path());
        if (*application == 0 && *version == 0 && *parts == 0) return false;
        if (*application != application_id) {
            return failure{errc::invalid_argument, name,
                           "this is the SQLite database of another application; name another file"};
        }
        if (*version != format) {
            return failure{errc::unknown_format, name,
                           "replica format " + std::to_string(*version) + "; this version reads format " +
                               std::to_string(format)};
        }
        return true;
    }

    /// All or nothing, so that an interrupted creation leaves an empty file.
    [[nodiscard]] static result<void> create(sqlite_connection& file) {
        std::string sql = "BEGIN IMMEDIATE;";
        for (std::size_t i = 0; i < names.size(); ++i) sql += table_sql(static_cast<replica_table>(i + 1));
        sql += "PRAGMA application_id = " + std::to_string(application_id) + ";";
        sql += "PRAGMA user_version = " + std::to_string(format) + ";COMMIT";
        return file.run(sql);
    }

    [[nodiscard]] static result<void> prepare(sqlite_connection& file, sqlite_tables& tables) {
        for (std::size_t i = 0; i < tables.size(); ++i) {
            const auto name = quoted(static_cast<replica_table>(i + 1));
            auto& table = tables[i];
            auto done = file.prepare("SELECT value FROM " + name + " WHERE key = ?1", table.load);
            if (done) done = file.prepare(store_sql(name), table.store);
            if (done) done = file.prepare("DELETE FROM " + name + " WHERE key = ?1", table.erase);
            if (done)
                done = file.prepare("SELECT key, value FROM " + name + " WHERE key >= ?1 ORDER BY key", table.scan);
            if (!done) return done;
        }
        return {};
    }

private:
    static constexpr std::array<const char*, replica_table_count> names = {
        "header", "object", "content", "outbox", "source", "cursor", "met", "derived", "staged"};

    [[nodiscard]] static std::string quoted(replica_table table) {
        return std::string{"\""} + names[static_cast<std::size_t>(table) - 1] + "\"";
    }

    [[nodiscard]] static std::string store_sql(const std::string& name) {
        return "INSERT INTO " + name +
               " (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    }

    /// Small rows lie in the tree of their keys: one look-up, half the pages. Large values would make that tree
    /// deep and scatter its pages, so they have a tree of their own, filled in the order of arrival.
    [[nodiscard]] static std::string table_sql(replica_table table) {
        const bool large =
            table == replica_table::content || table == replica_table::source || table == replica_table::staged;
        const auto start = "CREATE TABLE " + quoted(table);
        if (large) return start + " (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL);";
        return start + " (key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;";
    }
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SQLITE_SQLITE_REPLICA_HPP
#define SEALSYNC_EXT_SQLITE_SQLITE_REPLICA_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

enum class sqlite_durability {
    power_cut,     ///< a commit waits for the disk: one sync each
    process_crash, ///< a power cut may lose the last commits, never damage the file. Acknowledged edits may be lost
};

struct sqlite_options {
    /// If false, a missing file is `errc::not_found`.
    bool create = true;
    sqlite_durability durability = sqlite_durability::power_cut;
    std::uint64_t cache_bytes_max = std::uint64_t{8} << 20U;
    /// A write that would make the file larger is `errc::no_space`; 0: as large as the disk.
    std::uint64_t file_bytes_max = 0;
};

/// A replica in one SQLite file (WAL). The file is whole after `close()` or destruction; before, and after a crash,
/// a `-wal` file beside it belongs to it.
///
/// The file is held exclusively: opening it twice, in any process, is `errc::busy`. It holds contents in clear, so
/// that a new one can be read by its owner only. Do not open it by other means in the same process while it is in
/// use: on POSIX, closing any descriptor of a file drops the locks on it.
///
/// Memory is bounded by the cache, the index of the log (8 bytes for each page written in one transaction) and the row
/// in hand. One transaction at a time, on any thread; it must end before the replica is closed or destroyed.
class sqlite_replica {
public:
    class transaction;

    /// Throws `std::system_error` where `open()` fails.
    explicit sqlite_replica(const std::filesystem::path& path, const sqlite_options& options = {})
        : sqlite_replica{open(path, options).value()} {}

    /// Creates the file if it is missing or empty; its folder must exist.
    /// Fails with `errc::busy`, `invalid_argument` (the file of another application, or no name), `replica_corrupt`,
    /// `unknown_format`, `read_only`, `io_error`, `no_space`, `not_found`; the file is unchanged then.
    [[nodiscard]] static result<sqlite_replica> open(const std::filesystem::path& path,
                                                     const sqlite_options& options = {});

    /// Fails with `errc::closed` after `close()`, else as the transaction's calls.
    [[nodiscard]] result<transaction> begin();

    /// Moves everything into the one file and releases it. The destructor does the same but cannot report; nothing
    /// committed is lost if it fails.
    [[nodiscard]] result<void> close() {
        if (!database_) return {};
        const auto closing = std::move(database_);
        auto& file = closing->file;
        const int outcome =
            sqlite3_wal_checkpoint_v2(file.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
        if (outcome != SQLITE_OK) return file.fail(outcome).during("closing the replica");
        return {};
    }

private:
    struct database {
        detail::sqlite_connection file; // outlives its statements
        detail::sqlite_tables tables{};
    };

    explicit sqlite_replica(detail::owner<database> opened) noexcept : database_{std::move(opened)} {}

    [[nodiscard]] static result<detail::sqlite_connection> connect(const std::filesystem::path& path,
                                                                   const sqlite_options& options);
    [[nodiscard]] static result<void> configure(detail::sqlite_connection& file, const sqlite_options& options);
    [[nodiscard]] static result<void> initialize(detail::sqlite_connection& file);

    detail::owner<database> database_;
};

/// Any failure rolls the transaction back; every later call of it, `commit()` above all, then fails the same way.
/// Fails with `errc::no_space`, `io_error`, `replica_corrupt`, `read_only`, or `too_large` (a value over 1 GB).
class sqlite_replica::transaction {
public:
    transaction(transaction&& other) noexcept
        : database_{std::exchange(other.database_, nullptr)}, sound_{std::move(other.sound_)} {}
    transaction& operator=(transaction&&) = delete;
    ~transaction() {
        if (database_) roll_back();
    }

    [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) {
        if (!sound_) return sound_.error();
        detail::sqlite_query query{statements(table).load};
        int outcome = query.bind(1, key);
        if (outcome == SQLITE_OK) outcome = query.step();
        if (outcome == SQLITE_DONE) return std::nullopt;
        if (outcome == SQLITE_ROW) return to_bytes(query.column(0));
        return fail(outcome, "reading the replica");
    }

    [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
        if (!sound_) return sound_.error();
        SEALSYNC_ASSERT(!scanning_);
        detail::sqlite_query query{statements(table).store};
        int outcome = query.bind(1, key);
        if (outcome == SQLITE_OK) outcome = query.bind(2, value);
        if (outcome == SQLITE_OK) outcome = query.step();
        if (outcome != SQLITE_DONE) return fail(outcome, "writing to the replica");
        return {};
    }

    [[nodiscard]] result<void> erase(replica_table table, bytes_view key) {
        if (!sound_) return sound_.error();
        SEALSYNC_ASSERT(!scanning_);
        detail::sqlite_query query{statements(table).erase};
        int outcome = query.bind(1, key);
        if (outcome == SQLITE_OK) outcome = query.step();
        if (outcome != SQLITE_DONE) return fail(outcome, "erasing from the replica");
        return {};
    }

    /// The visitor may load, but neither write nor scan.
    [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
        if (!sound_) return sound_.error();
        const scan_guard guard{scanning_};
        detail::sqlite_query query{statements(table).scan};
        int outcome = query.bind(1, from);
        if (outcome == SQLITE_OK) outcome = query.step();
        for (; outcome == SQLITE_ROW; outcome = query.step()) {
            const bool more = visit(query.column(0), query.column(1));
            if (!sound_) return sound_.error(); // a load by the visitor rolled back, and ended this read too
            if (!more) return {};
        }
        if (outcome != SQLITE_DONE) return fail(outcome, "reading the replica");
        return {};
    }

    /// Durable when it returns. If it fails nothing is visible; after a crash that follows, all of it may be.
    [[nodiscard]] result<void> commit() {
        if (!sound_) return sound_.error();
        SEALSYNC_ASSERT(database_ && !scanning_);
        auto done = database_->file.run("COMMIT");
        if (!done) {
            sound_ = done.error().during("committing to the replica");
            roll_back();
            return sound_;
        }
        database_ = nullptr;
        return {};
    }

private:
    friend class sqlite_replica;

    struct scan_guard {
        explicit scan_guard(bool& flag) noexcept : flag_{flag} {
            SEALSYNC_ASSERT(!flag_);
            flag_ = true;
        }
        scan_guard(const scan_guard&) = delete;
        scan_guard& operator=(const scan_guard&) = delete;
        ~scan_guard() { flag_ = false; }
        bool& flag_;
    };

    explicit transaction(database* of) noexcept : database_{of} {}

    [[nodiscard]] detail::sqlite_table& statements(replica_table table) const noexcept {
        const auto number = static_cast<std::size_t>(table);
        SEALSYNC_ASSERT(database_ && number >= 1 && number <= replica_table_count);
        return database_->tables[number - 1];
    }

    /// SQLite ends a transaction by itself after some failures, and what followed would commit alone.
    [[nodiscard]] failure fail(int outcome, std::string_view attempted) {
        sound_ = database_->file.fail(outcome).during(attempted);
        roll_back();
        return sound_.error();
    }

    void roll_back() noexcept {
        auto* const file = std::exchange(database_, nullptr)->file.get();
        if (sqlite3_get_autocommit(file)) return;
        [[maybe_unused]] const int outcome = sqlite3_exec(file, "ROLLBACK", nullptr, nullptr, nullptr);
        SEALSYNC_ASSERT(sqlite3_get_autocommit(file)); // it reports the failure that it ends, but it ends
    }

    database* database_;
    result<void> sound_; ///< or what rolled it back
    bool scanning_ = false;
};

inline result<sqlite_replica> sqlite_replica::open(const std::filesystem::path& path, const sqlite_options& options) {
    const auto attempted = "opening the replica";
    auto file = connect(path, options);
    if (!file) return file.error().during(attempted);
    auto done = configure(*file, options);
    if (done) done = initialize(*file);
    if (!done) return done.error().during(attempted);
    detail::owner<database> opened{new database{*std::move(file)}};
    done = detail::sqlite_schema::prepare(opened->file, opened->tables);
    if (!done) return done.error().during(attempted);
    return sqlite_replica{std::move(opened)};
}

inline result<sqlite_replica::transaction> sqlite_replica::begin() {
    if (!database_) return failure{errc::closed, {}, "the replica was closed"};
    SEALSYNC_ASSERT(sqlite3_get_autocommit(database_->file.get()));
    auto begun = database_->file.run("BEGIN");
    if (!begun) return begun.error().during("beginning a transaction of the replica");
    return transaction{database_.get()};
}

inline result<detail::sqlite_connection> sqlite_replica::connect(const std::filesystem::path& path,
                                                                 const sqlite_options& options) {
    const auto text = detail::text_of(path);
    if (text.empty()) return failure{errc::invalid_argument, {}, "the replica's file has no name"};
    if (text.find('\0') != std::string::npos) {
        return failure{errc::invalid_argument, text.substr(0, text.find('\0')), "NUL in the replica's file name"};
    }
    std::error_code ignored; // opening it says more
    if (!options.create && !std::filesystem::exists(path, ignored)) return failure{errc::not_found, text};

    auto file =
        detail::sqlite_connection::open(path, SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0));
    if (file && sqlite3_db_readonly(file->get(), "main") == 1) {
        return failure{errc::read_only, text, "no permission to write the file"};
    }
    return file;
}

inline result<void> sqlite_replica::configure(detail::sqlite_connection& file, const sqlite_options& options) {
    const bool strict = options.durability == sqlite_durability::power_cut;
    // Pages of a new file: contents of a few kilobytes fit several to a page, and each page written is three calls.
    // The exclusive lock comes before the log is touched, so that its index is private memory instead of a third file.
    auto done = file.run("PRAGMA page_size = 16384;"
                         "PRAGMA locking_mode = EXCLUSIVE; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
                         "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                         "PRAGMA cache_size = -" +
                         std::to_string(options.cache_bytes_max / 1024) +
                         "; PRAGMA synchronous = " + (strict ? "FULL" : "NORMAL") + "; BEGIN EXCLUSIVE; COMMIT");
    if (!done || options.file_bytes_max == 0) return done;

    const auto page = file.number("PRAGMA page_size");
    if (!page) return page.error();
    const auto pages_max = std::max<std::uint64_t>(options.file_bytes_max / static_cast<std::uint64_t>(*page), 1);
    return file.run("PRAGMA max_page_count = " + std::to_string(pages_max));
}

inline result<void> sqlite_replica::initialize(detail::sqlite_connection& file) {
    const auto ours = detail::sqlite_schema::is_replica(file);
    if (!ours) return ours.error();

    // A checkpoint each 16 MiB, and no log of a large transaction kept for ever.
    auto done = file.run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 1024;"
                         "PRAGMA journal_size_limit = 16777216");
    if (!done || *ours) return done;
    std::error_code ignored; // not every file system knows owners
    std::filesystem::permissions(file.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                                 ignored);
    return detail::sqlite_schema::create(file);
}

static_assert(replica<sqlite_replica>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_SQLITE_HPP
#define SEALSYNC_SEALSYNC_SQLITE_HPP

// Generated by cmake/amalgamate.py: the core, and the part on sqlite.

#endif

#endif
