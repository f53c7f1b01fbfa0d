#ifndef SEALSYNC_EXT_SQLITE_SQLITE_SCHEMA_HPP
#define SEALSYNC_EXT_SQLITE_SQLITE_SCHEMA_HPP

#include "../../replica/table.hpp"
#include "sqlite_connection.hpp"

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
