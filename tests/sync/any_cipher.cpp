#include "small_chunks.hpp"

#include <sealsync/sync/any_cipher.hpp>
#include <sealsync/testing/archetypes.hpp>
#include <sealsync/testing/cipher_conformance.hpp>
#include <sealsync/testing/simulated_cipher.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::any_cipher;
using testing::simulated_cipher;

const sealing_context context{object_kind::attachment, {}, "emma", "scan", "run:1"};

/// It lacks nothing of a cipher but that `sealing` is a constant.
struct any_plaintext : any_cipher {
    any_plaintext() : any_cipher{std::in_place, plaintext_cipher{7}} {}
    static constexpr bool sealing = false;
};

TEST_CASE("any_cipher: over a cipher that conforms it conforms") {
    any_plaintext original;
    auto copy = original;
    const auto report = testing::check_cipher(original, copy);
    CHECK_MESSAGE(report.ok(), report.text());
}

/// Every operation of `any`, compared with the cipher that it wraps.
template <class Cipher>
void check_agrees(Cipher cipher) {
    any_cipher any{std::in_place, cipher};
    bytes expected, got;
    CHECK(any.sealing() == Cipher::sealing);
    CHECK(any.vault() == cipher.vault());
    REQUIRE(cipher.seal(context, "content", expected));
    REQUIRE(any.seal(context, "content", got));
    CHECK(got == expected);
    REQUIRE(any.open(context, expected, got));
    CHECK(as_text(got) == "content");
    CHECK(any.digest("content") == cipher.digest("content"));
    auto digest = any.start_digest();
    digest.update("con");
    digest.update("tent");
    CHECK(digest.finish() == cipher.digest("content"));
    for (const auto purpose : {id_purpose::collection, id_purpose::record, id_purpose::attachment}) {
        CHECK(any.keyed_id(purpose, "emma", "a name/..") == cipher.keyed_id(purpose, "emma", "a name/.."));
        auto ours = any.start_keyed_id(purpose, "emma");
        auto theirs = cipher.start_keyed_id(purpose, "emma");
        ours.update("content");
        theirs.update("content");
        CHECK(ours.finish() == theirs.finish());
    }
    CHECK(any.layout().header_bytes == cipher.layout().header_bytes);
    CHECK(any.layout().chunk_bytes == cipher.layout().chunk_bytes);
    CHECK(any.layout().overhead_bytes == cipher.layout().overhead_bytes);
}

TEST_CASE("any_cipher: it agrees with the cipher that it wraps in everything") {
    check_agrees(plaintext_cipher{1});
    check_agrees(simulated_cipher{7, 1});
    check_agrees(small_chunks{1});
}

TEST_CASE("any_cipher: its randomness is that of the cipher") {
    any_cipher any{std::in_place, plaintext_cipher{5}};
    const plaintext_cipher same{5};
    bytes got(40), expected(40);
    REQUIRE(any.random(got));
    REQUIRE(same.random(expected));
    CHECK(got == expected);
}

/// In both ciphers one type seals and opens: it must be wrapped as what it is asked for.
template <class Cipher>
void check_stream(Cipher cipher, const std::vector<std::string>& chunks) {
    any_cipher any{std::in_place, std::move(cipher)};
    auto sealer = any.start_seal(context).value();
    const auto header = to_bytes(sealer.header());
    CHECK(header.size() == any.layout().header_bytes);
    auto opener = any.start_open(context, header).value();
    for (std::size_t i = chunks.size(); i-- > 0;) { // in any order
        const bool last = i + 1 == chunks.size();
        bytes sealed, opened;
        REQUIRE(sealer.seal_chunk(i, last, chunks[i], sealed));
        CHECK(sealed.size() == chunks[i].size() + any.layout().overhead_bytes);
        REQUIRE(opener.open_chunk(i, last, sealed, opened));
        CHECK(as_text(opened) == chunks[i]);
        if (any.layout().overhead_bytes > 0)
            CHECK(opener.open_chunk(i, !last, sealed, opened).error() == errc::tampered);
    }
}

TEST_CASE("any_cipher: a stream whose sealer and opener are one type seals and opens") {
    static_assert(std::is_same_v<decltype(std::declval<small_chunks&>().start_seal(context)),
                                 decltype(std::declval<small_chunks&>().start_open(context, {}))>);
    check_stream(small_chunks{1}, {"12345678", "abcdefgh", "end"});
    check_stream(simulated_cipher{7, 1}, {std::string(64, 'x'), "end"});
    check_stream(plaintext_cipher{1}, {""});
}

TEST_CASE("any_cipher: a stream outlives the cipher that it came from") {
    std::optional<any_cipher> any{std::in_place, std::in_place, simulated_cipher{7, 1}};
    auto sealer = any->start_seal(context).value();
    auto hash = any->start_digest();
    const auto expected = any->digest("x");
    any.reset();
    bytes sealed;
    CHECK(sealer.seal_chunk(0, true, "x", sealed));
    hash.update("x");
    CHECK(hash.finish() == expected);
}

/// Counts what this copy has sealed.
struct counting : plaintext_cipher {
    [[nodiscard]] result<void> seal(const sealing_context&, bytes_view, bytes& out) {
        out = bytes(++sealed);
        return {};
    }
    std::size_t sealed = 0;
};

TEST_CASE("any_cipher: a copy begins as the original is, and is independent from then on") {
    any_cipher original{std::in_place, counting{}};
    const auto seals = [](any_cipher& by) {
        bytes out;
        REQUIRE(by.seal(context, {}, out));
        return out.size();
    };
    CHECK(seals(original) == 1);
    auto copy = original;
    CHECK(seals(copy) == 2);
    CHECK(seals(copy) == 3);
    CHECK(seals(original) == 2);
    original = copy;
    CHECK(seals(original) == 4);
    CHECK(seals(copy) == 4);
    const auto& itself = copy;
    copy = itself;
    CHECK(seals(copy) == 5);
    original = std::move(copy);
    CHECK(seals(original) == 6);
}

TEST_CASE("any_cipher: what the cipher refuses passes through") {
    any_cipher simulated{std::in_place, simulated_cipher{7, 1}};
    bytes sealed, opened;
    REQUIRE(simulated.seal(context, "content", sealed));
    sealed[0] ^= std::byte{1};
    CHECK(simulated.open(context, sealed, opened).error() == errc::tampered);
    CHECK(opened.empty());
    CHECK(simulated.start_open(context, "no header").error() == errc::tampered);

    any_cipher archetype{std::in_place, testing::cipher_archetype{nullptr}};
    CHECK(archetype.sealing());
    CHECK_FALSE(archetype.vault());
    CHECK(archetype.seal(context, {}, sealed).error() == errc::unsupported);
    CHECK(archetype.open(context, {}, opened).error() == errc::unsupported);
    CHECK(archetype.start_seal(context).error() == errc::unsupported);
    CHECK(archetype.start_open(context, {}).error() == errc::unsupported);
    CHECK(archetype.random({}).error() == errc::unsupported);
    auto hash = archetype.start_digest();
    hash.update("x");
    CHECK(hash.finish() == digest256{});
    detail::any_sealer sealer{std::in_place, testing::stream_sealer_archetype{nullptr}};
    CHECK(sealer.header().empty());
    CHECK(sealer.seal_chunk(0, true, {}, sealed).error() == errc::unsupported);
    detail::any_opener opener{std::in_place, testing::stream_opener_archetype{nullptr}};
    CHECK(opener.open_chunk(0, true, {}, opened).error() == errc::unsupported);
}

} // namespace
