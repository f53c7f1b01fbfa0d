#include <sealsync/cipher/plaintext_cipher.hpp>

#include <doctest/doctest.h>

#include <set>
#include <thread>

using namespace sealsync;

namespace {

bytes drawn_from(plaintext_cipher& cipher, std::size_t size) {
    bytes out(size);
    REQUIRE(cipher.random(out));
    return out;
}

} // namespace

TEST_CASE("plaintext_cipher: stores bytes as they are, and replaces what the output held") {
    plaintext_cipher cipher;
    bytes out{std::byte{9}};
    REQUIRE(cipher.seal({}, "hello", out));
    CHECK(as_text(out) == "hello");
    bytes opened{std::byte{9}};
    REQUIRE(cipher.open({}, out, opened));
    CHECK(as_text(opened) == "hello");
    CHECK_FALSE(plaintext_cipher::sealing);
    CHECK_FALSE(cipher.vault().has_value());
}

TEST_CASE("plaintext_cipher: streams have neither header nor overhead") {
    plaintext_cipher cipher;
    CHECK(cipher.layout().sealed_bytes(12'345'678) == 12'345'678);
    auto stream = cipher.start_seal({});
    REQUIRE(stream);
    CHECK(stream->header().empty());
    bytes out;
    REQUIRE(stream->seal_chunk(3, false, "abc", out));
    CHECK(as_text(out) == "abc");
    auto opener = cipher.start_open({}, {});
    REQUIRE(opener);
    REQUIRE(opener->open_chunk(3, false, "abc", out));
    CHECK(as_text(out) == "abc");
}

TEST_CASE("plaintext_cipher: a name that can stand in a key is its own id") {
    plaintext_cipher cipher;
    for (const auto* name : {"rec-123", "a", "A.b_c~d", "0"}) {
        CHECK(cipher.keyed_id(id_purpose::record, "emma", std::string_view{name}) == name);
        CHECK(cipher.keyed_id(id_purpose::collection, "", std::string_view{name}) == name);
    }
}

TEST_CASE("plaintext_cipher: every other name is hashed with its collection and purpose") {
    plaintext_cipher cipher;
    std::set<std::string> ids;
    std::size_t made = 0;
    for (const std::string_view name : {"", ".hidden", "a/b", "..", "~", "~0123456789abcdef0123456789abcdef", "a b"}) {
        for (const std::string_view collection : {"", "emma", "emm"}) {
            for (const auto purpose : {id_purpose::record, id_purpose::collection}) {
                const auto id = cipher.keyed_id(purpose, collection, name);
                CHECK(object_id::valid(id));
                CHECK(id.size() == 33);
                CHECK(id.front() == '~');
                ids.insert(id);
                ++made;
            }
        }
    }
    CHECK(ids.size() == made);
}

TEST_CASE("plaintext_cipher: where the collection ends and the name begins makes a difference") {
    plaintext_cipher cipher;
    CHECK(cipher.keyed_id(id_purpose::record, "a", "/b") != cipher.keyed_id(id_purpose::record, "a/", "b/"));
    CHECK(cipher.keyed_id(id_purpose::record, "a/", "/b") != cipher.keyed_id(id_purpose::record, "a", "//b"));
}

TEST_CASE("plaintext_cipher: an attachment's id is the SHA-256 of its bytes, also in pieces") {
    plaintext_cipher cipher;
    const auto id = cipher.keyed_id(id_purpose::attachment, "emma", "abc");
    CHECK(id == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    auto hash = cipher.start_keyed_id(id_purpose::attachment, "emma");
    hash.update("a");
    hash.update("bc");
    CHECK(hash.finish().hex() == id);
}

TEST_CASE("plaintext_cipher: equal seeds give equal bytes, other seeds others") {
    plaintext_cipher one{42}, two{42}, three{43};
    const auto first = drawn_from(one, 100);
    CHECK(first == drawn_from(two, 100));
    CHECK(first != drawn_from(three, 100));
    CHECK(first != drawn_from(one, 100));
}

TEST_CASE("plaintext_cipher: copies share the simulated randomness, so that none ever repeats another") {
    plaintext_cipher one{42};
    auto copy = one;
    CHECK(drawn_from(one, 32) != drawn_from(copy, 32));
    std::vector<std::vector<bytes>> drawn(4);
    std::vector<std::thread> threads;
    for (auto& mine : drawn) {
        threads.emplace_back([&mine, cipher = one] {
            for (int i = 0; i < 200; ++i) (void)cipher.random(mine.emplace_back(16));
        });
    }
    for (auto& thread : threads) thread.join();
    std::set<bytes> met;
    for (const auto& mine : drawn) met.insert(mine.begin(), mine.end());
    CHECK(met.size() == 800);
}

TEST_CASE("plaintext_cipher: without a seed the operating system is asked") {
    plaintext_cipher one, two;
    CHECK(drawn_from(one, 16) != drawn_from(two, 16));
}
