#include "row_pairs.hpp"

namespace {

using namespace sealsync_tests;

std::string hex_of(const change& c) { return to_hex(written_rows{{c}}.rows); }

const std::string id(32, 'a'), stored = digest_of(0x44).hex();

TEST_CASE("row_writer: what is expected takes no byte: the next edit at the last time, of the first of each table") {
    CHECK(hex_of(plain_change()) == "09800000"
                                    "01" +
                                        id + stored);
    CHECK(to_hex(written_rows{{plain_change(), plain_change(2)}}.rows) == "09800000"
                                                                          "01" +
                                                                              id + stored +
                                                                              "09800000"
                                                                              "01" +
                                                                              id + stored);
}

TEST_CASE("row_writer: numbers take the bytes that they need, and the word tells how many") {
    auto c = plain_change(3);
    c.timestamp.nanoseconds += 200; // folded: 400, two bytes
    c.version = 7;
    c.size = 0x010203;
    CHECK(hex_of(c) == "09920c00"
                       "9001"
                       "04"
                       "07"
                       "030201" +
                           id + stored);
}

TEST_CASE(
    "row_writer: a replaced dot of the same run is told from the edit, one of another by its place in the table") {
    auto c = plain_change(9);
    c.replaces = {dot_of(1, 4)};
    CHECK(hex_of(c) == "29900020"
                       "10"
                       "01"
                       "0a" +
                           id + stored);
    c.replaces = {dot_of(2, 4)};
    CHECK(hex_of(c) == "49900028"
                       "10"
                       "01"
                       "01"
                       "04" +
                           id + stored);
    c.replaces = {dot_of(1, 4), dot_of(2, 5)};
    CHECK(hex_of(c) == "69900000"
                       "10"
                       "01" +
                           id + stored +
                           "02"
                           "00"
                           "04"
                           "01"
                           "05");
}

TEST_CASE("row_writer: a delete has no digest, a profile no id, an attachment may have no version") {
    auto c = plain_change();
    c.action = change_action::erase;
    c.stored.reset();
    CHECK(hex_of(c) == "19800000"
                       "01" +
                           id);
    c = plain_change();
    c.type = change_type::profile;
    c.id = {};
    CHECK(hex_of(c) == "0c800000"
                       "01" +
                           stored);
    c.type = change_type::attachment;
    c.id = *object_id::make(digest_of(0x55).hex());
    c.version = 0;
    CHECK(hex_of(c) == "0d000000" + digest_of(0x55).hex() + stored);
}

TEST_CASE("row_writer: an id of 64 digits is raw, any other counted text") {
    auto c = plain_change();
    c.id = *object_id::make(std::string(64, 'b'));
    CHECK(hex_of(c) == "0a800000"
                       "01" +
                           std::string(64, 'b') + stored);
    c.id = *object_id::make("r-1");
    CHECK(hex_of(c) == "0b800000"
                       "01"
                       "03722d31" +
                           stored);
}

TEST_CASE("row_writer: what few changes have stands at the end") {
    auto c = plain_change();
    c.attachments = {*object_id::make(digest_of(0xa1).hex()), *object_id::make(digest_of(0xa2).hex())};
    c.packed = packed_place{"pk", 300, 5};
    CHECK(hex_of(c) == "89800000"
                       "01" +
                           id + stored +
                           "09"
                           "02" +
                           digest_of(0xa1).hex() + digest_of(0xa2).hex() +
                           "02706b"
                           "ac02"
                           "05");
    c = attachment_change();
    c.device = author;
    c.dot = dot_of(1, 1);
    const auto all = hex_of(c);
    CHECK(all.substr(all.size() - 2 * 21) == "06"
                                             "09" +
                                                 to_hex("x-ray.png") + "09" + to_hex("image/png"));
}

TEST_CASE("row_writer: the author of the manifest stands in no table") {
    auto other = plain_change(2);
    other.device = *device_id::make("ipad");
    detail::row_writer rows{begin, author};
    rows.add(plain_change());
    rows.add(other);
    detail::compact_writer out{1'000};
    write_rows(out, rows, 2);
    const auto made = std::move(out).take().value();
    CHECK(to_hex(bytes_view{made}.subview(0, 31)) == "02"
                                                     "01"
                                                     "04" +
                                                         to_hex("emma") +
                                                         "01"
                                                         "04" +
                                                         to_hex("ipad") + "01" + dot_of(1, 1).run.hex() +
                                                         to_hex(rows.rows()).substr(0, 2));
}

} // namespace
