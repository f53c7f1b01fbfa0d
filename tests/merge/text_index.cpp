#include <sealsync/merge/text_index.hpp>

#include <doctest/doctest.h>

using namespace sealsync::detail;

TEST_CASE("text_index: texts are numbered as they come, once each") {
    const seeded_hash hash{1};
    text_index texts{hash};
    CHECK(texts.known("emma") == no_index);
    CHECK(texts.index_of("emma") == 0);
    CHECK(texts.index_of("") == 1);
    CHECK(texts.index_of("emma") == 0);
    CHECK(texts.known("emma") == 0);
    CHECK(texts.text(0) == "emma");
    CHECK(texts.size() == 2);
    for (std::uint32_t i = 2; i < 2'000; ++i) CHECK(texts.index_of(std::to_string(i)) == i);
    for (std::uint32_t i = 2; i < 2'000; ++i) CHECK(texts.text(i) == std::to_string(i));
}

TEST_CASE("text_index: hashes of one seed are equal in every index, so that stages and shards agree") {
    const seeded_hash hash{1};
    text_index one{hash}, other{hash};
    static_cast<void>(other.index_of("liam"));
    CHECK(one.hash(one.index_of("emma")) == other.hash(other.index_of("emma")));
}

TEST_CASE("repeated_texts: a run comes back as its bytes") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    sealsync::run_id run;
    run.value.fill(std::byte{0});
    const auto zero = texts.index_of(run);
    run.value.back() = std::byte{7};
    const auto seven = texts.index_of(run);
    CHECK(zero != seven);
    CHECK(texts.run(seven) == run);
    CHECK(texts.run(zero) == sealsync::run_id{});
    CHECK(texts.size() == 2);
}
