#include "../../manifest/samples.hpp"

#include <sealsync/merge/scan/scan_memo.hpp>

#include <doctest/doctest.h>

using namespace sealsync_tests;
using namespace sealsync::detail;

namespace {

/// A pattern's text, with a question mark for each hole.
template <std::size_t Capacity>
std::string shown(const pattern<Capacity>& of) {
    std::string text;
    for (std::size_t i = 0; i < of.size; ++i) text += of.mask[i] == '\0' ? '?' : of.text[i];
    return text;
}

} // namespace

TEST_CASE("scan_memo: learns how changes of a collection begin, who wrote them, and whom they replace") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    scan_memo memo{field};
    memo.learn(record_change(), texts);

    const std::string begins = R"({"type":"record","family_member_id":"emma","record_id":")",
                      id{record_change().id.text()};
    const auto* const beginning = memo.beginnings.find(load_word(begins.data() + memo.before_collection.size()));
    REQUIRE(beginning != nullptr);
    CHECK(beginning->id_at == begins.size());
    CHECK(beginning->id_size == id.size());
    CHECK(shown(beginning->text) == begins + std::string(id.size(), '?') + R"(","version":)");
    CHECK(beginning->collection == text_pair(texts.collections.known("emma"), 0));

    const auto* const author = memo.authors.find(word_of("iphone\","));
    REQUIRE(author != nullptr);
    CHECK(author == memo.authors.find_again(word_of("iphone\",")));
    CHECK(shown(author->text) ==
          R"(,"timestamp":"????-??-??T??:??:??.?????????Z","device_id":"iphone","action":"??????",)"
          R"("dot":")" +
              record_change().dot.run.hex() + ":");
    CHECK(shown(author->text).substr(author->action_at, 6) == "??????");
    CHECK(author->device == text_pair(0, texts.devices.known("iphone")));
    CHECK(author->runs == text_pair(author->run, author->run));
    CHECK(texts.run(author->run) == record_change().dot.run);
    const auto run = record_change().replaces.back().run.hex();
    const auto* const replaced = memo.replaced.find(load_word(run.data()));
    REQUIRE(replaced != nullptr);
    CHECK(shown(replaced->text) == R"(","replaces":[")" + run + ":");
    CHECK(replaced->if_any() == ~std::uint64_t{0});
    CHECK(replaced->runs == text_pair(0, texts.index_of(record_change().replaces.back().run)));
    CHECK(replaced->kept_runs == text_pair(~0U, 0));

    memo.forget();
    CHECK(memo.beginnings.find(load_word(begins.data() + memo.before_collection.size())) == nullptr);
    CHECK(memo.authors.find_again(word_of("iphone\",")) == nullptr);
    CHECK(memo.replaced.find(load_word(run.data())) == nullptr);
}

TEST_CASE("scan_memo: nothing replaced is learned as a run is") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    scan_memo memo{field};
    auto c = record_change();
    CHECK(memo.replaced.find(word_of(",\"size\":")) == nullptr);
    c.replaces.clear();
    memo.learn(c, texts);
    const auto* const none = memo.replaced.find(word_of(",\"size\":"));
    REQUIRE(none != nullptr);
    CHECK(shown(none->text) == R"(","replaces":[],"size":)");
    CHECK(none->if_any() == 0);
    CHECK(none->runs == 0);
    CHECK(none->kept_runs == text_pair(~0U, ~0U));
}

TEST_CASE("scan_memo: ids of a size that no entry has room for are not learned, whose authors are") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    for (const std::size_t size : {1U, 32U, 33U, 63U, 64U, 65U, 128U}) {
        scan_memo memo{field};
        auto c = record_change();
        c.id = *object_id::make(std::string(size, 'a'));
        memo.learn(c, texts);
        CHECK((memo.beginnings.find(word_of("emma\",\"r")) != nullptr) == (size <= 32 || size == 64));
        CHECK(memo.authors.find(word_of("iphone\",")) != nullptr);
    }
}

TEST_CASE("scan_memo: the longest names there are fit, or are not learned") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    auto c = record_change();
    c.device = *device_id::make(std::string(128, 'd'));
    c.collection = *collection_id::make(std::string(128, 'c'));
    scan_memo memo{field};
    memo.learn(c, texts);
    CHECK(memo.authors.find(word_of("dddddddd")) != nullptr);
    scan_memo other{std::string(127, 'f')};
    other.learn(c, texts);
    CHECK(other.beginnings.find(word_of("cccccccc")) == nullptr);
}

TEST_CASE("scan_memo: attachments teach nothing, and what was not learned is not there") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    scan_memo memo{field};
    memo.learn(attachment_change(), texts);
    CHECK(texts.size() == 0);
    CHECK(memo.authors.find(word_of("iphone\",")) == nullptr);
    CHECK(memo.authors.find(0) == nullptr);
    CHECK(memo.authors.find_again(0) == nullptr);
}

TEST_CASE("memo_table: what has one place forgets what came before it, never more") {
    memo_table<replaced_memo, 8> memos;
    for (std::uint64_t key = 0; key <= 1'000; ++key) {
        CHECK(memos.find(key) == nullptr);
        memos.place(key) = replaced_memo{.key = key, .runs = key, .text = pattern<64>{"-"}};
        REQUIRE(memos.find(key) != nullptr);
        CHECK(memos.find(key) == memos.find_again(key));
        CHECK(memos.find(key) == memos.find_again(key));
        CHECK(memos.find(key)->runs == key);
    }
    memos.clear();
    for (std::uint64_t key = 0; key <= 1'000; ++key) {
        CHECK(memos.find(key) == nullptr);
        CHECK(memos.find_again(key) == nullptr);
    }
}
