#ifndef SEALSYNC_TESTS_SERVERS_VAULT_HPP
#define SEALSYNC_TESTS_SERVERS_VAULT_HPP

#include "../storage/scratch_folder.hpp"
#include "stores.hpp"

#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/botan/master_key_store.hpp>
#include <sealsync/ext/sqlite/sqlite_replica.hpp>
#include <sealsync/sync_engine.hpp>

#include <map>

namespace servers {

inline void need(const ss::result<void>& outcome) {
    if (!outcome) FAIL(outcome.error().message());
}
template <class T>
T need(ss::result<T> outcome) {
    if (!outcome) FAIL(outcome.error().message());
    return *std::move(outcome);
}

/// A sealed vault of its own in a bucket, and how a device comes to its store.
template <class Store>
class vault {
public:
    static constexpr const char* passphrase = "correct horse";

    explicit vault(std::function<Store()> open, std::string user = "alice")
        : open_{std::move(open)}, user_{std::move(user)}, key_{create()} {}

    /// Each time another: no two devices share connections, or what a probe has found.
    [[nodiscard]] Store store() const { return open_(); }
    [[nodiscard]] const std::string& user() const noexcept { return user_; }
    [[nodiscard]] ss::botan_cipher cipher() const { return ss::botan_cipher{key_}; }

private:
    /// Create-once is refused where the store cannot, and done where a person says so.
    [[nodiscard]] ss::master_key create() const {
        auto store = open_();
        const auto user = *ss::user_id::make(user_);
        ss::create_vault_key_options options;
        options.cost = ss::argon2_parameters{19 * 1024, 2, 1};
        const auto writes = need(store.probe({})).writes;
        auto created = ss::create_vault_key(store, user, passphrase, options);
        if (writes == ss::conditional_writes::none || writes == ss::conditional_writes::untrusted) {
            REQUIRE_FALSE(created);
            CHECK(created.error() == ss::errc::unsupported);
            options.accept_unsafe_creation = true;
            created = ss::create_vault_key(store, user, passphrase, options);
        }
        const auto ours = need(std::move(created)).key;
        const auto again = ss::create_vault_key(store, user, passphrase, options);
        REQUIRE_FALSE(again);
        CHECK(again.error() == ss::errc::already_exists);
        const auto stored = need(ss::load_master_key_file(store, user));
        return need(ss::open_with_passphrase(stored, user, passphrase));
    }

    std::function<Store()> open_;
    std::string user_;
    ss::master_key key_;
};

/// One device of a vault. What it keeps outlives its process, which `reopen()` ends.
template <class Store>
class device {
public:
    using engine_type =
        ss::basic_sync_engine<Store, ss::botan_cipher, ss::system_clock, ss::keep_both, ss::sqlite_replica>;

    device(const vault<Store>& of, std::string name) : of_{of}, name_{std::move(name)} { reopen(); }

    void reopen() {
        engine_.reset();
        engine_.emplace(
            need(engine_type::open({of_.user(), name_, true, {}}, of_.store(), of_.cipher(), ss::system_clock{},
                                   ss::keep_both{}, need(ss::sqlite_replica::open(home_.path() / "replica.db")))));
    }

    [[nodiscard]] engine_type* operator->() { return &*engine_; }
    [[nodiscard]] auto emma() { return engine_->collection("emma"); }

    ss::sync_report sync(const ss::sync_options& options = {}) {
        auto report = need(engine_->sync(options));
        for (const auto& why : report.refusals) FAIL_CHECK(why.message());
        CHECK(report.waiting == 0);
        return report;
    }
    ss::sync_report rediscover() {
        ss::sync_options options;
        options.rediscover = true;
        return sync(options);
    }

    ss::version put(std::string_view id, std::string_view text, ss::put_options options = {}) {
        return need(emma().put(id, text, std::move(options)));
    }
    ss::attachment_id attach(std::string_view content, std::string filename) {
        return need(emma().attach(ss::attachment_source::from_bytes(content), {std::move(filename), ""}));
    }
    [[nodiscard]] std::string read(const ss::attachment_id& id) {
        std::string got;
        need(emma().read_attachment(id,
                                    [&](ss::bytes_view part) { return got += ss::as_text(part), ss::result<void>{}; }));
        return got;
    }

    /// Every record with its content; those beside a shown one, too, by content.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> contents() {
        std::map<std::string, std::vector<std::string>> all;
        for (const auto& entry : need(emma().list())) {
            auto& versions = all[entry.id];
            versions.push_back(text(entry.id));
            for (const auto& other : entry.conflicts) versions.push_back(text(other.id));
            std::sort(versions.begin() + 1, versions.end());
        }
        return all;
    }
    [[nodiscard]] std::string text(const std::string& id) {
        const auto found = need(emma().get(id));
        return found ? std::string{ss::as_text(found->content)} : "(gone)";
    }

    /// What the store has is whole, and nothing is left over.
    ss::verify_report verify() {
        auto report = need(engine_->verify());
        for (const auto& problem : report.problems) FAIL_CHECK(problem.message());
        CHECK(report.ok());
        CHECK(report.orphans == 0);
        CHECK(report.foreign == 0);
        return report;
    }

private:
    const vault<Store>& of_;
    std::string name_;
    storage_tests::scratch_folder home_;
    std::optional<engine_type> engine_;
};

} // namespace servers

#endif
