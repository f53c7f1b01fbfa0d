#include <sealsync/ext/curl/curl_messages.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using namespace sealsync::detail;

std::vector<std::string> lines_of(curl_header_list& list) {
    std::vector<std::string> lines;
    for (const auto* node = list.get(); node; node = node->next) lines.emplace_back(node->data);
    return lines;
}

curl_answer answer_to(http_method method, std::uint64_t body_max, std::initializer_list<std::string_view> lines,
                      std::span<std::byte> room = {}) {
    curl_answer answer;
    answer.begin(method, body_max, room);
    for (const auto line : lines) CHECK(answer.take_line(line));
    return answer;
}

TEST_CASE("host_of: the host and port of a URL, and nothing of the rest") {
    CHECK(host_of("https://bucket.example.com/key?X-Amz-Signature=1") == "bucket.example.com");
    CHECK(host_of("http://127.0.0.1:9000") == "127.0.0.1:9000");
    CHECK(host_of("http://[::1]:9000/a@b") == "[::1]:9000");
    CHECK(host_of("http://user:password@host:1/") == "host:1");
    CHECK(host_of("http://host?signature=@1") == "host");
    CHECK(host_of("http://host#a@b") == "host");
    CHECK(host_of("no-url") == "no-url");
    CHECK(host_of("").empty());
}

TEST_CASE(
    "curl_header_list: lines as libcurl takes them; empty values and suppressed headers have forms of their own") {
    curl_header_list list;
    CHECK(list.get() == nullptr);
    CHECK(list.add("x-a", "1"));
    CHECK(list.add("x-empty", ""));
    list.suppress("Expect");
    CHECK(lines_of(list) == std::vector<std::string>{"x-a: 1", "x-empty;", "Expect:"});
}

TEST_CASE("curl_header_list: used again it holds only what is new, however long") {
    curl_header_list list;
    for (int i = 0; i < 100; ++i) CHECK(list.add("x-" + std::to_string(i), std::string(100, 'v')));
    const auto all = lines_of(list);
    REQUIRE(all.size() == 100);
    CHECK(all[99] == "x-99: " + std::string(100, 'v'));
    list.clear();
    CHECK(list.get() == nullptr);
    CHECK(list.add("x-b", "2"));
    CHECK(lines_of(list) == std::vector<std::string>{"x-b: 2"});
}

TEST_CASE("curl_header_list: what would be two headers, or none, is refused") {
    curl_header_list list;
    for (const std::string_view name : {"", "x a", "x:", "x\r\ny", "\xc3\xa4", "(x)"}) CHECK(!list.add(name, "1"));
    for (const std::string_view value : {"1\r\nx-b: 2", "1\n", "\r"}) CHECK(!list.add("x-a", value));
    CHECK(!list.add("x-a", std::string_view{"1\0", 2}));
    CHECK(list.add("x!#$%&'*+-.^_`|~9Z", "any \t text: \xc3\xa4;\"'"));
    CHECK(lines_of(list).size() == 1);
}

TEST_CASE("is_http_token: letters, digits and fifteen signs, at least one") {
    CHECK(detail::is_http_token("X-amz.meta_1!#$%&'*+^`|~Z09az"));
    for (const std::string_view none :
         {"", "a b", "a:", "a(", "a/b", "a@", "a[", "a{", "a,", "a;", "a\"", "a\x7f", "\xc3\xa4"}) {
        CAPTURE(none);
        CHECK_FALSE(detail::is_http_token(none));
    }
}

TEST_CASE("without_space: what HTTP lets stand around a value is not of it, what stands within is") {
    CHECK(detail::without_space(" \t two  words \t\r\n") == "two  words");
    CHECK(detail::without_space("x") == "x");
    CHECK(detail::without_space(" \r\n") == "");
    CHECK(detail::without_space("") == "");
}

TEST_CASE("curl_answer: a head of an interim answer is forgotten") {
    auto answer =
        answer_to(http_method::get, 100,
                  {"HTTP/1.1 100 Continue\r\n", "X-Interim: 1\r\n", "Content-Length: 7\r\n", "\r\n",
                   "HTTP/1.1 200 OK\r\n", "X-Final:  a: b \t\r\n", "CONTENT-LENGTH:2\r\n", "no header\r\n", "\r\n"});
    CHECK(answer.take_body("ab"));
    CHECK(answer.incompleteness() == nullptr);
    const auto taken = answer.take();
    CHECK(taken.status == 200);
    CHECK(taken.headers == std::vector<http_header>{{"x-final", "a: b"}, {"content-length", "2"}});
    CHECK(as_text(taken.body) == "ab");
}

TEST_CASE("curl_answer: complete is what is as long as announced, chunked, or framed by the protocol") {
    const auto incomplete = [](http_method method, std::initializer_list<std::string_view> lines,
                               std::string_view body) {
        auto answer = answer_to(method, 100, lines);
        if (!body.empty()) CHECK(answer.take_body(body));
        return answer.incompleteness() != nullptr;
    };
    const auto get = http_method::get;
    CHECK(!incomplete(get, {"HTTP/1.1 200 OK", "Content-Length: 2"}, "ab"));
    CHECK(!incomplete(get, {"HTTP/1.1 200 OK", "Content-Length: 0"}, ""));
    CHECK(!incomplete(get, {"HTTP/1.1 200 OK", "Transfer-Encoding: chunked"}, "ab"));
    CHECK(!incomplete(get, {"HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Content-Length: 9"}, "ab"));
    CHECK(!incomplete(get, {"HTTP/2 200"}, "ab"));
    CHECK(!incomplete(get, {"HTTP/2 200", "content-length: 2"}, "ab"));
    CHECK(!incomplete(get, {"HTTP/1.1 204 No Content"}, ""));
    CHECK(!incomplete(get, {"HTTP/1.1 304 Not Modified", "Content-Length: 9"}, ""));
    CHECK(!incomplete(http_method::head, {"HTTP/1.1 200 OK", "Content-Length: 9"}, ""));
    CHECK(!incomplete(http_method::head, {"HTTP/1.0 200 OK"}, ""));

    CHECK(incomplete(get, {"HTTP/1.1 200 OK"}, "ab"));
    CHECK(incomplete(get, {"HTTP/1.0 200 OK"}, ""));
    CHECK(incomplete(get, {"HTTP/1.1 200 OK", "Content-Length: 3"}, "ab"));
    CHECK(incomplete(get, {"HTTP/1.1 200 OK", "Content-Length: 1"}, ""));
    CHECK(incomplete(get, {"HTTP/1.1 200 OK", "Content-Length: 1x"}, "a"));
    CHECK(incomplete(get, {"HTTP/2 200", "content-length: 3"}, "ab"));
}

TEST_CASE("curl_answer: a body is taken up to its limit; an announced one over it is refused at its first byte") {
    auto exact = answer_to(http_method::get, 4, {"HTTP/1.1 200 OK", "Transfer-Encoding: chunked"});
    CHECK(exact.take_body("ab"));
    CHECK(exact.take_body("cd"));
    CHECK(exact.too_large() == nullptr);
    CHECK(!exact.take_body("e"));
    REQUIRE(exact.too_large());
    CHECK(*exact.too_large() == "a body of more than 4 bytes");

    auto announced = answer_to(http_method::get, 4, {"HTTP/1.1 200 OK", "Content-Length: 5"});
    CHECK(!announced.take_body("a"));
    CHECK(*announced.too_large() == "a body of 5 bytes");
}

TEST_CASE("curl_answer: trailers are passed over, and a head without end is refused") {
    auto answer = answer_to(http_method::get, 4, {"HTTP/1.1 200 OK", "Transfer-Encoding: chunked"});
    CHECK(answer.take_body("ab"));
    CHECK(answer.take_line("X-Trailer: 1"));
    const std::string line = "X-Long: " + std::string(50'000, 'x');
    std::size_t taken = 0;
    while (answer.take_line(line)) ++taken;
    CHECK(taken == curl_answer::head_bytes_max / line.size());
    CHECK(answer.too_large() != nullptr);
    CHECK(answer.take().headers.size() == 1);
}

TEST_CASE("curl_answer: used again it knows nothing of the one before") {
    auto answer = answer_to(http_method::head, 1, {"HTTP/2 200", "content-length: 5"});
    CHECK(!answer.take_body("ab"));
    answer.begin(http_method::get, 10);
    CHECK(answer.too_large() == nullptr);
    CHECK(!answer.begun());
    CHECK(answer.take_line("HTTP/1.1 200 OK"));
    CHECK(answer.begun());
    CHECK(answer.incompleteness() != nullptr);
    CHECK(answer.take_line("Content-Length: 2"));
    CHECK(answer.take_body("ab"));
    CHECK(answer.incompleteness() == nullptr);
    CHECK(as_text(answer.take().body) == "ab");
}

TEST_CASE("curl_answer: a good answer that fits goes into the room that there is for it, and is checked like others") {
    bytes room(8);
    auto whole = answer_to(http_method::get, 100, {"HTTP/1.1 206 OK", "Content-Length: 5"}, room);
    CHECK(whole.take_body("he"));
    CHECK(whole.incompleteness() != nullptr);
    CHECK(whole.take_body("llo"));
    CHECK(whole.incompleteness() == nullptr);
    const auto response = whole.take();
    CHECK(response.in_room == 5);
    CHECK(response.body.empty());
    CHECK(as_text(room).substr(0, 5) == "hello");

    auto next = answer_to(http_method::get, 100, {"HTTP/1.1 200 OK", "Content-Length: 8"}, room);
    CHECK(next.take_body("12345678"));
    CHECK(next.take().in_room == 8);
    CHECK(as_text(room) == "12345678");
}

TEST_CASE("curl_answer: what is no good answer, does not fit or has no length goes where all bodies go") {
    const bytes untouched(8);
    for (const auto& [status, header] :
         {std::pair{"HTTP/1.1 404 Not Found", "Content-Length: 5"}, std::pair{"HTTP/1.1 200 OK", "Content-Length: 9"},
          std::pair{"HTTP/1.1 200 OK", "Transfer-Encoding: chunked"}}) {
        bytes room(8);
        auto answer = answer_to(http_method::get, 100, {status, header}, room);
        CHECK(answer.take_body("hello"));
        const auto response = answer.take();
        CHECK(as_text(response.body) == "hello");
        CHECK(response.in_room == 0);
        CHECK(room == untouched);
    }
}

TEST_CASE("curl_answer: nothing is written past the room, whatever was announced") {
    bytes room(8);
    auto answer = answer_to(http_method::get, 100, {"HTTP/1.1 200 OK", "Content-Length: 8"}, room);
    CHECK(answer.take_body("1234567"));
    CHECK_FALSE(answer.take_body("89"));
    REQUIRE(answer.too_large() != nullptr);
    CHECK(as_text(room).substr(0, 7) == "1234567");
}

} // namespace
