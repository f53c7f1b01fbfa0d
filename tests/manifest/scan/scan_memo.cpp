#include "../samples.hpp"

#include <sealsync/manifest/scan/scan_memo.hpp>

#include <doctest/doctest.h>

using namespace sealsync_tests;
using namespace sealsync::detail;

TEST_CASE("scan_memo: learns how changes of a collection begin, who wrote them, and whom they replace") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    scan_memo memo{field};
    memo.learn(record_change(), texts);

    const std::string begins = R"({"type":"record","family_member_id":"emma","record_id":")";
    const auto* const beginning = memo.beginnings.find(load_word(begins.data() + memo.before_collection.size()));
    REQUIRE(beginning != nullptr);
    CHECK(std::string_view{beginning->text.data(), beginning->size} == begins);
    CHECK(texts.collections.text(beginning->collection) == "emma");

    const auto* const author = memo.authors.find(word_of("iphone\","));
    REQUIRE(author != nullptr);
    CHECK(texts.devices.text(author->device) == "iphone");
    CHECK(texts.run(author->run) == record_change().edit.run);
    const auto run = record_change().replaces.back().run.hex();
    REQUIRE(memo.runs.find(load_word(run.data())) != nullptr);
    CHECK(memo.id_size == record_change().id.text().size());
}

TEST_CASE("scan_memo: attachments teach nothing, and what was not learned is not there") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    scan_memo memo{field};
    memo.learn(attachment_change(), texts);
    CHECK(texts.size() == 0);
    CHECK(memo.authors.find(word_of("iphone\",")) == nullptr);
    CHECK(memo.authors.find(0) == nullptr);
}

TEST_CASE("memo_table: what has one place forgets what came before it, never more") {
    memo_table<run_memo, 8> memos;
    for (std::uint64_t key = 1; key <= 1'000; ++key) {
        memos.place(key) = run_memo{.key = key, .size = 1, .run = static_cast<std::uint32_t>(key), .text = {}};
        REQUIRE(memos.find(key) != nullptr);
        CHECK(memos.find(key)->run == key);
    }
}
