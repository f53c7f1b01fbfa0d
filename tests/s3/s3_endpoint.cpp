#include <sealsync/s3/s3_endpoint.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using detail::s3_endpoint;

TEST_CASE("s3_endpoint: one form for every way of writing it") {
    CHECK(s3_endpoint::parse("https://s3.example.com")->text() == "https://s3.example.com");
    CHECK(s3_endpoint::parse("s3.example.com")->text() == "https://s3.example.com");
    CHECK(s3_endpoint::parse("HTTPS://S3.Example.COM/")->text() == "https://s3.example.com");
    CHECK(s3_endpoint::parse("http://127.0.0.1:9000")->text() == "http://127.0.0.1:9000");
    CHECK(s3_endpoint::parse("http://[::1]:9000/")->text() == "http://[::1]:9000");
    CHECK(s3_endpoint::parse("http://[FE80::1]")->text() == "http://[fe80::1]");
    CHECK(s3_endpoint::parse("minio_1:9000")->text() == "https://minio_1:9000");
}

TEST_CASE("s3_endpoint: a port that the scheme implies is left out, as clients leave it out of the host header") {
    CHECK(s3_endpoint::parse("https://host:443")->text() == "https://host");
    CHECK(s3_endpoint::parse("http://host:80")->text() == "http://host");
    CHECK(s3_endpoint::parse("http://host:443")->text() == "http://host:443");
    CHECK(s3_endpoint::parse("https://host:080")->text() == "https://host:80");
}

TEST_CASE("s3_endpoint: whatever is more, or less, than scheme, host and port is refused") {
    for (const auto* bad : {"",
                            "https://",
                            "ftp://host",
                            "://host",
                            "https://host/path",
                            "https://host?x=1",
                            "https://host#x",
                            "https://host//",
                            "host\\x",
                            "https://:9000",
                            "https://host:",
                            "https://host:0",
                            "https://host:65536",
                            "https://host:99999999999",
                            "https://host:-1",
                            "https://host:+1",
                            "https://host:80x",
                            "https://ho st",
                            "https://h\xc3\xb6st",
                            "https://ho%73t",
                            "https://.host",
                            "https://a..b",
                            "https://[::1",
                            "https://[]",
                            "https://[::1]x",
                            "https://[::g]",
                            "https://[fe80::1%25eth0]",
                            "a:b:1",
                            "https://host\n"}) {
        CAPTURE(bad);
        const auto parsed = s3_endpoint::parse(bad);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error() == errc::invalid_argument);
        CHECK_FALSE(parsed.error().detail().empty());
    }
}

TEST_CASE("s3_endpoint: credentials are refused, and no message repeats what may be one") {
    for (const auto* bad : {"https://key:hunter2@host", "hunter2@host", "https://host?secret=hunter2", "key:hunter2",
                            "ftp://host/hunter2", "https://host hunter2"}) {
        CAPTURE(bad);
        const auto message = s3_endpoint::parse(bad).error().message();
        CHECK(message.find("hunter2") == std::string::npos);
    }
    CHECK(s3_endpoint::parse("https://key:secret@host").error().message() ==
          "endpoint: invalid argument (credentials do not belong in a URL); correct the call");
    CHECK(s3_endpoint::parse("http://host:99999").error().detail() == "the port of host is not 1 to 65535");
}

TEST_CASE("s3_endpoint: knows the region of hosts that are named after one") {
    const auto region = [](std::string_view endpoint) { return s3_endpoint::parse(endpoint)->region(); };
    CHECK(region("s3.eu-west-1.amazonaws.com") == "eu-west-1");
    CHECK(region("s3.dualstack.ap-southeast-2.amazonaws.com") == "ap-southeast-2");
    CHECK(region("s3-fips.us-gov-west-1.amazonaws.com") == "us-gov-west-1");
    CHECK(region("s3-eu-west-1.amazonaws.com") == "eu-west-1");
    CHECK(region("s3-us-gov-west-1.amazonaws.com") == "us-gov-west-1");
    CHECK(region("s3.cn-north-1.amazonaws.com.cn") == "cn-north-1");
    CHECK(region("s3.amazonaws.com") == "us-east-1");
    CHECK(region("s3.us-west-004.backblazeb2.com") == "us-west-004");
    CHECK(region("s3.eu-central-1.wasabisys.com:8443") == "eu-central-1");
    CHECK(region("s3.fr-par.scw.cloud") == "fr-par");
}

TEST_CASE("s3_endpoint: guesses no region where a host only looks like that") {
    for (const auto* endpoint :
         {"s3.my-company.example.com", "127.0.0.1", "localhost:9000", "s3-external-1.amazonaws.com",
          "s3-accelerate.amazonaws.com", "s3-accelerate.dualstack.amazonaws.com", "amazonaws.com",
          "sts.eu-west-1.amazonaws.com", "nyc3.digitaloceanspaces.com", "s3x.amazonaws.com"}) {
        CAPTURE(endpoint);
        CHECK(s3_endpoint::parse(endpoint)->region() == "");
    }
}

TEST_CASE("s3_endpoint: tells AWS from others, and addresses from names") {
    CHECK(s3_endpoint::is_aws("s3.eu-west-1.amazonaws.com"));
    CHECK(s3_endpoint::is_aws("s3.cn-north-1.amazonaws.com.cn"));
    CHECK_FALSE(s3_endpoint::is_aws("s3.amazonaws.com.example.com"));
    CHECK_FALSE(s3_endpoint::is_aws("notamazonaws.com"));
    CHECK(s3_endpoint::parse("10.0.0.1:80")->is_address());
    CHECK(s3_endpoint::parse("[::1]")->is_address());
    CHECK_FALSE(s3_endpoint::parse("10.example.com")->is_address());
}
