#include <sealsync/sync/rows.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sealsync::detail;

const object_ref owner{change_type::record, *collection_id::make("emma"), *object_id::make("rec-1")};

std::uint64_t any_number(testing::random& rng) { return rng() >> rng.below(64); }
std::string any_text(testing::random& rng) { return std::string{as_text(rng.some_bytes(rng.below(12)))}; }
template <class Id>
Id any_id(testing::random& rng) {
    return *Id::make("id-" + std::to_string(rng.below(1'000)));
}
dot any_dot(testing::random& rng) {
    dot made{{}, any_number(rng)};
    rng.fill(made.run.value);
    return made;
}
std::optional<digest256> any_digest(testing::random& rng) {
    if (rng.chance(0.3)) return std::nullopt;
    digest256 made;
    rng.fill(made.value);
    return made;
}
object_ref any_ref(testing::random& rng) {
    const auto type = static_cast<change_type>(1 + rng.below(3));
    object_ref ref{type, any_id<collection_id>(rng), {}};
    if (type != change_type::profile) ref.id = any_id<object_id>(rng);
    return ref;
}

change any_change(testing::random& rng, const object_ref& of) {
    change c;
    c.type = of.type;
    c.collection = of.collection;
    c.id = of.id;
    c.version = any_number(rng);
    c.timestamp.nanoseconds = static_cast<std::int64_t>(any_number(rng) >> 1U);
    c.device = any_id<device_id>(rng);
    c.action = static_cast<change_action>(1 + rng.below(3));
    c.dot = any_dot(rng);
    for (auto left = rng.below(4); left > 0; --left) c.replaces.push_back(any_dot(rng));
    c.size = any_number(rng);
    c.stored = any_digest(rng);
    for (auto left = rng.below(3); left > 0; --left) c.attachments.push_back(any_id<object_id>(rng));
    c.filename = any_text(rng);
    c.media_type = any_text(rng);
    return c;
}

object_row any_object(testing::random& rng) {
    object_row row{any_text(rng), {}, {}};
    for (auto left = rng.below(4); left > 0; --left) {
        sibling_version v{any_change(rng, owner)};
        v.pending = any_number(rng);
        v.fetched = rng.chance(0.5);
        v.twin = rng.chance(0.5);
        v.gap = rng.chance(0.5);
        for (auto dots = rng.below(3); dots > 0; --dots) v.unsent.push_back(any_dot(rng));
        row.siblings.versions().push_back(std::move(v));
    }
    for (auto left = rng.below(3); left > 0; --left)
        row.past.push_back({any_change(rng, owner), rng.below(2) == 0, rng.below(2) == 0});
    return row;
}

cursor_row any_cursor(testing::random& rng) {
    return {any_id<device_id>(rng), any_number(rng), any_digest(rng).value_or(digest256{})};
}

outbox_row any_outbox(testing::random& rng) { return {any_ref(rng), any_dot(rng), any_number(rng)}; }

pending_segment any_pending(testing::random& rng) {
    pending_segment row{any_id<device_id>(rng), {}, any_number(rng), rng.some_bytes(rng.below(40)), {}};
    rng.fill(row.log.value);
    for (auto left = rng.below(4); left > 0; --left) {
        row.items.push_back({any_number(rng), any_ref(rng), any_dot(rng), any_number(rng), any_digest(rng)});
    }
    return row;
}

/// Decodes and gives the same bytes again; equal bytes are equal rows, as the encoding has no choices.
template <class Row>
void check_round_trip(const Row& row) {
    const auto encoded = encode(row);
    const auto decoded = decode<Row>(encoded, owner);
    REQUIRE(decoded);
    CHECK(encode(*decoded) == encoded);
}

/// Every truncation is refused; every flipped byte is refused or decodes to something, and nothing crashes.
template <class Row>
void check_damage(const Row& row) {
    const auto encoded = encode(row);
    for (std::size_t size = 0; size < encoded.size(); ++size) {
        const auto cut = decode<Row>(bytes_view{encoded}.subview(0, size), owner);
        REQUIRE_FALSE(cut);
        CHECK(cut.error() == errc::replica_corrupt);
    }
    auto longer = encoded;
    longer.push_back(std::byte{0});
    CHECK_FALSE(decode<Row>(longer, owner));
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        for (const auto flip : {0x01U, 0x40U, 0x80U, 0xffU}) {
            auto damaged = encoded;
            damaged[i] ^= static_cast<std::byte>(flip);
            const auto decoded = decode<Row>(damaged, owner);
            if (!decoded) CHECK(decoded.error() == errc::replica_corrupt);
        }
    }
}

TEST_CASE_TEMPLATE("rows: what was encoded decodes to itself", Row, object_row, cursor_row, outbox_row,
                   pending_segment) {
    testing::random rng{11};
    for (int i = 0; i < 300; ++i) {
        if constexpr (std::is_same_v<Row, object_row>) check_round_trip(any_object(rng));
        if constexpr (std::is_same_v<Row, cursor_row>) check_round_trip(any_cursor(rng));
        if constexpr (std::is_same_v<Row, outbox_row>) check_round_trip(any_outbox(rng));
        if constexpr (std::is_same_v<Row, pending_segment>) check_round_trip(any_pending(rng));
    }
}

TEST_CASE("rows: an object's row keeps every field") {
    testing::random rng{12};
    for (int i = 0; i < 100; ++i) {
        const auto row = any_object(rng);
        const auto decoded = decode<object_row>(encode(row), owner);
        REQUIRE(decoded);
        CHECK(decoded->name == row.name);
        CHECK(decoded->siblings.versions() == row.siblings.versions());
        REQUIRE(decoded->past.size() == row.past.size());
        for (std::size_t i = 0; i < row.past.size(); ++i) CHECK(decoded->past[i] == row.past[i]);
    }
}

TEST_CASE("rows: cursor, outbox and pending segment keep every field") {
    testing::random rng{13};
    const auto cursor = any_cursor(rng);
    const auto cursor_again = decode<cursor_row>(encode(cursor)).value();
    CHECK(cursor_again.device == cursor.device);
    CHECK(cursor_again.seq == cursor.seq);
    CHECK(cursor_again.stored == cursor.stored);

    const auto waiting = any_outbox(rng);
    const auto waiting_again = decode<outbox_row>(encode(waiting)).value();
    CHECK(waiting_again.object == waiting.object);
    CHECK(waiting_again.dot == waiting.dot);
    CHECK(waiting_again.group == waiting.group);

    auto pending = any_pending(rng);
    pending.items.push_back({1, any_ref(rng), any_dot(rng), 2, std::nullopt});
    const auto pending_again = decode<pending_segment>(encode(pending)).value();
    CHECK(pending_again.device == pending.device);
    CHECK(pending_again.log == pending.log);
    CHECK(pending_again.seq == pending.seq);
    CHECK(pending_again.stored == pending.stored);
    REQUIRE(pending_again.items.size() == pending.items.size());
    CHECK(pending_again.items.back().object == pending.items.back().object);
    CHECK(pending_again.items.back().dot == pending.items.back().dot);
    CHECK(pending_again.items.back().stored == pending.items.back().stored);
}

TEST_CASE("rows: truncated or damaged, they are refused or harmless, and never crash") {
    testing::random rng{14};
    for (int i = 0; i < 10; ++i) {
        check_damage(any_object(rng));
        check_damage(any_cursor(rng));
        check_damage(any_outbox(rng));
        check_damage(any_pending(rng));
    }
}

TEST_CASE("rows: a count that no row could hold is refused before anything is allocated") {
    wire_writer out;
    out.counted("name");
    out.number(std::uint64_t{1} << 60U);
    CHECK_FALSE(decode<object_row>(out.view(), owner));
}

TEST_CASE("rows: arbitrary bytes are refused or harmless") {
    testing::random rng{15};
    for (int i = 0; i < 3'000; ++i) {
        const auto noise = rng.some_bytes(rng.below(200));
        (void)decode<object_row>(noise, owner);
        (void)decode<cursor_row>(noise);
        (void)decode<outbox_row>(noise);
        (void)decode<pending_segment>(noise);
        (void)object_ref::parse(noise);
    }
}

TEST_CASE("object_ref: its key leads back to it, and a profile has no id") {
    testing::random rng{16};
    for (int i = 0; i < 200; ++i) {
        const auto ref = any_ref(rng);
        CHECK(object_ref::parse(ref.key()) == ref);
    }
    const object_ref profile{change_type::profile, owner.collection, {}};
    CHECK(object_ref::parse(profile.key()) == profile);
}

TEST_CASE("object_ref: keys of one collection share a prefix that no other collection's keys have") {
    const auto prefix = object_ref::key_prefix(change_type::record, *collection_id::make("emma"));
    const auto starts = [&](const object_ref& ref) {
        const auto key = ref.key();
        return key.size() >= prefix.size() && bytes_view{key}.subview(0, prefix.size()) == bytes_view{prefix};
    };
    CHECK(starts(owner));
    CHECK_FALSE(starts({change_type::record, *collection_id::make("emmanuel"), owner.id}));
    CHECK_FALSE(starts({change_type::record, *collection_id::make("em"), *object_id::make("ma")}));
    CHECK_FALSE(starts({change_type::attachment, owner.collection, owner.id}));
}

TEST_CASE("object_ref: unknown kinds, bad ids and short keys are no reference") {
    CHECK_FALSE(object_ref::parse({}));
    for (const auto type : {std::uint8_t{0}, std::uint8_t{4}, std::uint8_t{255}}) {
        auto key = owner.key();
        key[0] = std::byte{type};
        CHECK_FALSE(object_ref::parse(key));
    }
    auto key = owner.key();
    key.push_back(std::byte{'/'});
    CHECK_FALSE(object_ref::parse(key));
    key = owner.key();
    key[2] = std::byte{'.'};
    CHECK_FALSE(object_ref::parse(key));
}

TEST_CASE("ref_of: a change is about the object that it names") {
    testing::random rng{17};
    CHECK(ref_of(any_change(rng, owner)) == owner);
}

} // namespace
