#include "../../http/fake_s3_server.hpp"

#include <doctest/doctest.h>
#include <sealsync/clock/system_clock.hpp>
#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/s3/s3_storage.hpp>
#include <sealsync/sync_engine.hpp>
#include <sealsync/testing/random.hpp>

// The whole engine over real connections to a server of which every few requests or answers are lost. Which ones, is
// seeded; what they are of, the order of arrival decides.

using namespace sealsync;
using namespace std::chrono_literals;
using http_tests::answer;
using http_tests::fault;
using http_tests::put_conditions;

namespace {

using engine_type = basic_sync_engine<s3_storage, botan_cipher, system_clock, keep_both, memory_replica>;

struct device {
    std::string name;
    engine_type engine;
    std::set<std::string> written{};

    [[nodiscard]] auto records() { return engine.collection("emma"); }
    void put(const std::string& id, const std::string& text) {
        REQUIRE(records().put(id, text));
        written.insert(text);
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
        auto engine = engine_type::open({"alice", name, true, {}}, open_store(), botan_cipher{key_}, system_clock{},
                                        keep_both{}, memory_replica{});
        return {std::move(name), std::move(engine).value()};
    }

    /// One request in `every` is lost before it is applied, and as many answers after.
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
        const auto report = one.engine.sync(options);
        REQUIRE(report);
        CHECK(report->refusals.empty());
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
            const auto attachment = one->records().attach(
                attachment_source::from_bytes(one->name + std::string(9'000, 'a') + number), {"scan.pdf", ""});
            REQUIRE(attachment);
            REQUIRE(one->records().put("with " + one->name, "scan " + number, {{}, {*attachment}}));
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
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
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
            const auto verified = one->engine.verify();
            REQUIRE(verified);
            for (const auto& problem : verified->problems) FAIL_CHECK(problem.message());
            CHECK(verified->foreign == 0);
        }
    }
    CHECK(faults > 200);
    CHECK(failed > 5);
}

} // namespace

TEST_CASE("s3_storage: the engine loses nothing over a network that does, with conditional writes") {
    check_seeds(put_conditions::full);
}

TEST_CASE("s3_storage: the engine loses nothing over a network that does, with none") {
    check_seeds(put_conditions::refused);
}

TEST_CASE("s3_storage: the engine loses nothing over a network that does, with a store that ignores conditions") {
    check_seeds(put_conditions::ignored);
}
