#include "../../http/fake_s3_server.hpp"
#include "../../tries.hpp"

#include <doctest/doctest.h>
#include <sealsync/clock/system_clock.hpp>
#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/s3/s3_storage.hpp>
#include <sealsync/sync_engine.hpp>
#include <sealsync/testing/random.hpp>

#include <set>

// The whole engine over real connections to a server of which every few requests or answers are lost. Which ones, is
// seeded; what they are of, the order of arrival decides.

using namespace sealsync;
using namespace std::chrono_literals;
using http_tests::answer;
using http_tests::fault;
using http_tests::put_conditions;

namespace {

using engine_type = basic_sync_engine<s3_storage, botan_cipher, system_clock, keep_both, memory_replica>;

/// What it succeeded with; if it did not, the test ends, and says who failed at what, and why.
template <class T>
T need(result<T> outcome, const std::string& what) {
    if (!outcome) FAIL(what << ": " << outcome.error().message());
    return std::move(outcome).value();
}

struct device {
    std::string name;
    engine_type engine;
    std::set<std::string> written{};

    [[nodiscard]] auto records() { return engine.collection("emma"); }
    void put(const std::string& id, const std::string& text) {
        need(records().put(id, text), name + "'s put of " + id);
        written.insert(text);
    }
    void put_with_attachment(const std::string& id, const std::string& text, const std::string& content) {
        const auto attachment =
            need(records().attach(attachment_source::from_bytes(content), {"scan.pdf", ""}), name + "'s attachment");
        need(records().put(id, text, {{}, {attachment}}), name + "'s put of " + id);
    }
    /// The contents of all versions that stand.
    [[nodiscard]] std::multiset<std::string> contents() {
        std::multiset<std::string> all;
        for (const auto& entry : records().list().value()) {
            all.insert(text_of(entry.id));
            for (const auto& other : entry.conflicts) all.insert(text_of(other.id));
        }
        return all;
    }
    [[nodiscard]] std::string text_of(const std::string& id) {
        return std::string{as_text(records().get(id).value().value().content)};
    }
};

class troubled_vault {
public:
    troubled_vault(std::uint64_t seed, put_conditions conditions)
        : random_{seed},
          server_{{.conditions = conditions, .page_max = 7}},
          key_{*master_key::make(vault_id{}, bytes(master_key::size, std::byte{7}))} {}

    [[nodiscard]] device enrol(std::string name) {
        auto engine = need(engine_type::open({"alice", name, true, {}}, open_store(), botan_cipher{key_},
                                             system_clock{}, keep_both{}, memory_replica{}),
                           name + "'s opening");
        return {std::move(name), std::move(engine)};
    }

    /// One request in `every` is lost before it is applied, and as many answers after. An answer without a body that
    /// breaks off midway is whole: its connection is kept by the client, and closed when that may already use it again.
    void trouble(std::uint64_t every) {
        server_.set_before([this, every](const auto&) -> std::optional<answer> {
            if (random_.below(every) != 0) return std::nullopt;
            const answer all[] = {{.fault = fault::reset},
                                  {.fault = fault::close},
                                  {503, {{"retry-after", "0"}}, "<Error><Code>SlowDown</Code></Error>"},
                                  {500, {}, "<html>oops</html>"},
                                  {409, {}, "<Error><Code>OperationAborted</Code></Error>"}};
            return ++faults_, all[random_.below(std::size(all))];
        });
        server_.set_after([this, every](const auto&, answer& given) {
            if (random_.below(every) != 0) return;
            ++faults_;
            const fault all[] = {fault::reset, fault::close, fault::reset_midway, fault::close_midway};
            given.fault = all[random_.below(std::size(all))];
            given.sent = given.body.size() / 2;
        });
    }
    void heal() { server_.heal(); }
    /// The next such write finds its connection closed, and does not happen.
    void close_before(const std::string& part_of_key) {
        server_.set_before([this, part_of_key, done = false](const auto& asked) mutable -> std::optional<answer> {
            if (done || asked.method != "PUT" || asked.target.find(part_of_key) == std::string::npos) {
                return std::nullopt;
            }
            done = true;
            return ++faults_, answer{.fault = fault::close};
        });
    }
    [[nodiscard]] std::uint64_t faults() const noexcept { return faults_; }

private:
    [[nodiscard]] s3_storage open_store() {
        s3_options options;
        options.settings.retry.first = 1ms;
        options.settings.retry.attempts_max = 3; // so that many a sync fails
        options.settings.connections = 4;
        const auto place = s3_location::parse("s3://bucket/vaults?endpoint=" + server_.endpoint()).value();
        return open_s3_storage(curl_library::make().value(), place, fixed_s3_credentials({"key", "secret"}), options)
            .value();
    }

    testing::random random_;
    std::uint64_t faults_ = 0;
    http_tests::fake_s3_server server_;
    master_key key_;
};

void check_healed(device& one) {
    for (const bool list : {true, false}) {
        sync_options options;
        options.rediscover = list;
        const auto report = need(one.engine.sync(options), one.name + "'s healed sync" + (list ? ", which lists" : ""));
        CHECK(report.refusals.empty());
    }
    CHECK(one.engine.pending().value() == 0);
}

/// How many syncs failed.
int live_through(troubled_vault& vault, device& laptop, device& phone) {
    int failed = 0;
    for (int round = 0; round < 12; ++round) {
        for (auto* one : {&laptop, &phone}) {
            const auto number = std::to_string(round);
            one->put(one->name + number, one->name + "'s own, " + number);
            if (round == 0) one->put("both", one->name + "'s");
            one->put_with_attachment("with " + one->name, "scan " + number,
                                     one->name + std::string(9'000, 'a') + number);
            const auto synced = one->engine.sync();
            failed += synced ? 0 : 1;
            if (!synced) CHECK(synced.error().kind() == error_kind::retry);
            if (synced) CHECK(synced->refusals.empty());
        }
    }
    vault.heal();
    return failed;
}

void check_seeds(put_conditions conditions) {
    int failed = 0;
    std::uint64_t faults = 0;
    for (std::uint64_t seed = 1; seed <= 2 + sealsync_tests::tries(6U); ++seed) {
        CAPTURE(seed);
        troubled_vault vault{seed, conditions};
        auto laptop = vault.enrol("laptop"), phone = vault.enrol("phone");
        check_healed(laptop);
        check_healed(phone);
        vault.trouble(6);
        failed += live_through(vault, laptop, phone);
        faults += vault.faults();
        for (auto* one : {&laptop, &phone, &laptop}) check_healed(*one);
        CHECK(laptop.contents() == phone.contents());
        for (auto* one : {&laptop, &phone}) {
            for (const auto& text : one->written) CHECK(phone.contents().count(text) == 1);
            const auto verified = need(one->engine.verify(), one->name + "'s verification");
            for (const auto& problem : verified.problems) FAIL_CHECK(problem.message());
            CHECK(verified.foreign == 0);
        }
    }
    CHECK(faults > sealsync_tests::tries(200U));
    CHECK(failed > sealsync_tests::tries(5));
}

} // namespace

TEST_CASE("s3_storage: a kept connection that is closed when a write goes out fails no sync, whatever is written") {
    for (const auto conditions : {put_conditions::full, put_conditions::refused, put_conditions::ignored}) {
        for (const std::string part_of_key : {"/records/", "/attachments/", "/manifest/", "/sync-manifest"}) {
            CAPTURE(part_of_key);
            troubled_vault vault{1, conditions};
            auto laptop = vault.enrol("laptop");
            check_healed(laptop);
            laptop.put_with_attachment("with an attachment", "scan", "content");
            vault.close_before(part_of_key);
            check_healed(laptop);
            CHECK(vault.faults() == 1);
        }
    }
}

TEST_CASE("s3_storage: the engine loses nothing over a network that does, with conditional writes") {
    check_seeds(put_conditions::full);
}

TEST_CASE("s3_storage: the engine loses nothing over a network that does, with none") {
    check_seeds(put_conditions::refused);
}

TEST_CASE("s3_storage: the engine loses nothing over a network that does, with a store that ignores conditions") {
    check_seeds(put_conditions::ignored);
}
