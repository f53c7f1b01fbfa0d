#include "fixtures.hpp"

#include <sealsync/ext/botan/botan_cipher.hpp>

using namespace sealsync;

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;

botan_stream_sealer sealer() { return botan_cipher{fixtures::key()}.start_seal(fixtures::attachment()).value(); }
botan_stream_opener opener(bytes_view header) {
    return botan_cipher{fixtures::key()}.start_open(fixtures::attachment(), header).value();
}

bytes sealed_chunk(botan_stream_sealer& stream, std::uint64_t index, bool last, bytes_view in) {
    bytes out;
    REQUIRE(stream.seal_chunk(index, last, in, out));
    return out;
}

} // namespace

TEST_CASE("stream: the layout is 80 bytes of header, chunks of 64 KiB, and 28 bytes for each") {
    const auto layout = botan_cipher{fixtures::key()}.layout();
    CHECK(layout.header_bytes == 80);
    CHECK(layout.chunk_bytes == chunk_bytes);
    CHECK(layout.overhead_bytes == 28);
    CHECK(sealer().header().size() == 80);
}

TEST_CASE("stream: only full chunks before the last, and an empty one only alone") {
    auto stream = sealer();
    bytes out;
    const auto refused = [&](std::uint64_t index, bool last, std::size_t size) {
        const auto sealed = stream.seal_chunk(index, last, bytes(size), out);
        return !sealed && sealed.error() == errc::invalid_argument;
    };
    CHECK(refused(0, false, 0));
    CHECK(refused(0, false, chunk_bytes - 1));
    CHECK(refused(0, false, chunk_bytes + 1));
    CHECK(refused(0, true, chunk_bytes + 1));
    CHECK(refused(1, true, 0));
    CHECK_FALSE(refused(0, true, 0));
    CHECK_FALSE(refused(0, false, chunk_bytes));
    CHECK_FALSE(refused(1, true, 1));
}

TEST_CASE("stream: no more chunks than pseudo-random nonces allow") {
    auto stream = sealer();
    bytes out;
    const auto sealed = stream.seal_chunk(std::uint64_t{1} << 32U, true, "x", out);
    REQUIRE_FALSE(sealed);
    CHECK(sealed.error() == errc::too_large);
    CHECK(stream.seal_chunk((std::uint64_t{1} << 32U) - 1, true, "x", out).has_value());
}

TEST_CASE("stream: a source that changes never meets one key and nonce twice") {
    auto stream = sealer();
    const auto one = sealed_chunk(stream, 0, true, "balance: 100");
    const auto two = sealed_chunk(stream, 0, true, "balance: 900");
    const auto same = sealed_chunk(stream, 0, true, "balance: 100");
    CHECK(one == same);
    CHECK(bytes_view{one}.subview(0, 12) != bytes_view{two}.subview(0, 12));
}

TEST_CASE("stream: equal chunks in different places are sealed differently") {
    auto stream = sealer();
    const bytes full(chunk_bytes, std::byte{7});
    const auto first = sealed_chunk(stream, 0, false, full), second = sealed_chunk(stream, 1, false, full);
    const auto last = sealed_chunk(stream, 1, true, full);
    CHECK(bytes_view{first}.subview(0, 12) != bytes_view{second}.subview(0, 12));
    CHECK(bytes_view{second}.subview(0, 12) != bytes_view{last}.subview(0, 12));
}

TEST_CASE("stream: a chunk opens only in its place, and what was refused leaves nothing behind") {
    auto stream = sealer();
    auto open = opener(stream.header());
    const auto stored = sealed_chunk(stream, 3, false, bytes(chunk_bytes, std::byte{7}));
    bytes out{std::byte{1}};
    const auto refusal = [&](std::uint64_t index, bool last, bytes_view in) {
        const auto opened = open.open_chunk(index, last, in, out);
        REQUIRE_FALSE(opened);
        CHECK(opened.error() == errc::tampered);
        CHECK(opened.error().object() == "attachment dedupe-id");
        CHECK(out.empty());
        return opened.error().detail();
    };
    CHECK(refusal(4, false, stored) == "chunk 4 changed, or another chunk");
    CHECK(refusal(3, true, stored) == "chunk 3 changed, or another chunk");
    CHECK(refusal(3, false, bytes_view{stored}.subview(1)) == "chunk 3 truncated or extended");
    CHECK(refusal(3, true, bytes(27)) == "chunk 3 truncated or extended");
    CHECK(refusal(3, true, bytes(28)) == "chunk 3 truncated or extended"); // empty, but not alone
    REQUIRE(open.open_chunk(3, false, stored, out));
    CHECK(out == bytes(chunk_bytes, std::byte{7}));
}

TEST_CASE("stream: the nonce stored with a chunk is authenticated") {
    auto stream = sealer();
    auto open = opener(stream.header());
    auto stored = sealed_chunk(stream, 0, true, "hello");
    stored[0] ^= std::byte{1};
    bytes out;
    CHECK_FALSE(open.open_chunk(0, true, stored, out));
}

TEST_CASE("stream: the chunks of another stream of the same vault do not open") {
    botan_cipher cipher{fixtures::key()};
    auto other = fixtures::attachment();
    other.id = "other-id";
    auto stream = cipher.start_seal(other);
    REQUIRE(stream);
    auto open = opener(sealer().header());
    bytes out;
    CHECK_FALSE(open.open_chunk(0, true, sealed_chunk(*stream, 0, true, "hello"), out));
}

TEST_CASE("stream: a header is refused before any chunk, for its own reason") {
    botan_cipher cipher{fixtures::key()};
    const auto header = to_bytes(sealer().header());
    const auto refusal = [&](bytes_view stored, const sealing_context& context) {
        const auto opened = cipher.start_open(context, stored);
        REQUIRE_FALSE(opened);
        return opened.error();
    };
    CHECK(refusal(bytes_view{header}.subview(1), fixtures::attachment()).detail() == "header truncated");
    auto other = fixtures::attachment();
    other.id = "other-id";
    CHECK(refusal(header, other).detail() == "sealed as another object, or changed");
    botan_cipher stranger{fixtures::key(1)};
    CHECK(stranger.start_open(fixtures::attachment(), header).error() == errc::wrong_key);
}

TEST_CASE("stream: a whole object is not a stream, and a stream not a whole object") {
    botan_cipher cipher{fixtures::key()};
    bytes whole, out;
    REQUIRE(cipher.seal(fixtures::attachment(), "hello", whole));
    const auto as_stream = cipher.start_open(fixtures::attachment(), bytes_view{whole}.subview(0, 80));
    REQUIRE_FALSE(as_stream);
    CHECK(as_stream.error().detail() == "sealed as another kind of object");
    auto stored = to_bytes(sealer().header());
    stored.resize(80 + 64 + 16);
    CHECK(cipher.open(fixtures::attachment(), stored, out).error().detail() == "sealed as another kind of object");
}

TEST_CASE("stream: sealer and opener outlive the cipher, and can be moved") {
    auto stream = sealer();
    auto moved = std::move(stream);
    auto open = opener(moved.header());
    auto moved_opener = std::move(open);
    bytes out;
    REQUIRE(moved_opener.open_chunk(0, true, sealed_chunk(moved, 0, true, "hello"), out));
    CHECK(as_text(out) == "hello");
}
