#include <sealsync/manifest/text_forms.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::read_form;

/// Whether `text` is read, and read as itself.
template <class T, class Text>
bool reads(std::string_view text, Text text_of) {
    T item{};
    const char* why = read_form(text, item);
    if (why) CHECK(std::string_view{why}.substr(0, 3) == "not");
    return why == nullptr && text_of(item) == text;
}

TEST_CASE("read_form: what is written as a string is read back as what it was") {
    const auto hex = [](const auto& item) { return item.hex(); };
    const auto text = [](const auto& item) { return item.text(); };
    const auto name = [](const auto& item) { return name_of(item); };
    const std::string half(32, 'a'), whole(64, 'b');
    CHECK(reads<object_id>("rec-1", text));
    CHECK_FALSE(reads<object_id>("", text));
    CHECK_FALSE(reads<object_id>("a/b", text));
    CHECK(reads<log_id>(half, hex));
    CHECK_FALSE(reads<log_id>(half + "a", hex));
    CHECK_FALSE(reads<log_id>(std::string(32, 'A'), hex));
    CHECK(reads<digest256>(whole, hex));
    CHECK_FALSE(reads<digest256>(half, hex));
    CHECK(reads<std::optional<digest256>>(whole, [](const auto& item) { return item->hex(); }));
    CHECK(reads<dot>(half + ":7", text));
    CHECK_FALSE(reads<dot>(half + ":0", text));
    CHECK_FALSE(reads<dot>(half + ":07", text));
    CHECK(reads<stamp>("2025-01-20T14:30:00.123456789Z", text));
    CHECK_FALSE(reads<stamp>("2025-13-20T14:30:00.123456789Z", text));
    CHECK(reads<change_type>("profile", name));
    CHECK_FALSE(reads<change_type>("Profile", name));
    CHECK(reads<change_action>("delete", name));
    CHECK_FALSE(reads<change_action>("erase", name));
}

} // namespace
