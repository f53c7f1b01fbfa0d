#include "fake_s3.hpp"

#include <doctest/doctest.h>

// The bucket that other tests take for S3: that it does as S3's reference says, and goes wrong as it is told.

using namespace http_tests;

namespace {

struct bucket {
    fake_s3 store;

    explicit bucket(fake_s3_settings settings = {}) : store{std::move(settings)} {}

    [[nodiscard]] answer ask(std::string method, std::string target, std::string body = {},
                             std::vector<http_header> headers = {}) {
        request asked;
        asked.method = std::move(method);
        asked.target = "/bucket" + std::move(target);
        asked.headers = std::move(headers);
        asked.headers.push_back({"content-length", std::to_string(body.size())});
        asked.body = std::move(body);
        return store.handle(asked);
    }
    [[nodiscard]] int put(const std::string& target, std::string body, std::vector<http_header> headers = {}) {
        return ask("PUT", target, std::move(body), std::move(headers)).status;
    }
};

[[nodiscard]] std::string header(const answer& given, std::string_view name) {
    const auto at =
        std::find_if(given.headers.begin(), given.headers.end(), [&](const auto& one) { return one.name == name; });
    return at == given.headers.end() ? "(none)" : at->value;
}
/// The text of the first element of that name.
[[nodiscard]] std::string element(const answer& given, const std::string& name) {
    const auto open = given.body.find("<" + name + ">");
    if (open == std::string::npos) return "(none)";
    const auto from = open + name.size() + 2;
    return given.body.substr(from, given.body.find("</" + name + ">") - from);
}

} // namespace

TEST_CASE("fake_s3: what was put is got, with the etag that it got then, and gone when it is deleted") {
    bucket one;
    const auto stored = one.ask("PUT", "/a%20b/c", "hello");
    CHECK(stored.status == 200);
    const auto got = one.ask("GET", "/a%20b/c");
    CHECK(got.status == 200);
    CHECK(got.body == "hello");
    CHECK(header(got, "etag") == header(stored, "etag"));
    CHECK(header(got, "x-amz-request-id") != header(stored, "x-amz-request-id"));
    CHECK(one.store.keys() == std::vector<std::string>{"a b/c"});
    CHECK(one.ask("DELETE", "/a%20b/c").status == 204);
    CHECK(element(one.ask("GET", "/a%20b/c"), "Code") == "NoSuchKey");
}

TEST_CASE("fake_s3: reads may have conditions and ranges") {
    bucket one;
    one.store.store("k", "0123456789");
    const auto etag = header(one.ask("HEAD", "/k"), "etag");
    CHECK(one.ask("GET", "/k", {}, {{"if-none-match", etag}}).status == 304);
    CHECK(one.ask("GET", "/k", {}, {{"if-none-match", "\"x\""}}).status == 200);
    CHECK(one.ask("GET", "/k", {}, {{"if-match", "\"x\""}}).status == 412);
    const auto part = one.ask("GET", "/k", {}, {{"range", "bytes=2-4"}});
    CHECK(part.status == 206);
    CHECK(part.body == "234");
    CHECK(header(part, "content-range") == "bytes 2-4/10");
    CHECK(one.ask("GET", "/k", {}, {{"range", "bytes=8-99"}}).body == "89");
    CHECK(one.ask("GET", "/k", {}, {{"range", "bytes=-3"}}).body == "789");
    CHECK(one.ask("GET", "/k", {}, {{"range", "bytes=10-"}}).status == 416);
}

TEST_CASE("fake_s3: a write under a condition is done if that holds, and refused or ignored where it is told so") {
    bucket full;
    CHECK(full.put("/k", "1", {{"if-none-match", "*"}}) == 200);
    CHECK(full.put("/k", "2", {{"if-none-match", "*"}}) == 412);
    const auto etag = header(full.ask("HEAD", "/k"), "etag");
    CHECK(full.put("/k", "2", {{"if-match", "\"x\""}}) == 412);
    CHECK(full.put("/k", "2", {{"if-match", etag}}) == 200);
    CHECK(full.put("/k", "3", {{"if-match", etag}}) == 412);
    CHECK(full.put("/other", "1", {{"if-match", etag}}) == 404);
    CHECK(full.store.body_of("k") == "2");

    bucket create_only{{.conditions = put_conditions::create_only}}, refused{{.conditions = put_conditions::refused}},
        ignored{{.conditions = put_conditions::ignored}}, like_ceph{{.if_match = if_match_form::unquoted}};
    for (auto* one : {&create_only, &refused, &ignored, &like_ceph}) one->store.store("k", "1");
    CHECK(create_only.put("/k", "2", {{"if-match", "\"x\""}}) == 501);
    CHECK(create_only.put("/new", "2", {{"if-none-match", "*"}}) == 200);
    CHECK(refused.put("/new", "2", {{"if-none-match", "*"}}) == 501);
    CHECK(ignored.put("/k", "2", {{"if-none-match", "*"}}) == 200);
    const auto held = header(like_ceph.ask("HEAD", "/k"), "etag");
    CHECK(like_ceph.put("/k", "2", {{"if-match", held}}) == 412);
    CHECK(like_ceph.put("/k", "2", {{"if-match", held.substr(1, held.size() - 2)}}) == 200);
}

TEST_CASE("fake_s3: listings are in order, in pages, and encoded where that is asked for") {
    bucket one{{.page_max = 2}};
    for (const auto* key : {"b/2", "a/1", "b/1", "b/&<", "c"}) one.store.store(key, "x");
    const auto first = one.ask("GET", "?list-type=2&prefix=b%2F&encoding-type=url");
    CHECK(element(first, "Key") == "b/%26%3C");
    CHECK(element(first, "KeyCount") == "2");
    CHECK(element(first, "IsTruncated") == "true");
    const auto rest = one.ask("GET", "?list-type=2&prefix=b%2F&start-after=b%2F1");
    CHECK(element(rest, "Key") == "b/2");
    CHECK(element(rest, "IsTruncated") == "false");
    CHECK(element(one.ask("GET", "?list-type=2&prefix=b%2F"), "Key") == "b/&amp;&lt;");
}

TEST_CASE("fake_s3: many are deleted by one request, those that are not there, too") {
    bucket one;
    for (const auto* key : {"a", "b&c", "d"}) one.store.store(key, "x");
    const std::string named = "<Delete><Object><Key>a</Key></Object><Object><Key>b&amp;c</Key></Object><Object><Key>z"
                              "</Key></Object></Delete>";
    CHECK(one.ask("POST", "?delete", named).status == 200);
    CHECK(one.store.keys() == std::vector<std::string>{"d"});
    CHECK(one.ask("POST", "?delete", "<Delete></Delete>").status == 400);
}

TEST_CASE("fake_s3: an upload in parts is an object when it is completed, in the order of its parts, and not before") {
    bucket one{{.part_bytes_min = 3}};
    const auto id = element(one.ask("POST", "/k?uploads"), "UploadId");
    const auto part = [&](int number, std::string body) {
        return header(one.ask("PUT", "/k?partNumber=" + std::to_string(number) + "&uploadId=" + id, std::move(body)),
                      "etag");
    };
    const auto line = [](int number, const std::string& etag) {
        return "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag + "</ETag></Part>";
    };
    const auto complete = [&](const std::string& lines) {
        return one.ask("POST", "/k?uploadId=" + id, "<CompleteMultipartUpload>" + lines + "</CompleteMultipartUpload>");
    };
    const auto second = part(2, "def"), first = part(1, "abc"), small = part(3, "g"), last = part(4, "h");
    CHECK(one.store.unfinished_uploads() == 1);
    CHECK_FALSE(one.store.body_of("k"));
    CHECK(element(one.ask("GET", "/k?uploadId=" + id), "PartNumber") == "1");
    CHECK(element(one.ask("GET", "?uploads"), "UploadId") == id);
    CHECK(element(complete(line(2, second) + line(1, first)), "Code") == "InvalidPartOrder");
    CHECK(element(complete(line(1, "\"x\"") + line(2, second)), "Code") == "InvalidPart");
    CHECK(element(complete(line(3, small) + line(4, last)), "Code") == "EntityTooSmall");
    const auto done = complete(line(1, first) + line(2, second));
    CHECK(done.status == 200);
    CHECK(element(done, "ETag").ends_with("-2\""));
    CHECK(one.store.body_of("k") == "abcdef");
    CHECK(one.store.unfinished_uploads() == 0);
    CHECK(element(one.ask("DELETE", "/k?uploadId=" + id), "Code") == "NoSuchUpload");
}

TEST_CASE("fake_s3: what no store takes is refused by name") {
    bucket one;
    request elsewhere;
    elsewhere.method = "GET";
    elsewhere.target = "/other/k";
    CHECK(element(one.store.handle(elsewhere), "Code") == "NoSuchBucket");
    CHECK(element(one.ask("PUT", "/k", "x", {{"x-amz-content-sha256", std::string(64, '0')}}), "Code") ==
          "XAmzContentSHA256Mismatch");
    CHECK(element(one.ask("PATCH", "/k"), "Code") == "MethodNotAllowed");
    CHECK(element(one.ask("POST", "?acl"), "Code") == "NotImplemented");
    CHECK(one.store.keys().empty());
}
