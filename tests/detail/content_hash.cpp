#include <sealsync/detail/content_hash.hpp>

#include <doctest/doctest.h>

#include <set>

namespace ss = sealsync;
using ss::detail::content_etag;

TEST_CASE("content_etag: 32 hex digits, the same for the same bytes") {
    CHECK(content_etag("some bytes").size() == 32);
    CHECK(content_etag("some bytes") == content_etag(std::string{"some bytes"}));
}

TEST_CASE("content_etag: the length counts, also of zeros") {
    std::set<std::string> seen;
    for (std::size_t size = 0; size < 100; ++size) seen.insert(content_etag(ss::bytes(size)));
    CHECK(seen.size() == 100);
}

TEST_CASE("content_etag: every single bit counts, and so does every pair") {
    const ss::bytes zeros(32);
    std::set<std::string> seen{content_etag(zeros)};
    std::size_t tried = 1;
    for (std::size_t i = 0; i < 256; ++i) {
        for (std::size_t j = i; j < 256; ++j, ++tried) {
            auto changed = zeros;
            changed[i / 8] ^= std::byte{1} << (i % 8);
            if (j != i) changed[j / 8] ^= std::byte{1} << (j % 8);
            seen.insert(content_etag(changed));
        }
    }
    CHECK(seen.size() == tried);
}

TEST_CASE("content_etag: words that change places are noticed") {
    CHECK(content_etag("aaaaaaaabbbbbbbb") != content_etag("bbbbbbbbaaaaaaaa"));
}
