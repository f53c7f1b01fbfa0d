#include <sealsync/manifest/compact/wire_forms.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace sealsync::detail;

namespace {

TEST_CASE("wire_forms: no JSON begins as a compact manifest does") {
    for (const char begins : {'{', ' ', '\t', '\n', '\r', '[', '"'}) CHECK(begins >= compact_encodings_end);
    CHECK(compact_encoding < compact_encodings_end);
}

TEST_CASE("wire_forms: ids of 32 and 64 lower-case hex digits have a shorter form, others have not") {
    const std::string half(32, 'a'), whole(64, '0');
    CHECK(is_hex_id(half));
    CHECK(is_hex_id(whole));
    CHECK_FALSE(is_hex_id(half + "a"));
    CHECK_FALSE(is_hex_id(std::string(32, 'A')));
    CHECK_FALSE(is_hex_id(std::string(32, 'g')));
    CHECK_FALSE(is_hex_id(""));
    CHECK(hex_bytes{half}.view() == bytes_view{bytes(16, std::byte{0xaa})});
    CHECK(hex_bytes{whole}.view() == bytes_view{bytes(32)});
    CHECK(hex_bytes{std::string(33, 'a')}.view().empty());
}

TEST_CASE("wire_forms: the forms of ids and the lengths of text do not mix") {
    CHECK(id_of_128_bits == 0);
    CHECK(id_of_256_bits > object_id::size_max);
}

TEST_CASE("wire_forms: a kind of manifest has a name, one that is not known a number") {
    CHECK(name_of(compact_kind::segment) == "a segment");
    CHECK(name_of(compact_kind::checkpoint) == "a checkpoint");
    CHECK(name_of(static_cast<compact_kind>(7)) == "kind 7");
}

} // namespace
