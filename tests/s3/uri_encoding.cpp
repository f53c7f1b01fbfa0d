#include <sealsync/s3/uri_encoding.hpp>

#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

using namespace sealsync;

TEST_CASE("uri_encoded: the unreserved characters stay, every other byte is two upper-case hex digits") {
    const std::string_view plain = "ABCXYZabcxyz0189-._~";
    CHECK(uri_encoded(plain) == plain);
    CHECK(uri_encoded(" !\"#$%&'()*+,:;<=>?@[\\]^`{|}") ==
          "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D");
    CHECK(uri_encoded(std::string_view{"\0\x1f\x7f\xff", 4}) == "%00%1F%7F%FF");
    CHECK(uri_encoded("\xc3\xa4\xe2\x82\xac") == "%C3%A4%E2%82%AC");
    CHECK(uri_encoded("") == "");
}

TEST_CASE("uri_encoded: a slash is kept in paths, where nothing is normalised") {
    CHECK(uri_encoded("a/b") == "a%2Fb");
    CHECK(uri_encoded("/a//b/./../c d/", slashes::kept) == "/a//b/./../c%20d/");
    CHECK(uri_encoded("50%/%2F", slashes::kept) == "50%25/%252F");
}

TEST_CASE("append_uri_encoded: leaves what is there") {
    std::string out = "https://host/";
    append_uri_encoded(out, "a b");
    CHECK(out == "https://host/a%20b");
}

TEST_CASE("uri_decoded: takes hex digits of either case, and a plus as what the caller says it is") {
    CHECK(uri_decoded("a%2fb%2Fc") == "a/b/c");
    CHECK(uri_decoded("a+b%2Bc") == "a+b+c");
    CHECK(uri_decoded("a+b%2Bc", plus_sign::space) == "a b+c");
    CHECK(uri_decoded("") == "");
    CHECK(uri_decoded("%00")->size() == 1);
}

TEST_CASE("uri_decoded: nothing of a percent sign without two hex digits") {
    for (const auto* bad : {"%", "a%", "%2", "%2g", "%g2", "%%20", "% 2", "%+2", "%-1", "abc%4"}) {
        CAPTURE(bad);
        CHECK_FALSE(uri_decoded(bad));
    }
}

TEST_CASE("uri_decoded: gives back what was encoded, whatever the bytes") {
    testing::random random{11};
    for (int i = 0; i < 300; ++i) {
        const auto raw = random.some_bytes(random.below(40));
        const auto text = as_text(raw);
        for (const auto slash : {slashes::kept, slashes::encoded}) {
            CHECK(uri_decoded(uri_encoded(text, slash)) == text);
            CHECK(uri_decoded(uri_encoded(text, slash), plus_sign::space) == text);
        }
    }
}

TEST_CASE("canonical_query: encoded, with an equals sign for every name, in the order of names and then values") {
    using parameters = std::vector<s3_parameter>;
    CHECK(canonical_query({}) == "");
    CHECK(canonical_query(parameters{{"uploads"}}) == "uploads=");
    CHECK(canonical_query(parameters{{"prefix", "a/b c"}, {"list-type", "2"}, {"Delimiter", "/"}}) ==
          "Delimiter=%2F&list-type=2&prefix=a%2Fb%20c");
    CHECK(canonical_query(parameters{{"a", "2"}, {"a", "10"}, {"a", ""}}) == "a=&a=10&a=2");
}

TEST_CASE("canonical_query: the order is that of the encoded names, of which one may begin another") {
    using parameters = std::vector<s3_parameter>;
    CHECK(canonical_query(parameters{{"a-b", "1"}, {"a", "2"}, {"a b", "3"}}) == "a=2&a%20b=3&a-b=1");
    CHECK(canonical_query(parameters{{"\xc3\xa4", "1"}, {"z", "2"}, {"A", "3"}}) == "%C3%A4=1&A=3&z=2");
}
