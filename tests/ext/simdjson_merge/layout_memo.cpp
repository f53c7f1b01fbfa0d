#include <sealsync/ext/simdjson_merge/layout_memo.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sealsync;

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
    CHECK(detail::text_of(found->text) == "emma");
    CHECK(found->index == entry.collection);
    CHECK(found->hash == texts.collections.hash(entry.collection));
    CHECK(memo.devices.find(detail::load_word(device.data()))->text.size == 6);
    CHECK(memo.runs.find(detail::load_word(edit.data()))->text.size == 32);
}

} // namespace
