#include "fixtures.hpp"

#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/testing/cipher_conformance.hpp>

#include <array>
#include <thread>

using namespace sealsync;

TEST_CASE("botan_cipher: conforms") {
    botan_cipher cipher{fixtures::key()};
    auto copy = cipher;
    const auto report = testing::check_cipher(cipher, copy);
    CHECK_MESSAGE(report.ok(), report.text());
    CHECK(report.checks > 5'000);
}

TEST_CASE("botan_cipher: belongs to the vault of its key") {
    botan_cipher cipher{fixtures::key()};
    CHECK(botan_cipher::sealing);
    CHECK(cipher.vault() == fixtures::vault);
    CHECK(cipher.key().secret() == fixtures::key().secret());
}

TEST_CASE("botan_cipher: assigned from another, it opens what the other sealed and no longer its own") {
    botan_cipher one{fixtures::key(1)}, two{fixtures::key(2)};
    bytes of_one, of_two, out;
    REQUIRE(one.seal(fixtures::record(), "one", of_one));
    REQUIRE(two.seal(fixtures::record(), "two", of_two));
    one = two;
    REQUIRE(one.open(fixtures::record(), of_two, out));
    CHECK(as_text(out) == "two");
    CHECK(one.open(fixtures::record(), of_one, out).error() == errc::wrong_key);
}

TEST_CASE("botan_cipher: copies work on different threads at once") {
    const botan_cipher original{fixtures::key()};
    std::array<int, 4> opened{};
    std::vector<std::thread> threads;
    for (auto& count : opened) {
        threads.emplace_back([&count, cipher = original]() mutable {
            bytes sealed, plain;
            for (int i = 0; i < 200; ++i) {
                const auto text = std::to_string(i);
                if (!cipher.seal(fixtures::record(), text, sealed)) return;
                if (cipher.open(fixtures::record(), sealed, plain) && as_text(plain) == text) ++count;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(opened == std::array{200, 200, 200, 200});
}

TEST_CASE("botan_cipher: more than 1 GiB in one piece is refused, unread") {
    botan_cipher cipher{fixtures::key()};
    const std::byte one{};
    const bytes_view claimed{&one, detail::envelope::plain_max + 1};
    bytes out;
    const auto sealed = cipher.seal(fixtures::record(), claimed, out);
    REQUIRE_FALSE(sealed);
    CHECK(sealed.error() == errc::too_large);
    CHECK(sealed.error().detail() == "over 1 GiB: use a stream");
}

TEST_CASE("botan_cipher: ids of one name are unrelated between vaults, epochs and collections") {
    botan_cipher one{fixtures::key(1)}, two{fixtures::key(2)}, later{fixtures::key(1, 2)};
    const auto id = [](botan_cipher& cipher, std::string_view collection) {
        return cipher.keyed_id(id_purpose::attachment, collection, "the same bytes");
    };
    CHECK(id(one, "emma") != id(two, "emma"));
    CHECK(id(one, "emma") != id(later, "emma"));
    CHECK(id(one, "emma") != id(one, "noah"));
}

TEST_CASE("botan_cipher: a keyed id in pieces begins with the keyed id of the whole") {
    botan_cipher cipher{fixtures::key()};
    for (const auto purpose : {id_purpose::collection, id_purpose::record, id_purpose::attachment}) {
        auto hash = cipher.start_keyed_id(purpose, "emma");
        hash.update("rec-");
        hash.update("1");
        CHECK(hash.finish().hex().starts_with(cipher.keyed_id(purpose, "emma", "rec-1")));
    }
}
