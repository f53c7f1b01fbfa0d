#include <sealsync/ext/simdjson_merge/layout_memo.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sealsync;

detail::time_digits digits_of(std::string_view time) {
    detail::time_digits digits{};
    REQUIRE(detail::portable_vector::decode_time(time.data(), digits) == 0);
    return digits;
}

TEST_CASE("day_memo: knows the day that it learned, and none that there is not") {
    detail::day_memo day;
    const std::string time = "2025-01-20T14:30:00.123456789Z", other = "2025-01-21T14:30:00.123456789Z",
                      none = "2025-02-30T14:30:00.123456789Z";
    CHECK_FALSE(day.is_of(time.data()));
    CHECK(day.learn(time.data(), digits_of(time)) == 0);
    CHECK(day.is_of(time.data()));
    CHECK(day.begin() == 1'737'331'200'000'000'000);
    CHECK_FALSE(day.is_of(other.data()));
    CHECK(day.learn(none.data(), digits_of(none)) != 0);
    CHECK_FALSE(day.is_of(none.data()));
    CHECK(day.is_of(time.data()));
}

TEST_CASE("layout_memo: finds what it learned by the characters that stood there") {
    const detail::seeded_hash hash{1};
    detail::repeated_texts texts{hash};
    const auto run = run_id::parse("0123456789abcdef0123456789abcdef").value();
    detail::merge_entry entry{};
    entry.collection = texts.collections.index_of("emma");
    entry.device = texts.devices.index_of("iphone");
    entry.run = texts.index_of(run);
    const std::string collection = "emma\",\"record_id\"", device = "iphone\", \"action\"", edit = run.hex() + ":1\"";
    detail::layout_memo memo;
    CHECK(memo.collections.find(detail::load_word(collection.data())) == nullptr);
    memo.learn({collection.data(), device.data(), edit.data(), nullptr}, entry, texts);
    const auto* const found = memo.collections.find(detail::load_word(collection.data()));
    REQUIRE(found != nullptr);
    CHECK(found->text.text() == "emma");
    CHECK(found->index == entry.collection);
    CHECK(found->hash == texts.collections.hash(entry.collection));
    CHECK(memo.devices.find(detail::load_word(device.data()))->text.text() == "iphone");
    CHECK(memo.runs.find(detail::load_word(edit.data()))->text.text() == run.hex());
}

} // namespace
