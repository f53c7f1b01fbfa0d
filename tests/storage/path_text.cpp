#include <sealsync/storage/path_text.hpp>

#include <doctest/doctest.h>

namespace {

using sealsync::detail::path_of;
using sealsync::detail::text_of;

TEST_CASE("path_text: a path comes back from its text, in any script") {
    for (const std::string text : {"", "/", "a", "/home/emma/scan.pdf", "/tmp/\xc3\xa4\xe6\x97\xa5/\xf0\x9f\x93\x8e"}) {
        CHECK(text_of(path_of(text)) == text);
    }
}

#ifndef _WIN32
TEST_CASE("path_text: where paths are bytes, bytes that are no UTF-8 come back, too") {
    const std::string text = "/tmp/\xff\xfe";
    CHECK(text_of(path_of(text)) == text);
}
#endif

} // namespace
