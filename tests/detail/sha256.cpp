#include <sealsync/detail/sha256.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using detail::sha256;
using detail::sha256_of;

TEST_CASE("sha256: the examples of FIPS 180-4") {
    CHECK(sha256_of("").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_of("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex() ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                    "mnopqrstnopqrstu")
              .hex() == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    CHECK(sha256_of(std::string(1'000'000, 'a')).hex() ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: pieces of any size give the hash of the whole, around every block boundary") {
    std::string text;
    for (int i = 0; i < 200; ++i) text.push_back(static_cast<char>(i));
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const auto whole = sha256_of(text.substr(0, size));
        for (const std::size_t piece : {1U, 7U, 55U, 56U, 63U, 64U, 65U}) {
            sha256 hash;
            for (std::size_t at = 0; at < size; at += piece) hash.update(text.substr(at, std::min(piece, size - at)));
            REQUIRE(hash.finish() == whole);
        }
    }
}

TEST_CASE("sha256: after finish it begins anew") {
    sha256 hash;
    hash.update("something");
    (void)hash.finish();
    hash.update("abc");
    CHECK(hash.finish() == sha256_of("abc"));
}

TEST_CASE("sha256: a copy goes on from where the original was") {
    sha256 hash;
    hash.update("ab");
    auto copy = hash;
    copy.update("c");
    hash.update("x");
    CHECK(copy.finish() == sha256_of("abc"));
    CHECK(hash.finish() == sha256_of("abx"));
}
