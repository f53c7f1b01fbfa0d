#include <sealsync/cipher/sealing_context.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace sealsync;

namespace {

const vault_id vault = *vault_id::parse("000102030405060708090a0b0c0d0e0f");

} // namespace

TEST_CASE("sealing_context: its bytes are kind, vault and each part with its length before it") {
    const sealing_context context{
        .kind = object_kind::attachment, .vault = vault, .collection = "emma", .id = "rec", .edit = ""};
    CHECK(to_hex(context.encode()) == "03"
                                      "000102030405060708090a0b0c0d0e0f"
                                      "00000004656d6d61"
                                      "00000003726563"
                                      "00000000");
}

TEST_CASE("sealing_context: two identities never have the same bytes, however their parts are cut") {
    std::set<bytes> encoded;
    std::size_t made = 0;
    for (const auto kind : {object_kind::record, object_kind::profile, object_kind::segment}) {
        for (const std::string_view collection : {"", "a", "ab", "abc"}) {
            for (const std::string_view id : {"", "c", "bc", "abc"}) {
                for (const std::string_view edit : {"", "c"}) {
                    encoded.insert(sealing_context{kind, vault, collection, id, edit}.encode());
                    ++made;
                }
            }
        }
    }
    CHECK(encoded.size() == made);
    CHECK(sealing_context{.vault = vault}.encode() != sealing_context{}.encode());
}

TEST_CASE("object_kind and id_purpose: numbers are part of the sealing format") {
    CHECK(static_cast<int>(object_kind::record) == 1);
    CHECK(static_cast<int>(object_kind::attachment) == 3);
    CHECK(static_cast<int>(object_kind::head) == 6);
    CHECK(static_cast<int>(object_kind::card) == 8);
    CHECK(static_cast<int>(id_purpose::collection) == 1);
    CHECK(static_cast<int>(id_purpose::attachment) == 3);
}

TEST_CASE("stream_layout: a stream has at least one chunk, and every byte is in one") {
    constexpr stream_layout layout{.header_bytes = 100, .chunk_bytes = 64, .overhead_bytes = 16};
    CHECK(layout.chunks(0) == 1);
    CHECK(layout.chunks(1) == 1);
    CHECK(layout.chunks(64) == 1);
    CHECK(layout.chunks(65) == 2);
    CHECK(layout.chunks(128) == 2);
    CHECK(layout.chunks(129) == 3);
}

TEST_CASE("stream_layout: the sealed size is the header, the bytes and the overhead of each chunk") {
    constexpr stream_layout layout{.header_bytes = 100, .chunk_bytes = 64, .overhead_bytes = 16};
    CHECK(layout.sealed_bytes(0) == 116);
    CHECK(layout.sealed_bytes(64) == 180);
    CHECK(layout.sealed_bytes(65) == 100 + 65 + 32);
    CHECK(layout.offset_of(0) == 100);
    CHECK(layout.offset_of(3) == 100 + 3 * 80);
    for (const std::uint64_t size : {0U, 1U, 63U, 64U, 65U, 1000U}) {
        const auto last = layout.chunks(size) - 1;
        const auto in_last = size - last * layout.chunk_bytes;
        CHECK(layout.offset_of(last) + in_last + layout.overhead_bytes == layout.sealed_bytes(size));
    }
}

TEST_CASE("stream_layout: sizes over 4 GiB do not wrap") {
    constexpr stream_layout layout{.header_bytes = 1, .chunk_bytes = 1U << 16U, .overhead_bytes = 16};
    constexpr std::uint64_t tebibyte = std::uint64_t{1} << 40U;
    CHECK(layout.chunks(tebibyte) == tebibyte >> 16U);
    CHECK(layout.sealed_bytes(tebibyte) == 1 + tebibyte + 16 * (tebibyte >> 16U));
}
