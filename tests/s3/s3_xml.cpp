#include <sealsync/s3/s3_xml.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

/// No more than the concept grants.
struct reader {
    static s3_error_text error(bytes_view) { return {}; }
    static result<list_page> listing(bytes_view) { return list_page{}; }
    static result<std::vector<s3_delete_fault>> delete_faults(bytes_view) { return std::vector<s3_delete_fault>{}; }
    static result<std::string> upload_id(bytes_view) { return std::string{}; }
    static result<std::string> completed(bytes_view) { return std::string{}; }
    static result<s3_part_page> parts(bytes_view) { return s3_part_page{}; }
    static result<std::vector<s3_upload>> uploads(bytes_view) { return std::vector<s3_upload>{}; }
};
struct error_that_fails : reader {
    static result<s3_error_text> error(bytes_view) { return s3_error_text{}; }
};
struct listing_that_never_fails : reader {
    static list_page listing(bytes_view) { return {}; }
};
struct with_state : reader {
    result<std::string> upload_id(bytes_view) { return std::string{}; }
};

TEST_CASE("s3_xml: a reader of all documents is one, near-misses are none") {
    CHECK(s3_xml<reader>);
    CHECK_FALSE(s3_xml<error_that_fails>);
    CHECK_FALSE(s3_xml<listing_that_never_fails>);
    CHECK_FALSE(s3_xml<with_state>);
    CHECK_FALSE(s3_xml<int>);
}

TEST_CASE("delete_document: names every key, in order, quietly") {
    const std::vector<std::string> keys{"b", "a/c"};
    CHECK(detail::delete_document(keys) ==
          R"(<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)"
          "<Object><Key>b</Key></Object><Object><Key>a/c</Key></Object></Delete>");
}

TEST_CASE("delete_document: a key cannot end its element") {
    const std::vector<std::string> keys{"a</Key><Key>b", "&amp;", "]]>", "'\"", "\xc3\xa4 +%20"};
    const auto text = detail::delete_document(keys);
    CHECK(text.find("<Key>a&lt;/Key&gt;&lt;Key&gt;b</Key>") != std::string::npos);
    CHECK(text.find("<Key>&amp;amp;</Key>") != std::string::npos);
    CHECK(text.find("<Key>]]&gt;</Key>") != std::string::npos);
    CHECK(text.find("<Key>'\"</Key>") != std::string::npos);
    CHECK(text.find("<Key>\xc3\xa4 +%20</Key>") != std::string::npos);
}

TEST_CASE("complete_document: each part has its number and its etag as it was given") {
    const std::vector<s3_part> parts{{1, 5, "\"abc\""}, {10'000, 1, "<&>"}};
    CHECK(detail::complete_document(parts) ==
          R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)"
          "<Part><PartNumber>1</PartNumber><ETag>\"abc\"</ETag></Part>"
          "<Part><PartNumber>10000</PartNumber><ETag>&lt;&amp;&gt;</ETag></Part></CompleteMultipartUpload>");
}

TEST_CASE("s3_document_max: a thousand of the longest keys, each byte encoded, are half of it") {
    constexpr std::uint64_t entry = 3 * 1024 + 512;
    CHECK(1000 * entry < s3_document_max / 2);
}

} // namespace
