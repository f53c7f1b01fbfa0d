#include <sealsync/conflict/field_merge.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <vector>

namespace {

using namespace sealsync;
using kind = field_value::kind;

// Documents are written as "a=1 b=(c=2 d={x y}) e=[x (f=3)]": atoms, fields, a set, a list.

void read_items(std::string_view& text, field_document& into, std::size_t owner, char closing);

std::string word(std::string_view& text) {
    const auto size = std::min(text.find_first_of("= (){}[]"), text.size());
    const std::string taken{text.substr(0, size)};
    text.remove_prefix(size);
    return taken;
}
void read_value(std::string_view& text, field_document& into, std::size_t owner, std::string name) {
    const auto opening = text.empty() ? '\0' : text.front();
    const auto is = opening == '('   ? kind::fields
                    : opening == '{' ? kind::set
                    : opening == '[' ? kind::list
                                     : kind::atom;
    if (is != kind::atom) text.remove_prefix(1);
    const auto at = into.add({is, std::move(name), is == kind::atom ? word(text) : ""});
    into[owner].items.push_back(at);
    if (is != kind::atom) read_items(text, into, at, is == kind::fields ? ')' : is == kind::set ? '}' : ']');
}
void read_items(std::string_view& text, field_document& into, std::size_t owner, char closing) {
    while (!text.empty() && text.front() != closing) {
        std::string name;
        if (into[owner].is == kind::fields) {
            name = word(text);
            text.remove_prefix(1);
        }
        read_value(text, into, owner, name);
        if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    }
    if (!text.empty()) text.remove_prefix(1);
    if (into[owner].is == kind::fields) REQUIRE(into.sort_fields(owner));
}
field_document read(std::string_view text) {
    field_document document;
    read_items(text, document, 0, '\0');
    return document;
}
std::string written(const field_document& document, std::size_t at) {
    const auto& value = document[at];
    if (value.is == kind::atom) return value.text;
    std::string text;
    for (const auto item : value.items) {
        text += text.empty() ? "" : " ";
        text += value.is == kind::fields ? document[item].name + '=' : "";
        text += written(document, item);
    }
    if (at == 0) return text;
    return value.is == kind::fields ? '(' + text + ')' : value.is == kind::set ? '{' + text + '}' : '[' + text + ']';
}

/// Greatest first.
std::string merged(std::optional<std::string_view> base, std::initializer_list<std::string_view> sides) {
    const auto old = read(base.value_or(""));
    std::vector<field_document> all;
    for (const auto side : sides) all.push_back(read(side));
    field_document out;
    return detail::merge_documents(base ? &old : nullptr, all, out) ? written(out, 0) : "conflict";
}

TEST_CASE("field_merge: what one side added, changed or removed is merged") {
    CHECK(merged("a=1 b=2", {"a=1 b=2 c=3", "a=4 b=2"}) == "a=4 b=2 c=3");
    CHECK(merged("a=1 b=2", {"a=1", "b=2"}) == "");
    CHECK(merged("a=1 b=2 c=3", {"a=9 b=2 c=3", "a=1 b=9 c=3", "a=1 b=2"}) == "a=9 b=9");
    CHECK(merged("", {"a=1", "b=2"}) == "a=1 b=2");
}

TEST_CASE("field_merge: what several sides did equally is merged, and what they did differently is a conflict") {
    CHECK(merged("a=1", {"a=2 b=3", "a=2 b=3 c=4"}) == "a=2 b=3 c=4");
    CHECK(merged("a=1 b=2", {"a=1", "a=1"}) == "a=1");
    CHECK(merged("a=1", {"a=2", "a=3"}) == "conflict");
    CHECK(merged("a=1", {"a=2", ""}) == "conflict");
    CHECK(merged("", {"a=2", "a=3"}) == "conflict");
    CHECK(merged("a=1 b=1", {"a=2 b=1", "a=1 b=2", "a=3 b=1"}) == "conflict");
}

TEST_CASE("field_merge: without a base fields are united, and different values are a conflict") {
    CHECK(merged({}, {"a=1 b=2", "b=2 c=3"}) == "a=1 b=2 c=3");
    CHECK(merged({}, {"a=1", "a=2"}) == "conflict");
    CHECK(merged({}, {"a=(b=1)", "a=(c=2)", "d={x}", "d={y}"}) == "a=(b=1 c=2) d={x y}");
}

TEST_CASE("field_merge: fields of a field are merged alike, at any depth") {
    CHECK(merged("a=(b=(c=1 d=2))", {"a=(b=(c=9 d=2))", "a=(b=(c=1 d=9) e=3)"}) == "a=(b=(c=9 d=9) e=3)");
    CHECK(merged("a=(b=(c=1 d=2))", {"a=(b=(c=9 d=2))", "a=(b=(c=8 d=2))"}) == "conflict");
    CHECK(merged("a=(b=1)", {"a=()", "a=(b=1 c=2)"}) == "a=(c=2)");
    CHECK(merged("", {"a=(b=1)", "a=(c=1)"}) == "a=(b=1 c=1)");
}

TEST_CASE("field_merge: fields that were removed, or made something else of, cannot be changed at once") {
    CHECK(merged("a=(b=1)", {"", "a=(b=1)"}) == "");
    CHECK(merged("a=(b=1)", {"", "a=(b=2)"}) == "conflict");
    CHECK(merged("a=(b=1)", {"a=5", "a=(b=1)"}) == "a=5");
    CHECK(merged("a=(b=1)", {"a=5", "a=(b=2)"}) == "conflict");
    CHECK(merged("a=5", {"a=(b=1)", "a=(c=2)"}) == "conflict");
    CHECK(merged("a=5", {"a=(b=1)", "a=(b=1)"}) == "a=(b=1)");
}

TEST_CASE("field_merge: a set has what nobody removed and what anybody added, in the first side's order") {
    CHECK(merged("s={a b c}", {"s={a b c x}", "s={y a c}"}) == "s={a c x y}");
    CHECK(merged("s={a b}", {"s={x a b}", "s={x b}"}) == "s={x b}");
    CHECK(merged("s={a b c}", {"s={a b c}", "s={c b a}"}) == "s={c b a}");
    CHECK(merged("s={a b c}", {"s={c b a}", "s={b a c}"}) == "s={c b a}");
    CHECK(merged("s={}", {"s={a}", "s={b}", "s={a c}"}) == "s={a b c}");
    CHECK(merged("s={a}", {"s={}", "s={a b}"}) == "s={b}");
}

TEST_CASE("field_merge: a set that was removed, or made something else of, cannot be changed at once") {
    CHECK(merged("s={a}", {"", "s={a}"}) == "");
    CHECK(merged("s={a}", {"", "s={a b}"}) == "conflict");
    CHECK(merged("s={a}", {"s=[a]", "s={a b}"}) == "conflict");
    CHECK(merged("s=[a (b=1)]", {"s={a}", "s={b}"}) == "conflict");
}

TEST_CASE("field_merge: a list is merged as a whole") {
    CHECK(merged("s=[a (b=1)] c=1", {"s=[a (b=2)] c=1", "s=[a (b=1)] c=2"}) == "c=2 s=[a (b=2)]");
    CHECK(merged("s=[a (b=1)]", {"s=[a (b=2)]", "s=[x (b=1)]"}) == "conflict");
    CHECK(merged("s=[a (b=1)]", {"s=[a (b=2)]", "s=[a (b=2)]"}) == "s=[a (b=2)]");
    CHECK(merged("s=[(b=1 c=2)]", {"s=[(b=1 d=2)]", "s=[(b=1 c=2)]"}) == "s=[(b=1 d=2)]");
}

} // namespace
