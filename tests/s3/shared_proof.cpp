#include <sealsync/s3/shared_proof.hpp>

#include <doctest/doctest.h>

#include <thread>

using namespace sealsync;
using namespace std::chrono_literals;
using detail::shared_proof;

namespace {

constexpr wall_time noon{std::chrono::seconds{1'700'000'000}};

[[nodiscard]] s3_error refusal(std::string code, wall_time date = noon, int status = 403) {
    return {.status = status, .code = std::move(code), .date = date};
}

/// Gives AK1, and with every refresh the next; remembers what it was asked.
struct counting_provider {
    int given = 1;
    int steps = 1; ///< 0: refreshing does not help
    std::vector<bool> asked{};
    std::optional<failure> fails{};

    [[nodiscard]] s3_credentials_provider handle() {
        return [this](bool refresh) -> result<s3_credentials> {
            asked.push_back(refresh);
            if (fails) return *fails;
            if (refresh) given += steps;
            return s3_credentials{"AK" + std::to_string(given), "secret"};
        };
    }
};

[[nodiscard]] std::string user_of(shared_proof& proof) { return proof.credentials().value()->access_key; }

} // namespace

TEST_CASE("shared_proof: asks the provider once") {
    counting_provider provider;
    shared_proof proof{provider.handle()};
    CHECK(provider.asked.empty());
    CHECK(user_of(proof) == "AK1");
    CHECK(user_of(proof) == "AK1");
    CHECK(provider.asked == std::vector{false});
}

TEST_CASE("shared_proof: a provider that fails is asked again, and its failure is told") {
    counting_provider provider{.fails = failure{errc::unavailable, "metadata service"}};
    shared_proof proof{provider.handle()};
    CHECK(proof.credentials().error() == errc::unavailable);
    CHECK(proof.credentials().error().message() ==
          "get S3 credentials: metadata service: the store is unavailable; try again later");
    provider.fails.reset();
    CHECK(user_of(proof) == "AK1");
    CHECK(provider.asked == std::vector{false, false, false});
}

TEST_CASE("shared_proof: what cannot be sent in a header is no credential, and is not repeated") {
    for (const s3_credentials& bad :
         {s3_credentials{"", "hunter2"}, s3_credentials{"AK", ""}, s3_credentials{"AK hunter2", "s"},
          s3_credentials{"AK", "hunter2\n"}, s3_credentials{"AK", "s", "hunter2\r\nx: y"},
          s3_credentials{"AK", "hunter2\xc3\xa4"}, s3_credentials{"AK", std::string(4001, 's')}}) {
        shared_proof proof{fixed_s3_credentials(bad)};
        const auto got = proof.credentials();
        REQUIRE_FALSE(got);
        CHECK(got.error() == errc::access_denied);
        CHECK(got.error().message().find("hunter2") == std::string::npos);
    }
}

TEST_CASE("shared_proof: credentials that are refused are renewed, and worth another attempt if others come") {
    for (const auto* code : {"ExpiredToken", "InvalidAccessKeyId", "TokenRefreshRequired", "InvalidToken"}) {
        CAPTURE(code);
        counting_provider provider;
        shared_proof proof{provider.handle()};
        CHECK(user_of(proof) == "AK1");
        CHECK(proof.recover(refusal(code), noon));
        CHECK(user_of(proof) == "AK2");
        CHECK(provider.asked == std::vector{false, true});
    }
}

TEST_CASE("shared_proof: requests made at the same time are all worth another attempt after one renewal") {
    counting_provider provider;
    shared_proof proof{provider.handle()};
    CHECK(user_of(proof) == "AK1");
    for (int i = 0; i < 32; ++i) CHECK(proof.recover(refusal("ExpiredToken"), noon + i * 1s));
    CHECK(user_of(proof) == "AK2");
    CHECK(provider.asked.size() == 2);
    CHECK(proof.recover(refusal("ExpiredToken"), noon + 1h));
    CHECK(user_of(proof) == "AK3");
}

TEST_CASE("shared_proof: the same credentials again are no reason to try again, and are not asked for in a storm") {
    counting_provider provider{.steps = 0};
    shared_proof proof{provider.handle()};
    CHECK(user_of(proof) == "AK1");
    for (int i = 0; i < 10; ++i) CHECK_FALSE(proof.recover(refusal("InvalidAccessKeyId"), noon));
    CHECK(provider.asked.size() == 2);
    CHECK_FALSE(proof.recover(refusal("InvalidAccessKeyId"), noon + 2min));
    CHECK(provider.asked.size() == 3);
}

TEST_CASE("shared_proof: a renewal that fails tells why at the next attempt, and is tried again then") {
    counting_provider provider;
    shared_proof proof{provider.handle()};
    CHECK(user_of(proof) == "AK1");
    provider.fails = failure{errc::timed_out, "token service"};
    CHECK(proof.recover(refusal("ExpiredToken"), noon));
    CHECK(proof.credentials().error() == errc::timed_out);
    provider.fails.reset();
    CHECK(user_of(proof) == "AK2");
    CHECK(user_of(proof) == "AK2");
    CHECK(provider.asked == std::vector{false, true, true, true});
}

TEST_CASE("shared_proof: a bad request without a code may be an expired token, as AWS answers HEAD") {
    counting_provider provider;
    shared_proof permanent{provider.handle()};
    CHECK(user_of(permanent) == "AK1");
    CHECK_FALSE(permanent.recover(refusal("", noon, 400), noon));

    int refreshed = 0;
    shared_proof temporary{[&](bool refresh) -> result<s3_credentials> {
        refreshed += refresh;
        return s3_credentials{"AK", "s", "token" + std::to_string(refreshed)};
    }};
    CHECK_FALSE(temporary.recover(refusal("", noon, 400), noon));
    REQUIRE(temporary.credentials());
    CHECK_FALSE(temporary.recover(refusal("InvalidRequest", noon, 400), noon));
    CHECK(temporary.recover(refusal("", noon, 400), noon));
    CHECK(refreshed == 1);
}

TEST_CASE("shared_proof: time is this device's, to the second, until a store says otherwise") {
    const shared_proof proof{fixed_s3_credentials({"AK", "s"})};
    CHECK(proof.store_time(noon + 999ms) == noon);
    CHECK(proof.store_time(noon - 1ms) == noon - 1s);
}

TEST_CASE("shared_proof: a clock that is off is corrected by the store's date, in either direction") {
    for (const auto off : std::vector<std::chrono::minutes>{-24h * 365 * 30, -20min, 20min, 24h * 365 * 30}) {
        shared_proof proof{fixed_s3_credentials({"AK", "s"})};
        CHECK(proof.recover(refusal("RequestTimeTooSkewed", noon + off), noon));
        CHECK(proof.store_time(noon) == noon + off);
        CHECK(proof.store_time(noon + 5s) == noon + off + 5s);
    }
}

TEST_CASE("shared_proof: a clock that is set right again is corrected again") {
    shared_proof proof{fixed_s3_credentials({"AK", "s"})};
    CHECK(proof.recover(refusal("RequestTimeTooSkewed", noon), noon - 48h));
    CHECK(proof.store_time(noon - 48h) == noon);
    CHECK(proof.recover(refusal("RequestTimeTooSkewed", noon + 1s), noon + 1s));
    CHECK(proof.store_time(noon + 1s) == noon + 1s);
}

TEST_CASE("shared_proof: a refusal without a reason is one of the clock only if the date is off by over 5 minutes") {
    shared_proof proof{fixed_s3_credentials({"AK", "s"})};
    CHECK_FALSE(proof.recover(refusal("AccessDenied", noon + 4min), noon));
    CHECK_FALSE(proof.recover(refusal("", noon - 5min), noon));
    CHECK(proof.store_time(noon) == noon);
    CHECK(proof.recover(refusal("", noon - 6min), noon));
    CHECK(proof.store_time(noon) == noon - 6min);
}

TEST_CASE("shared_proof: requests made at the same time are all worth another attempt after one correction") {
    shared_proof proof{fixed_s3_credentials({"AK", "s"})};
    CHECK(proof.recover(refusal("RequestTimeTooSkewed", noon + 20min), noon));
    CHECK(proof.recover(refusal("RequestTimeTooSkewed", noon + 20min), noon));
    CHECK(proof.recover(refusal("", noon + 20min + 2s), noon + 1s));
    CHECK(proof.store_time(noon) == noon + 20min);
    CHECK_FALSE(proof.recover(refusal("AccessDenied", noon + 40min), noon + 20min));
}

TEST_CASE("shared_proof: nothing is learnt from a refusal that tells no time, or of something else") {
    shared_proof proof{fixed_s3_credentials({"AK", "s"})};
    CHECK_FALSE(proof.recover({.status = 403, .code = "RequestTimeTooSkewed"}, noon));
    CHECK_FALSE(proof.recover(refusal("NoSuchKey", noon + 20min, 404), noon));
    CHECK_FALSE(proof.recover(refusal("SlowDown", noon + 20min, 503), noon));
    CHECK(proof.store_time(noon) == noon);
}

TEST_CASE("shared_proof: serves several threads") {
    shared_proof proof{[](bool refresh) -> result<s3_credentials> {
        return s3_credentials{refresh ? "AK2" : "AK1", "s"};
    }};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 100; ++j) {
                if (!proof.credentials() || !proof.recover(refusal("ExpiredToken"), noon)) return;
                static_cast<void>(proof.recover(refusal("", noon + j * 1h), noon));
                static_cast<void>(proof.store_time(noon));
            }
        });
    }
    for (auto& one : threads) one.join();
    CHECK(user_of(proof) == "AK2");
}
