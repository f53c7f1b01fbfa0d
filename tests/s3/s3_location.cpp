#include <sealsync/s3/s3_location.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

namespace {

[[nodiscard]] s3_location at(std::string_view text) { return s3_location::parse(text).value(); }

[[nodiscard]] std::string refusal(std::string_view text) {
    const auto parsed = s3_location::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error() == errc::invalid_argument);
    return parsed.error().detail();
}

} // namespace

TEST_CASE("s3_location: a bucket alone is AWS's, in us-east-1") {
    const auto bucket = at("s3://my-bucket");
    CHECK(bucket.bucket == "my-bucket");
    CHECK(bucket.prefix == "");
    CHECK(bucket.region == "us-east-1");
    CHECK(bucket.endpoint == "https://s3.us-east-1.amazonaws.com");
    CHECK(bucket == at("s3://my-bucket/"));
    CHECK(bucket == at("s3://my-bucket?"));
}

TEST_CASE("s3_location: everything that can be said is read") {
    const auto all = at("s3://my-bucket/a/b%20c?endpoint=http://127.0.0.1:9000&region=eu-west-1&style=path");
    CHECK(all.prefix == "a/b c/");
    CHECK(all.endpoint == "http://127.0.0.1:9000");
    CHECK(all.region == "eu-west-1");
    CHECK(all.addressing == s3_addressing::path);
    CHECK(at("s3://my-bucket?endpoint=http%3A%2F%2F127.0.0.1%3A9000").endpoint == "http://127.0.0.1:9000");
    CHECK(at("s3://my-bucket?style=virtual").addressing == s3_addressing::virtual_host);
    CHECK(at("s3://my-bucket?style=automatic").addressing == s3_addressing::automatic);
}

TEST_CASE("s3_location: the region is stated, or the endpoint's, or the caller's, or us-east-1") {
    const auto region = [](std::string_view text) { return s3_location::parse(text, "eu-north-1").value().region; };
    CHECK(region("s3://abc?region=eu-west-1&endpoint=s3.eu-west-3.amazonaws.com") == "eu-west-1");
    CHECK(region("s3://abc?endpoint=s3.eu-west-3.amazonaws.com") == "eu-west-3");
    CHECK(region("s3://abc?endpoint=https://storage.example.com") == "eu-north-1");
    CHECK(s3_location::parse("s3://abc", "eu-north-1")->endpoint == "https://s3.eu-north-1.amazonaws.com");
    CHECK(at("s3://abc?endpoint=https://storage.example.com").region == "us-east-1");
    CHECK(at("s3://abc?region=cn-north-1").endpoint == "https://s3.cn-north-1.amazonaws.com.cn");
}

TEST_CASE("s3_location: a prefix ends in one slash and is no way out of itself") {
    CHECK(at("s3://abc/p").prefix == "p/");
    CHECK(at("s3://abc/p/").prefix == "p/");
    CHECK(at("s3://abc/50%25+%23?").prefix == "50%+#/");
    CHECK(refusal("s3://abc//p") == "prefix: empty part");
    CHECK(refusal("s3://abc/p//") == "prefix: empty part");
    CHECK(refusal("s3://abc//") == "prefix: empty");
    CHECK(refusal("s3://abc/a/../b") == "prefix: relative part");
    CHECK(refusal("s3://abc/a%0Ab") == "prefix: control character or backslash");
    CHECK(refusal("s3://abc/%ff") == "the prefix is not UTF-8");
    CHECK(refusal("s3://abc/%2") == "a % without two hex digits");
}

TEST_CASE("s3_location: buckets have names by AWS's rules") {
    CHECK(at("s3://a.b-c").bucket == "a.b-c");
    CHECK(at("s3://1.2.3").bucket == "1.2.3");
    CHECK(at("s3://" + std::string(63, 'a')).bucket.size() == 63);
    CHECK(refusal("s3://") == "no bucket: s3://bucket/prefix");
    CHECK(refusal("s3:///prefix") == "no bucket: s3://bucket/prefix");
    CHECK(refusal("s3://ab") == "a bucket's name has 3 to 63 characters");
    CHECK(refusal("s3://" + std::string(64, 'a')) == "a bucket's name has 3 to 63 characters");
    CHECK(refusal("s3://Bucket") == "a bucket's name has only a-z, 0-9, dots and hyphens");
    CHECK(refusal("s3://a_bucket") == "a bucket's name has only a-z, 0-9, dots and hyphens");
    CHECK(refusal("s3://a%20b") == "a bucket's name has only a-z, 0-9, dots and hyphens");
    CHECK(refusal("s3://-abc") == "a bucket's name begins and ends with a letter or digit");
    CHECK(refusal("s3://abc.") == "a bucket's name begins and ends with a letter or digit");
    CHECK(refusal("s3://a..b") == "a bucket's name has no two dots in a row");
    CHECK(refusal("s3://127.0.0.1") == "a bucket's name is no IP address");
}

TEST_CASE("s3_location: what is not understood is refused, and the message says what would be") {
    CHECK(refusal("https://bucket") == "does not begin with s3://");
    CHECK(refusal("s3://abc/p#q") == "write # as %23");
    CHECK(refusal("s3://abc?style=sideways") == "style is path or virtual");
    CHECK(refusal("s3://abc?region=a&region=b") == "region is given twice");
    CHECK(refusal("s3://abc?region") == "a parameter without a readable value");
    CHECK(refusal("s3://abc?region=") == "a parameter without a readable value");
    CHECK(refusal("s3://abc?region=%zz") == "a parameter without a readable value");
    CHECK(refusal("s3://abc?region=a/b") == "a region's name has letters, digits and hyphens, up to 64");
    CHECK(refusal("s3://abc?region=" + std::string(65, 'a')).starts_with("a region's name"));
    CHECK(refusal("s3://abc?endpoint=ftp://host") == "neither https:// nor http://");
    CHECK(refusal("s3://abc?endpoint=10.0.0.1&style=virtual") ==
          "an IP address has no host names below it: use style=path");
}

TEST_CASE("s3_location: credentials in a URL are refused, and not repeated") {
    for (const auto* text : {"s3://KEY:hunter2@bucket", "s3://hunter2@bucket/p", "s3://KEY:hunter2",
                             "s3://bucket?secret_key=hunter2", "s3://bucket?hunter2=x", "s3://bucket?hunter2",
                             "s3://bucket?endpoint=https://KEY:hunter2@host", "s3://bucket?style=hunter2"}) {
        CAPTURE(text);
        const auto parsed = s3_location::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().message().find("hunter2") == std::string::npos);
    }
}

TEST_CASE("s3_location: AWS has the bucket in the host name unless it has dots, others in the path") {
    CHECK(at("s3://abc?region=eu-west-1").url_of("k") == "https://abc.s3.eu-west-1.amazonaws.com/k");
    CHECK(at("s3://a.bc?region=eu-west-1").url_of("k") == "https://s3.eu-west-1.amazonaws.com/a.bc/k");
    CHECK(at("s3://abc?endpoint=http://s3.amazonaws.com:8080").url_of("k") == "http://abc.s3.amazonaws.com:8080/k");
    CHECK(at("s3://abc?endpoint=storage.example.com").url_of("k") == "https://storage.example.com/abc/k");
    CHECK(at("s3://abc?endpoint=http://[::1]:9").url_of("k") == "http://[::1]:9/abc/k");
}

TEST_CASE("s3_location: the style may be chosen against the rule") {
    CHECK(at("s3://abc?style=path&region=eu-west-1").url_of("k") == "https://s3.eu-west-1.amazonaws.com/abc/k");
    const auto host_style = at("s3://abc?style=virtual&endpoint=http://localhost:9000");
    CHECK(host_style.url_of("k") == "http://abc.localhost:9000/k");
    CHECK(host_style.host() == "abc.localhost:9000");
    CHECK_FALSE(host_style.secure());
}

TEST_CASE("s3_location: a bucket without a key has a URL, too, and a query follows its question mark") {
    const auto path = at("s3://abc?endpoint=http://localhost:9000");
    CHECK(path.url_of("") == "http://localhost:9000/abc");
    CHECK(path.url_of("", "list-type=2") == "http://localhost:9000/abc?list-type=2");
    CHECK(at("s3://abc").url_of("", "location=") == "https://abc.s3.us-east-1.amazonaws.com/?location=");
    CHECK(path.url_of("k", "partNumber=1&uploadId=x") == "http://localhost:9000/abc/k?partNumber=1&uploadId=x");
}

TEST_CASE("s3_location: keys are encoded once, and nothing about them is normalised") {
    const auto path = at("s3://abc?endpoint=http://localhost");
    CHECK(path.path_of("/a//b/./../c/") == "/abc//a//b/./../c/");
    CHECK(path.path_of("a b+c%20~\xc3\xa4") == "/abc/a%20b%2Bc%2520~%C3%A4");
    CHECK(at("s3://abc").path_of(".") == "/.");
}

TEST_CASE("s3_location: text() gives the same location back, whatever region the reader would take") {
    for (const auto* text :
         {"s3://abc", "s3://abc/p/q", "s3://abc?region=eu-west-1", "s3://abc?endpoint=s3.eu-west-1.amazonaws.com",
          "s3://abc?endpoint=http://127.0.0.1:9000", "s3://abc/a%20%25%3F%23+&b=c?style=path",
          "s3://abc?style=virtual&endpoint=http://localhost:9000", "s3://abc?endpoint=http://[::1]:9000&region=x",
          "s3://abc/%C3%A4%E2%82%AC?region=cn-north-1"}) {
        CAPTURE(text);
        const auto once = at(text);
        CHECK(s3_location::parse(once.text(), "elsewhere-1").value() == once);
    }
    CHECK(at("s3://abc/p q").text() == "s3://abc/p%20q/?region=us-east-1");
    CHECK(at("s3://abc?endpoint=localhost:9000&style=path").text() ==
          "s3://abc/?region=us-east-1&endpoint=https://localhost:9000&style=path");
}

TEST_CASE("s3_location: one put together by hand is completed and checked alike") {
    const auto made = s3_location{.bucket = "abc", .prefix = "p", .endpoint = "localhost:9000"}.completed();
    CHECK(made.value() == at("s3://abc/p?endpoint=localhost:9000"));
    CHECK(made->completed().value() == *made);
    CHECK(s3_location{.bucket = "A"}.completed().error() == errc::invalid_argument);
    CHECK(s3_location{.bucket = "abc", .endpoint = "a b"}.completed().error() == errc::invalid_argument);
    CHECK(s3_location{.bucket = "abc"}.completed("eu-west-1")->region == "eu-west-1");
    CHECK(s3_location{.bucket = "abc"}.completed("eu west 1").error() == errc::invalid_argument);
}
