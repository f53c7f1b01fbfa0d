#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using xml = pugixml_s3_xml;

const std::string aws_namespace = R"(xmlns="http://s3.amazonaws.com/doc/2006-03-01/")";

std::string listing_of(const std::string& inside) {
    return "<ListBucketResult " + aws_namespace + ">" + inside + "</ListBucketResult>";
}
std::string entry(const std::string& key, const std::string& size = "1") {
    return "<Contents><Key>" + key + "</Key><Size>" + size + "</Size></Contents>";
}
/// The key as it is read from a listing.
std::string key_read(const std::string& key, bool url = true) {
    const auto page = xml::listing(listing_of((url ? "<EncodingType>url</EncodingType>" : "") + entry(key)));
    return page && page->entries.size() == 1 ? page->entries[0].key : "(none)";
}

TEST_CASE("pugixml_s3_xml: a listing as AWS writes it") {
    const auto page = xml::listing(R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>v%2F</Prefix>
<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken><KeyCount>2</KeyCount>
<MaxKeys>2</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
<Contents><Key>v/a+b</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
<ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size><StorageClass>STANDARD</StorageClass></Contents>
<Contents><Key>v/c%2Bd</Key><LastModified>2009-10-12T17:50:31.000Z</LastModified><ETag>"x"</ETag>
<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><Size>0</Size><Owner><ID>1</ID><Key>not this</Key></Owner></Contents>
<CommonPrefixes><Prefix>v/p/</Prefix></CommonPrefixes></ListBucketResult>)");
    REQUIRE(page);
    CHECK(page->more);
    REQUIRE(page->entries.size() == 2);
    CHECK(page->entries[0].key == "v/a b");
    CHECK(page->entries[0].size == 434'234);
    using namespace std::chrono;
    CHECK(page->entries[0].last_modified == wall_time{sys_days{2009y / October / 12} + 17h + 50min + 30s});
    CHECK(page->entries[1].key == "v/c+d");
    CHECK(page->entries[1].size == 0);
}

TEST_CASE("pugixml_s3_xml: listings as Ceph, MinIO and Swift write them") {
    const auto ceph = xml::listing(
        R"(<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>a%0Ab%20c</Key><LastModified>2026-11-22T10:00:00.123Z</LastModified><ETag>&#34;0cc175b9c0f1b6a831c399e269772661&#34;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass><Owner><ID>t</ID><DisplayName>T</DisplayName></Owner><Type>Normal</Type></Contents><KeyCount>1</KeyCount></ListBucketResult>)");
    REQUIRE(ceph);
    CHECK_FALSE(ceph->more);
    CHECK(ceph->entries[0].key == "a\nb c");

    const auto minio = xml::listing(listing_of(
        "<Name>b</Name><Prefix/><KeyCount>1</KeyCount><MaxKeys>1</MaxKeys><Delimiter/><IsTruncated>true</IsTruncated>"
        "<Contents><Key>%C3%A4%2Fb</Key><LastModified>2026-11-22T10:00:00Z</LastModified><ETag>&quot;0&quot;</ETag>"
        "<Size>7</Size><UserMetadata></UserMetadata></Contents><EncodingType>url</EncodingType>"));
    REQUIRE(minio);
    CHECK(minio->entries[0].key == "\xc3\xa4/b");
    CHECK(minio->entries[0].last_modified);

    const auto swift =
        xml::listing("<?xml version='1.0' encoding='UTF-8'?>\n" +
                     listing_of("<Name>b</Name><Prefix/><EncodingType>url</EncodingType><KeyCount>0</KeyCount>"
                                "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>"));
    REQUIRE(swift);
    CHECK(swift->entries.empty());
}

TEST_CASE("pugixml_s3_xml: the prefix of a namespace is the server's choice") {
    const auto page = xml::listing(
        R"(<s3:ListBucketResult xmlns:s3="urn:any"><s3:IsTruncated>true</s3:IsTruncated><s3:EncodingType>url</s3:EncodingType>)"
        R"(<s3:Contents><s3:Key>a%2Fb</s3:Key><s3:Size>2</s3:Size></s3:Contents></s3:ListBucketResult>)");
    REQUIRE(page);
    CHECK(page->more);
    REQUIRE(page->entries.size() == 1);
    CHECK(page->entries[0].key == "a/b");
    CHECK(xml::error("<ns0:Error xmlns:ns0='u'><ns0:Code>SlowDown</ns0:Code></ns0:Error>").code == "SlowDown");
}

TEST_CASE("pugixml_s3_xml: keys are decoded only where the server says that they are encoded") {
    CHECK(key_read("a%2Bb+c") == "a+b c");
    CHECK(key_read("a%2Bb+c", false) == "a%2Bb+c");
    CHECK(key_read("100%25") == "100%");
    CHECK(key_read("%00%01%7F%FF") == std::string{"\x00\x01\x7f\xff", 4});
    CHECK(key_read("&amp;%26&lt;") == "&&<");
    CHECK(key_read("&#xE4;&#228;", false) == "\xc3\xa4\xc3\xa4");
    CHECK(key_read("100%") == "(none)");
    CHECK(key_read("%zz") == "(none)");
}

TEST_CASE("pugixml_s3_xml: neither comments nor CDATA cut a key short") {
    CHECK(key_read("a<!-- no -->b<![CDATA[<c>&amp;]]>d", false) == "ab<c>&amp;d");
    CHECK(key_read("<![CDATA[all]]>", false) == "all");
}

TEST_CASE("pugixml_s3_xml: an entry without a key or with a size that is none is malformed") {
    for (const char* contents : {
             "<Contents><Size>1</Size></Contents>",
             "<Contents><Key></Key><Size>1</Size></Contents>",
             "<Contents><Key>a</Key></Contents>",
             "<Contents><Key>a</Key><Size></Size></Contents>",
             "<Contents><Key>a</Key><Size>-1</Size></Contents>",
             "<Contents><Key>a</Key><Size>1.5</Size></Contents>",
             "<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>",
             "<Contents/>",
         }) {
        CAPTURE(contents);
        const auto page = xml::listing(listing_of(contents));
        REQUIRE_FALSE(page);
        CHECK(page.error() == errc::malformed);
        CHECK(page.error().detail() == "an entry without key or size");
    }
}

TEST_CASE("pugixml_s3_xml: a time that is none is left out") {
    for (const char* time : {"", "yesterday", "2009-10-12", "1960-01-01T00:00:00Z"}) {
        const auto page = xml::listing(listing_of("<Contents><Key>a</Key><Size>1</Size><LastModified>" +
                                                  std::string{time} + "</LastModified></Contents>"));
        REQUIRE(page);
        CHECK_FALSE(page->entries[0].last_modified);
    }
}

template <class Read>
void refuses_what_is_no_document(Read read) {
    const std::string deep = [] {
        std::string text;
        for (int i = 0; i < 200'000; ++i) text += "<a>";
        return text;
    }();
    for (const std::string& text :
         {std::string{}, std::string{"   \n"}, std::string{"not XML at all"}, std::string{"{\"error\": 1}"},
          std::string{"<"}, std::string{"<!DOCTYPE html><html><body><p>Log in to the hotel's network</body></html>"},
          std::string{"<Other/>"}, std::string(64, '\0'), std::string{"\xff\xfe<\0", 4}, deep,
          std::string{"<?xml version=\"1.0\"?>"}, std::string(1000, '<')}) {
        CAPTURE(text.substr(0, 80));
        const auto outcome = read(text);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::malformed);
        CHECK(outcome.error().detail().size() < 200);
    }
}

TEST_CASE("pugixml_s3_xml: what is empty, cut, no XML or another document is malformed, for every reader") {
    refuses_what_is_no_document([](bytes_view in) { return xml::listing(in); });
    refuses_what_is_no_document([](bytes_view in) { return xml::delete_faults(in); });
    refuses_what_is_no_document([](bytes_view in) { return xml::upload_id(in); });
    refuses_what_is_no_document([](bytes_view in) { return xml::completed(in); });
    refuses_what_is_no_document([](bytes_view in) { return xml::parts(in); });
    refuses_what_is_no_document([](bytes_view in) { return xml::uploads(in); });
}

TEST_CASE("pugixml_s3_xml: no cut of a good listing is a good listing") {
    const auto whole = listing_of("<IsTruncated>false</IsTruncated>" + entry("a") + entry("b"));
    REQUIRE(xml::listing(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(xml::listing(whole.substr(0, size)));
    }
}

TEST_CASE("pugixml_s3_xml: a document in a document, as deep as it likes, is read") {
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "<a>";
    for (int i = 0; i < 100'000; ++i) deep += "</a>";
    const auto page = xml::listing(listing_of(deep + entry("k")));
    REQUIRE(page);
    CHECK(page->entries.size() == 1);
}

TEST_CASE("pugixml_s3_xml: entities of the document are not expanded") {
    std::string bomb = "<!DOCTYPE b [<!ENTITY a0 \"ha\">";
    for (int i = 1; i < 30; ++i) {
        const auto before = "&a" + std::to_string(i - 1) + ";";
        bomb += "<!ENTITY a" + std::to_string(i) + " \"" + before + before + "\">";
    }
    const auto page = xml::listing(bomb + "]>" + listing_of(entry("&a29;")));
    REQUIRE(page);
    CHECK(page->entries[0].key == "&a29;");
}

TEST_CASE("pugixml_s3_xml: an error as servers write it") {
    const auto aws = xml::error(R"(<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The resource you requested does not exist</Message>
<Resource>/mybucket/myfoto.jpg</Resource><RequestId>4442587FB7D0A2F9</RequestId><HostId>x</HostId></Error>)");
    CHECK(aws.code == "NoSuchKey");
    CHECK(aws.message == "The resource you requested does not exist");
    CHECK(aws.request_id == "4442587FB7D0A2F9");
    const auto ceph = xml::error("<Error><Code>UnknownError</Code><RequestId>tx1</RequestId></Error>");
    CHECK(ceph.code == "UnknownError");
    CHECK(ceph.message.empty());
}

TEST_CASE("pugixml_s3_xml: an error that is none says nothing") {
    for (const std::string& text :
         {std::string{}, std::string{"gateway timeout"}, std::string{"<html><body>502</body></html>"},
          std::string{"<Error>"}, std::string{"<Error><Code>SlowDown</Code>"}, std::string{"<Errors/>"},
          std::string(1000, '\xff')}) {
        const auto said = xml::error(text);
        CHECK(said.code.empty());
        CHECK(said.message.empty());
        CHECK(said.request_id.empty());
    }
}

TEST_CASE("pugixml_s3_xml: what a multi-delete could not delete") {
    const auto faults = xml::delete_faults(
        "<DeleteResult " + aws_namespace +
        "><Deleted><Key>a</Key></Deleted><Error><Key>b&amp;</Key><Code>AccessDenied</Code><Message>no</Message></Error>"
        "<Error><Key>c</Key><Code>InternalError</Code></Error></DeleteResult>");
    REQUIRE(faults);
    REQUIRE(faults->size() == 2);
    CHECK((*faults)[0].key == "b&");
    CHECK((*faults)[0].why.code == "AccessDenied");
    CHECK((*faults)[0].why.message == "no");
    CHECK((*faults)[1].key == "c");
    CHECK(xml::delete_faults("<DeleteResult/>").value().empty());
}

TEST_CASE("pugixml_s3_xml: the id of an upload, which must be there") {
    const auto of = [](const std::string& inside) {
        return xml::upload_id("<InitiateMultipartUploadResult " + aws_namespace + "><Bucket>b</Bucket><Key>k</Key>" +
                              inside + "</InitiateMultipartUploadResult>");
    };
    CHECK(of("<UploadId>VXBsb2FkIElE~2/+=</UploadId>").value() == "VXBsb2FkIElE~2/+=");
    CHECK(of("<UploadId/>").error() == errc::malformed);
    CHECK(of("").error().detail() == "an upload without an id");
}

TEST_CASE("pugixml_s3_xml: the etag of a completed upload, which may be empty; white space may come first") {
    const auto of = [](const std::string& inside) {
        return xml::completed("<CompleteMultipartUploadResult>" + inside + "</CompleteMultipartUploadResult>").value();
    };
    CHECK(of("<Location>http://b/k</Location><ETag>&quot;abc-2&quot;</ETag>") == "\"abc-2\"");
    CHECK(of("<ETag></ETag>").empty());
    CHECK(of("").empty());
    CHECK(xml::completed("  \n \n<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult><ETag>e</ETag>"
                         "</CompleteMultipartUploadResult>")
              .value() == "e");
}

TEST_CASE("pugixml_s3_xml: the parts of an upload, page by page") {
    const auto page = xml::parts(
        "<ListPartsResult " + aws_namespace +
        "><PartNumberMarker>1</PartNumberMarker><NextPartNumberMarker>3</NextPartNumberMarker><MaxParts>2</MaxParts>"
        "<IsTruncated>true</IsTruncated><Part><PartNumber>2</PartNumber><ETag>&quot;a&quot;</ETag><Size>5242880</"
        "Size></Part>"
        "<Part><PartNumber>3</PartNumber><ETag>b</ETag><Size>0</Size></Part></ListPartsResult>");
    REQUIRE(page);
    CHECK(page->more);
    CHECK(page->next == 3);
    REQUIRE(page->parts.size() == 2);
    CHECK(page->parts[0].number == 2);
    CHECK(page->parts[0].etag == "\"a\"");
    CHECK(page->parts[0].size == 5'242'880);
    CHECK(page->parts[1].size == 0);
    const auto last = xml::parts("<ListPartsResult/>");
    REQUIRE(last);
    CHECK_FALSE(last->more);
    CHECK(last->next == 0);
}

TEST_CASE("pugixml_s3_xml: a part without a number that S3 has, or without a size, is malformed") {
    for (const char* part : {"<PartNumber>0</PartNumber><Size>1</Size>", "<PartNumber>10001</PartNumber><Size>1</Size>",
                             "<PartNumber>x</PartNumber><Size>1</Size>", "<Size>1</Size>", "<PartNumber>1</PartNumber>",
                             "<PartNumber>4294967297</PartNumber><Size>1</Size>"}) {
        CAPTURE(part);
        const auto page = xml::parts("<ListPartsResult><Part>" + std::string{part} + "</Part></ListPartsResult>");
        REQUIRE_FALSE(page);
        CHECK(page.error() == errc::malformed);
    }
}

TEST_CASE("pugixml_s3_xml: uploads; one without an id cannot be resumed, and is left out") {
    const auto found = xml::uploads(
        "<ListMultipartUploadsResult " + aws_namespace +
        "><Upload><Key>k</Key><UploadId>1</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>"
        "<Upload><Key>k</Key></Upload><Upload><Key>l</Key><UploadId>2</UploadId></Upload></"
        "ListMultipartUploadsResult>");
    REQUIRE(found);
    REQUIRE(found->size() == 2);
    CHECK((*found)[0].key == "k");
    CHECK((*found)[0].id == "1");
    CHECK((*found)[0].initiated == "2010-11-10T20:48:33.000Z");
    CHECK((*found)[1].id == "2");
}

} // namespace
