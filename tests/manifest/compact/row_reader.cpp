#include "row_pairs.hpp"

namespace {

using namespace sealsync_tests;

/// The row of a plain change, with one byte set.
failure refusal_with(std::size_t at, unsigned value, const change& c = plain_change()) {
    written_rows rows{{c}};
    rows.rows.at(at) = static_cast<std::byte>(value);
    return rows.refusal();
}

TEST_CASE("row_reader: the samples are read back, one by one and together, and far from the end or at it") {
    const auto all = std::vector<change>{record_change(), attachment_change(), erase_change()};
    CHECK(written_rows{all}.read().value() == all);
    for (const auto& each : all) CHECK(written_rows{{each}}.read().value() == std::vector{each});
    std::vector<change> many;
    for (std::uint64_t n = 1; n <= 50; ++n) {
        auto each = all[n % 3];
        each.dot.n = 10 + n;
        many.push_back(each);
    }
    CHECK(written_rows{many}.read().value() == many);
}

TEST_CASE("row_reader: a number with a needless byte is refused") {
    auto c = plain_change();
    c.size = 0x0102;
    CHECK(refusal_with(6, 0, c).detail() == "at byte 50: a number with a needless byte, or of over eight");
    c = plain_change();
    c.timestamp.nanoseconds += 1;
    CHECK(refusal_with(1, 0x89, c).detail().find("needless byte, or of over eight") != std::string::npos);
}

TEST_CASE("row_reader: types and actions that there are not are refused") {
    for (const unsigned shape : {0U, 6U, 7U})
        CHECK(refusal_with(0, 0x08U | shape).detail().find("type") != std::string::npos);
    CHECK(refusal_with(0, 0x01).detail() == "at byte 50: type or action: unknown");
}

TEST_CASE("row_reader: every number is held to what a change may have") {
    auto c = plain_change();
    c.version = 2;
    CHECK(refusal_with(4, 0, c).detail().find("needless") != std::string::npos);
    c = plain_change();
    c.version = detail::number_max;
    CHECK(refusal_with(10, 0x20, c).detail() == "at byte 50: version: 0, or over 2^53 - 1");
    c = plain_change();
    c.size = detail::number_max;
    CHECK(refusal_with(11, 0x20, c).detail() == "at byte 50: size: over 2^53 - 1, or of a delete");
    c = plain_change(2);
    CHECK(refusal_with(4, 1, c).detail() == "at byte 50: dot: not numbered from 1 to 2^53 - 1"); // one before the first
    c = plain_change();
    c.timestamp.nanoseconds -= 100;
    written_rows rows{{c}};
    manifest_limits limits;
    detail::row_reader reader{rows.rows, 0, rows.tables, stamp{99}, limits};
    detail::compact_row row;
    CHECK_FALSE(reader.next(row));
    CHECK(reader.finish().error().detail() == "at byte 0: timestamp: before 1970");
}

TEST_CASE("row_reader: a version 0 is an attachment's only, and a size no delete's") {
    auto c = plain_change();
    c.action = change_action::erase;
    c.stored.reset();
    c.size = 5;
    CHECK(written_rows{{c}}.refusal().detail() == "at byte 50: size: over 2^53 - 1, or of a delete");
    c = plain_change();
    c.version = 0;
    CHECK(written_rows{{c}}.refusal().detail() == "at byte 50: version: 0, or over 2^53 - 1");
}

TEST_CASE("row_reader: tables are used from their first entry on, each entry, and no more") {
    const auto index = "collection, device or run: not in the table, or not in the order of first use";
    auto second = plain_change(2);
    second.collection = *collection_id::make("noah");
    {
        written_rows rows{{plain_change(), second}};
        rows.tables.collections.pop_back();
        CHECK(rows.refusal().detail().find(index) != std::string::npos);
    }
    {
        written_rows rows{{plain_change(), second}};
        rows.tables.collections.push_back(*collection_id::make("zoe"));
        CHECK(rows.refusal().detail().find("is not used") != std::string::npos);
    }
    {
        written_rows rows{{plain_change()}};
        rows.tables.devices.push_back(*device_id::make("ipad"));
        CHECK(rows.refusal().detail() == "at byte 103: a collection, device or run is not used");
    }
    {
        written_rows rows{{plain_change()}};
        rows.tables.runs = {};
        CHECK(rows.refusal().detail().find(index) != std::string::npos);
    }
}

TEST_CASE("row_reader: what is replaced is said in one way") {
    auto c = plain_change(9);
    c.replaces = {c.dot};
    const auto itself = "replaces: itself, or not numbered from 1 to 2^53 - 1";
    CHECK(written_rows{{c}}.refusal().detail().find(itself) != std::string::npos);
    c.replaces = {dot_of(2, 4)};
    CHECK(refusal_with(6, 0, c).detail().find("needless") != std::string::npos); // run 0, its own
    CHECK(refusal_with(0, 0x09, c).detail().find(itself) != std::string::npos);  // replaces nothing, but names a run
    CHECK(refusal_with(0, 0x29, c).detail().find(itself) != std::string::npos);  // its own run, but names another
    c.replaces = {dot_of(1, 1)};
    CHECK(refusal_with(6, 18, c).detail().find(itself) != std::string::npos); // n 0
    c.replaces.clear();
    CHECK(refusal_with(0, 0x49, c).detail().find(itself) != std::string::npos);
}

TEST_CASE("row_reader: several replaced dots are at least two, ascending, and not the edit") {
    auto c = plain_change(9);
    c.replaces = {dot_of(1, 4), dot_of(2, 5), dot_of(2, 6)};
    const written_rows good{{c}};
    CHECK(good.read().value().front() == c);
    const auto list = good.rows.size() - 7;
    const auto refusal = [&](std::initializer_list<unsigned> tail) {
        written_rows rows{{c}};
        rows.rows.resize(list);
        for (const auto each : tail) rows.rows.push_back(static_cast<std::byte>(each));
        return rows.refusal().detail();
    };
    const auto place = "at byte " + std::to_string(50 + list);
    CHECK(refusal({1, 0, 4}) == place + ": replaces: one that is written as several");
    CHECK(refusal({0}) == place + ": replaces: one that is written as several");
    CHECK(refusal({3, 0, 4, 1, 6, 1, 5}) == place + ": replaces: not ascending, or repeated");
    CHECK(refusal({3, 0, 4, 1, 5, 1, 5}) == place + ": replaces: not ascending, or repeated");
    CHECK(refusal({3, 1, 5, 1, 6, 0, 4}) == place + ": replaces: not ascending, or repeated");
    CHECK(refusal({3, 0, 9, 1, 5, 1, 6}).find("replaces: itself") != std::string::npos);
    CHECK(refusal({3, 0, 0, 1, 5, 1, 6}).find("not numbered from 1") != std::string::npos);
    CHECK(refusal({3, 0, 4, 2, 5, 1, 6}).find("not in the order of first use") != std::string::npos);
    CHECK(refusal({3, 0, 4}).find("ends too early") != std::string::npos);
    manifest_limits limits;
    limits.dots_max = 2;
    CHECK(good.refusal(limits) == errc::too_large);
}

TEST_CASE("row_reader: ids of text are ids, and only such as have no shorter form") {
    auto c = plain_change();
    c.id = *object_id::make("r-1");
    CHECK(refusal_with(6, '/', c).detail().find("record_id: not an id") != std::string::npos);
    CHECK(refusal_with(5, 200, c).detail() == "at byte 50: ends too early");
    c.id = *object_id::make(std::string(32, 'g'));
    written_rows rows{{c}};
    std::fill_n(rows.rows.begin() + 6, 32, std::byte{'a'});
    CHECK(rows.refusal().detail() == "at byte 50: record_id: hex digits that are written as text");
}

TEST_CASE("row_reader: what few changes have is refused of others, and if it is blank") {
    auto c = attachment_change();
    c.dot = dot_of(1, 1);
    c.device = author;
    const written_rows good{{c}};
    const auto extras = good.rows.size() - 21;
    const auto refusal = [&](std::size_t at, unsigned value) {
        written_rows rows{{c}};
        rows.rows.at(at) = static_cast<std::byte>(value);
        return rows.refusal().detail();
    };
    CHECK(refusal(extras, 0).find("extras: none, unknown, or not of such a change") != std::string::npos);
    CHECK(refusal(extras, 0x16).find("extras: none, unknown") != std::string::npos);
    CHECK(refusal(extras, 0x07).find("extras: none, unknown") != std::string::npos);
    CHECK(refusal(extras + 1, 0).find("filename: blank, but not left out") != std::string::npos);
    CHECK(refusal(extras + 2, 0).find("filename: holds a NUL") != std::string::npos);
    CHECK(refusal(extras + 12, 0xff).find("media_type: not UTF-8") != std::string::npos);

    c = plain_change();
    c.attachments = {*object_id::make(digest_of(0xa1).hex()), *object_id::make(digest_of(0xa2).hex())};
    const written_rows record{{c}};
    const auto list = record.rows.size() - 65;
    CHECK(refusal(list + 1, 0xa3).find("attachments: not ascending, or repeated") != std::string::npos);
    CHECK(refusal(list, 0).find("attachments: none, but not left out") != std::string::npos);
    CHECK(refusal(list, 3).find("ends too early") != std::string::npos);
    c.attachments.clear();
    c.packed = packed_place{"pk", 0, 5};
    const auto size = written_rows{{c}}.rows.size();
    CHECK(refusal(size - 1, 0).find("packed: length 0") != std::string::npos);
    CHECK(refusal(size - 3, '/').find("packed object") != std::string::npos);
}

TEST_CASE("row_reader: every truncation is refused, wherever rows end") {
    const std::vector<change> all{record_change(), attachment_change(), erase_change()};
    const auto size = written_rows{all}.rows.size();
    for (std::size_t kept = 0; kept < size; ++kept) {
        written_rows rows{all};
        rows.rows.resize(kept);
        rows.rows.shrink_to_fit();
        REQUIRE(rows.refusal() == errc::malformed);
    }
    written_rows longer{all};
    longer.rows.push_back({});
    CHECK(longer.refusal().detail() == "at byte " + std::to_string(50 + size) + ": more follows the end");
}

TEST_CASE("row_reader: the last row cannot be left unread") {
    const written_rows rows{{plain_change(), plain_change(2)}};
    manifest_limits limits;
    detail::row_reader reader{rows.rows, 0, rows.tables, begin, limits};
    detail::compact_row row;
    REQUIRE(reader.next(row));
    CHECK(reader.finish().error().detail() == "not every change was read");
}

TEST_CASE("row_reader: it notices whether edits ascend, over runs too") {
    const auto ascending = [](std::initializer_list<dot> edits) {
        std::vector<change> changes;
        for (const auto& edit : edits) {
            changes.push_back(plain_change());
            changes.back().dot = edit;
        }
        const written_rows rows{changes};
        const manifest_limits limits;
        detail::row_reader reader{rows.rows, 0, rows.tables, begin, limits};
        for (detail::compact_row row; reader.next(row);) {
        }
        REQUIRE(reader.finish());
        return reader.ascending();
    };
    CHECK(ascending({}));
    CHECK(ascending({dot_of(5, 9)}));
    CHECK(ascending({dot_of(1, 9), dot_of(1, 10), dot_of(2, 1), dot_of(2, 7)}));
    CHECK_FALSE(ascending({dot_of(1, 9), dot_of(1, 9)}));
    CHECK_FALSE(ascending({dot_of(1, 9), dot_of(1, 8)}));
    CHECK_FALSE(ascending({dot_of(2, 1), dot_of(1, 2)}));
}

} // namespace
