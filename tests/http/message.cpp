#include <sealsync/http/message.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

TEST_CASE("message: each method has the name that is sent") {
    CHECK(name_of(http_method::get) == "GET");
    CHECK(name_of(http_method::head) == "HEAD");
    CHECK(name_of(http_method::put) == "PUT");
    CHECK(name_of(http_method::post) == "POST");
    CHECK(name_of(http_method::remove) == "DELETE");
}

TEST_CASE("message: a response's header is the first of its name, or empty") {
    const http_response answer{200, {{"etag", "first"}, {"date", ""}, {"etag", "second"}}, {}};
    CHECK(answer.header("etag") == "first");
    CHECK(answer.header("date").empty());
    CHECK(answer.header("ETag").empty());
    CHECK(http_response{}.header("etag").empty());
}

TEST_CASE("message: good is every status of 200 to 299") {
    const auto good = [](int status) { return http_response{status, {}, {}}.good(); };
    CHECK(good(200));
    CHECK(good(204));
    CHECK(good(299));
    for (const int status : {0, 100, 199, 300, 304, 404, 500}) CHECK_FALSE(good(status));
}

TEST_CASE(
    "message: a request asks for no more than it says: GET, nothing sent, 64 MiB of answer, the client's timeout") {
    const http_request request;
    CHECK(request.method == http_method::get);
    CHECK(request.headers.empty());
    CHECK(request.body.empty());
    CHECK(request.body_max == 67'108'864);
    CHECK(request.timeout.count() == 0);
}

} // namespace
