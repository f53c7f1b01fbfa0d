#ifndef SEALSYNC_EXT_SQLITE_SQLITE_REPLICA_HPP
#define SEALSYNC_EXT_SQLITE_SQLITE_REPLICA_HPP

#include "../../replica/replica.hpp"
#include "sqlite_schema.hpp"

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
