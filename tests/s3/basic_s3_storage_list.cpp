#include "scripted_bucket.hpp"

#include <doctest/doctest.h>
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>
#include <sealsync/testing/storage_driver.hpp>

using namespace s3_tests;
using ss::errc;

namespace {

struct listed : scripted_bucket {
    using scripted_bucket::scripted_bucket;
    ss::testing::storage_driver<storage_type> drive{store};

    /// What becomes of a listing that has these keys as they are in the bucket.
    [[nodiscard]] ss::result<ss::list_page> page(const std::vector<std::string>& keys, bool more,
                                                 const ss::list_query& query) {
        std::string text = "<ListBucketResult><IsTruncated>" + std::string{more ? "true" : "false"} + "</IsTruncated>";
        for (const auto& key : keys) text += "<Contents><Key>" + key + "</Key><Size>1</Size></Contents>";
        fail_next(200, text + "</ListBucketResult>", {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}});
        return store.list(query, {});
    }
};

std::vector<std::string> keys_of(const ss::result<ss::list_page>& page) {
    if (!page) return {page.error().message()};
    std::vector<std::string> keys;
    for (const auto& entry : page->entries) keys.push_back(entry.key);
    return keys;
}

using keys = std::vector<std::string>;

} // namespace

TEST_CASE("list: the request as it is sent, with the prefix put before and the limit in bounds") {
    listed bucket;
    CHECK(bucket.store.list({.prefix = "a b/"}, {}));
    CHECK(bucket.line(0) == "GET /bucket?encoding-type=url&list-type=2&max-keys=1000&prefix=vaults%2Fa%20b%2F");
    CHECK(bucket.store.list({.prefix = "", .after = "x+y", .limit = 7}, {}));
    CHECK(bucket.line(1) ==
          "GET /bucket?encoding-type=url&list-type=2&max-keys=7&prefix=vaults%2F&start-after=vaults%2Fx%2By");
    CHECK(bucket.store.list({.prefix = "", .limit = 5000}, {}));
    CHECK(bucket.line(2).find("max-keys=1000") != std::string::npos);
    CHECK(bucket.store.list({.prefix = "", .limit = 0}, {}));
    CHECK(bucket.line(3).find("max-keys=1&") != std::string::npos);
}

TEST_CASE("list: keys come without the store's prefix, of this store alone, page by page, whatever bytes they have") {
    listed bucket{http_tests::fake_s3_settings{.page_max = 3}};
    const keys expected{"+plus", "a b", "a/b", "new\nline", "\x01", "\xc3\xa4", "\xff"};
    for (const auto& key : expected) bucket.fake->store("vaults/" + key, key);
    bucket.fake->store("other/a", "x");
    bucket.fake->store("vaults", "x");
    auto sorted = expected;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.compare(b) < 0; });
    CHECK(bucket.drive.keys("").value() == sorted);
    CHECK(bucket.client.asked() == 3);
}

TEST_CASE("list: a page has the store's date, sizes and times") {
    listed bucket;
    bucket.fake->store("vaults/a", "12345");
    const auto page = bucket.store.list({.prefix = ""}, {});
    REQUIRE(page);
    CHECK(page->date);
    CHECK(page->entries[0].size == 5);
    CHECK(page->entries[0].last_modified);
}

TEST_CASE("list: the object that stands for the folder itself is left out") {
    listed bucket;
    CHECK(keys_of(bucket.page({"vaults/", "vaults/a"}, false, {.prefix = ""})) == keys{"a"});
}

TEST_CASE("list: a store that lists out of order, or a key twice, is unsupported") {
    listed bucket;
    for (const keys& wrong :
         {keys{"vaults/b", "vaults/a"}, keys{"vaults/a", "vaults/a"}, keys{"vaults/\xc3\xa4", "vaults/a"}}) {
        const auto page = bucket.page(wrong, false, {.prefix = ""});
        REQUIRE_FALSE(page);
        CHECK(page.error() == errc::unsupported);
        CHECK(page.error().detail() == "its listings are not in order");
        CHECK(page.error().object() == "s3://bucket/vaults/");
    }
}

TEST_CASE("list: a store that lists what is not its own is unsupported; what is not asked for is left out") {
    listed bucket;
    const auto foreign = bucket.page({"other/a"}, false, {.prefix = ""});
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error() == errc::unsupported);
    CHECK(keys_of(bucket.page({"vaults/a/1", "vaults/b/1"}, false, {.prefix = "b/"})) == keys{"b/1"});
}

TEST_CASE("list: a store that ignores start-after goes on where it can, and is unsupported where it cannot") {
    listed bucket;
    CHECK(keys_of(bucket.page({"vaults/a", "vaults/b", "vaults/c"}, true, {.prefix = "", .after = "b"})) == keys{"c"});
    CHECK(keys_of(bucket.page({"vaults/a", "vaults/b"}, false, {.prefix = "", .after = "b"})).empty());
    const auto stuck = bucket.page({"vaults/a", "vaults/b"}, true, {.prefix = "", .after = "b"});
    REQUIRE_FALSE(stuck);
    CHECK(stuck.error() == errc::unsupported);
    CHECK(stuck.error().detail() == "its listings do not go on");
}

TEST_CASE("list: a page without a key that says there are more would be asked for ever") {
    listed bucket;
    CHECK(bucket.page({}, true, {.prefix = ""}).error() == errc::unsupported);
    CHECK(bucket.page({}, false, {.prefix = ""}));
}

TEST_CASE("list: a store that ignores the limit has its page cut, and there is more") {
    listed bucket;
    const auto page = bucket.page({"vaults/a", "vaults/b", "vaults/c"}, false, {.prefix = "", .limit = 2});
    CHECK(keys_of(page) == keys{"a", "b"});
    CHECK(page->more);
}

TEST_CASE("list: answers that are no listing are a store that is unavailable, with the request's id") {
    listed bucket;
    for (const char* body : {"", "<html>Log in</html>", "<ListBucketResult><Contents/></ListBucketResult>"}) {
        bucket.fail_next(200, body, {{"x-amz-request-id", "R1"}});
        const auto page = bucket.store.list({.prefix = "p/"}, {});
        REQUIRE_FALSE(page);
        CHECK(page.error() == errc::unavailable);
        CHECK(page.error().object() == "p/");
        CHECK(page.error().detail().find("(request id R1)") != std::string::npos);
    }
}

TEST_CASE("list: a listing is refused, missing, or tried again as other reads are") {
    listed bucket;
    bucket.fail_next(403, "<Error><Code>AccessDenied</Code></Error>");
    CHECK(bucket.store.list({.prefix = ""}, {}).error() == errc::access_denied);
    bucket.fail_next(404, "<Error><Code>NoSuchBucket</Code></Error>");
    CHECK(bucket.store.list({.prefix = ""}, {}).error() == errc::invalid_argument);
    bucket.fail_next(errc::connection_lost);
    CHECK(bucket.store.list({.prefix = ""}, {}));
    CHECK(bucket.client.asked() == 4);
}

TEST_CASE("list: more of a document than S3 writes is not read") {
    listed bucket;
    bucket.fail_next(200, std::string(ss::s3_document_max + 1, ' '));
    CHECK(bucket.store.list({.prefix = ""}, {}).error() == errc::too_large);
    CHECK(bucket.client.request(0).request.body_max == ss::s3_document_max);
}
