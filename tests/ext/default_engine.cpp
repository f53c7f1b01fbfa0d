#include "../http/fake_s3_server.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/botan/master_key_store.hpp>
#include <sealsync/ext/default_engine.hpp>

#include <filesystem>
#include <unistd.h>

using namespace sealsync;

TEST_CASE("sync_engine: two devices with databases of their own meet in a bucket") {
    http_tests::fake_s3_server server;
    const auto home = std::filesystem::temp_directory_path() / ("sealsync-default-" + std::to_string(::getpid()));
    std::filesystem::create_directories(home);
    auto store = open_s3_storage(curl_library::make().value(),
                                 s3_location::parse("s3://bucket/vaults?endpoint=" + server.endpoint()).value(),
                                 fixed_s3_credentials({"key", "secret"}))
                     .value();
    create_vault_key_options cheap;
    cheap.cost = {19 * 1024, 2, 1};
    const auto created = create_vault_key(store, user_id::make("alice").value(), "a passphrase", cheap).value();
    const auto open = [&](const std::string& name) {
        return sync_engine::open({.user = "alice", .device_name = name}, store, botan_cipher{created.key},
                                 system_clock{}, keep_both{}, sqlite_replica{home / (name + ".db")})
            .value();
    };
    {
        auto laptop = open("laptop"), phone = open("phone");
        (void)laptop.collection("emma").put("rec-123", "tetanus").value();
        CHECK(laptop.sync().value().pushed == 1);
        CHECK(phone.sync().value().pulled == 1);
        const auto record = phone.collection("emma").get("rec-123").value();
        REQUIRE(record);
        CHECK(as_text(record->content) == "tetanus");
        CHECK(laptop.sync().value().requests == request_counts{1, 0, 0, 0, 0});
    }
    std::filesystem::remove_all(home);
}
