#include "fixtures.hpp"

#include <sealsync/ext/botan/key_schedule.hpp>

#include <set>

using namespace sealsync;
using detail::key_schedule;
using detail::key_use;

TEST_CASE("master_key: 32 bytes and an epoch from 1, anything else is refused") {
    const auto refused = [](std::size_t size, std::uint32_t epoch) {
        const auto made = master_key::make(fixtures::vault, bytes(size), epoch);
        return !made && made.error() == errc::invalid_argument;
    };
    CHECK(refused(0, 1));
    CHECK(refused(31, 1));
    CHECK(refused(33, 1));
    CHECK(refused(32, 0));
    const auto key = fixtures::key(5, 9);
    CHECK(key.vault() == fixtures::vault);
    CHECK(key.epoch() == 9);
    CHECK(key.secret() == fixtures::counted_bytes(32, 5));
}

TEST_CASE("key_schedule: every use, kind, collection and epoch has a key of its own") {
    std::set<std::array<std::byte, 32>> met;
    std::size_t made = 0;
    for (const auto epoch : {1U, 2U, 256U}) {
        key_schedule keys{fixtures::key(0, epoch)};
        for (const std::string_view collection : {"", "emma", "noah"}) {
            for (const auto use : {key_use::seal, key_use::salt}) {
                for (int kind = 1; kind <= 8; ++kind, ++made) {
                    met.insert(keys.object_key(use, static_cast<object_kind>(kind), collection).value);
                }
            }
            for (int purpose = 1; purpose <= 3; ++purpose, ++made) {
                met.insert(keys.name_key(static_cast<id_purpose>(purpose), collection).value);
            }
        }
        met.insert(keys.file_key().value);
        ++made;
    }
    CHECK(met.size() == made);
}

TEST_CASE("key_schedule: a key from the cache is the key that was derived, also after the cache was full") {
    key_schedule keys{fixtures::key()};
    const auto before = keys.object_key(key_use::seal, object_kind::record, "emma").value;
    CHECK(keys.object_key(key_use::seal, object_kind::record, "emma").value == before);
    for (int i = 0; i < 3000; ++i) {
        (void)keys.object_key(key_use::seal, object_kind::record, "collection-" + std::to_string(i));
    }
    CHECK(keys.object_key(key_use::seal, object_kind::record, "emma").value == before);
}

TEST_CASE("key_schedule: the id tells keys and epochs apart, and is not the key") {
    const auto id_of = [](unsigned first, std::uint32_t epoch) {
        return to_hex(key_schedule{fixtures::key(first, epoch)}.id());
    };
    CHECK(id_of(0, 1) == id_of(0, 1));
    CHECK(id_of(0, 1) != id_of(1, 1));
    CHECK(id_of(0, 1) != id_of(0, 2));
    CHECK(id_of(0, 1).size() == 24);
    CHECK(id_of(0, 1).substr(0, 8) != "00010203");
}
