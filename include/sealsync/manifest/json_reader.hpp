#ifndef SEALSYNC_MANIFEST_JSON_READER_HPP
#define SEALSYNC_MANIFEST_JSON_READER_HPP

#include "canonical_layout.hpp"
#include "text_forms.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Reads exactly what `json_writer` writes, and fills what the layout walks over. One pass over the input. At the
/// first fault it remembers where and why, and sees the input as ended, so that the layout needs no checks.
class json_reader {
public:
    explicit json_reader(bytes_view in) noexcept : in_{as_text(in)}, rest_{in_} {}

    [[nodiscard]] std::size_t position() const noexcept { return in_.size() - rest_.size(); }

    [[nodiscard]] bool ok() const noexcept { return !fault_; }

    void open() { begin('{'); }
    void close() { end('}'); }
    void key(std::string_view name) {
        field_ = name;
        if (!next_is(name)) return fail_expecting(std::string{first_ ? "" : ","} + '"' + std::string{name} + "\":");
        rest_.remove_prefix(name.size() + (first_ ? 3 : 4));
        first_ = false;
    }
    template <class Id>
    void map_key(Id& id) {
        value(id);
        literal(":");
    }

    template <class T>
    void field(std::string_view name, T& item, blank as = blank::written) {
        if (as == blank::omitted && !next_is(name)) return;
        key(name);
        const auto at = position();
        value(item);
        if (as == blank::omitted && item == T{}) fail(at, errc::malformed, "blank, but not left out");
    }
    void field_or_blank(std::string_view name, std::optional<digest256>& item) {
        key(name);
        if (rest_.substr(0, 2) == "\"\"") return rest_.remove_prefix(2);
        value(item);
    }
    template <class T, class Each>
    void engaged(std::string_view name, std::optional<T>& item, Each each) {
        if (!next_is(name)) return;
        key(name);
        each(item.emplace());
    }
    template <class T, class Each>
    void list(std::string_view name, std::vector<T>& items, std::size_t items_max, Each each,
              blank as = blank::written) {
        if (as == blank::omitted && !next_is(name)) return;
        const auto at = position();
        sequence(name, "[]", items, items_max, each);
        if (as == blank::omitted && items.empty()) fail(at, errc::malformed, "blank, but not left out");
    }
    template <class T, class Each>
    void map(std::string_view name, std::vector<T>& items, std::size_t items_max, Each each) {
        sequence(name, "{}", items, items_max, each);
    }

    void value(std::uint64_t& number) {
        const auto digits = rest_.substr(0, rest_.find_first_not_of("0123456789"));
        const auto parsed = parse_number(digits);
        if (!parsed) return fail(position(), errc::malformed, "not an integer from 0 to 2^53 - 1");
        number = *parsed;
        rest_.remove_prefix(digits.size());
    }
    void value(std::string& text);
    void value(stamp& time) {
        constexpr std::string_view shape = "2025-01-20T14:30:00.123456789Z";
        const auto text = quoted();
        const char* why = text.size() == shape.size() ? read_form(text, time) : "not a time with nine decimals";
        if (why) fail_in(text, why);
    }
    /// Everything else that is written as a string.
    template <class T>
    void value(T& item) {
        const auto text = quoted();
        if (const char* why = read_form(text, item)) fail_in(text, why);
    }

    template <class Check>
    void require(std::size_t begin, Check check) {
        if (fault_) return;
        const auto ok = check();
        if (ok) return;
        field_ = {};
        fail(begin, ok.error().code(), ok.error().detail());
    }

    /// Success if all was read and nothing is left.
    [[nodiscard]] result<void> finish() && {
        field_ = {};
        if (!fault_ && !rest_.empty()) fail(position(), errc::malformed, "more follows the end");
        if (fault_) return *std::move(fault_);
        return {};
    }

private:
    void fail(std::size_t at, errc code, std::string reason) {
        if (fault_) return;
        const auto place = "at byte " + std::to_string(at) + (field_.empty() ? "" : ", " + printable(field_));
        fault_.emplace(code, std::string{}, place + ": " + std::move(reason));
        rest_ = {};
    }
    void fail_expecting(std::string what) {
        fail(position(), errc::malformed, (rest_.empty() ? "ends instead of " : "expected ") + std::move(what));
    }
    /// For a quoted text that has just been read.
    void fail_in(std::string_view text, std::string reason) {
        fail(position() - (std::min)(position(), text.size() + 2), errc::malformed, std::move(reason));
    }

    void literal(std::string_view expected) {
        if (rest_.substr(0, expected.size()) != expected) return fail_expecting(std::string{expected});
        rest_.remove_prefix(expected.size());
    }
    void begin(char bracket) {
        literal({&bracket, 1});
        first_ = true;
    }
    void end(char bracket) {
        literal({&bracket, 1});
        first_ = false;
    }
    [[nodiscard]] bool next_is(std::string_view name) const noexcept {
        const std::string_view before = first_ ? "\"" : ",\"";
        return rest_.substr(0, before.size()) == before && rest_.substr(before.size(), name.size()) == name &&
               rest_.substr(before.size() + name.size(), 2) == "\":";
    }

    template <class T, class Each>
    void sequence(std::string_view name, std::string_view brackets, std::vector<T>& items, std::size_t items_max,
                  Each each) {
        key(name);
        begin(brackets[0]);
        while (!fault_ && rest_.substr(0, 1) != brackets.substr(1)) {
            if (!items.empty()) literal(",");
            if (items.size() == items_max) {
                return fail(position(), errc::too_large, "over " + std::to_string(items_max) + " items");
            }
            each(items.emplace_back());
        }
        end(brackets[1]);
    }

    /// The inside of a string that never needs an escape, because what parses it next refuses what would.
    [[nodiscard]] std::string_view quoted() {
        literal("\"");
        const auto size = rest_.find('"');
        if (size == std::string_view::npos) {
            fail_expecting("\"");
            return std::string_view{};
        }
        const auto text = rest_.substr(0, size);
        rest_.remove_prefix(size + 1);
        return text;
    }
    [[nodiscard]] std::optional<char> unescape();

    std::string_view in_, rest_, field_;
    bool first_ = true;
    std::optional<failure> fault_;
};

inline void json_reader::value(std::string& text) {
    literal("\"");
    const auto begin = position();
    while (!fault_) {
        const auto ends = std::find_if(rest_.begin(), rest_.end(), [](char c) {
            return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
        });
        const auto plain = static_cast<std::size_t>(ends - rest_.begin());
        text += rest_.substr(0, plain);
        rest_.remove_prefix(plain);
        if (rest_.substr(0, 1) != "\\") break;
        const auto at = position();
        const auto c = unescape();
        if (!c) return fail(at, errc::malformed, "not an escape that RFC 8785 writes");
        text += *c;
    }
    literal("\"");
    if (!is_utf8(text)) fail(begin, errc::malformed, "not UTF-8");
}

/// Only control characters, quotes and backslashes are written escaped, each in one way.
inline std::optional<char> json_reader::unescape() {
    constexpr std::string_view named = "\b\t\n\f\r\"\\", letters = "btnfr\"\\";
    const auto letter = rest_.substr(1, 1);
    if (const auto at = letters.find(letter); !letter.empty() && at != std::string_view::npos) {
        rest_.remove_prefix(2);
        return named[at];
    }
    std::array<std::byte, 1> code{};
    if (rest_.substr(1, 3) != "u00" || !from_hex(rest_.substr(4, 2), code)) return std::nullopt;
    const char c = static_cast<char>(code[0]);
    if (static_cast<unsigned char>(c) >= 0x20 || named.find(c) != std::string_view::npos) return std::nullopt;
    rest_.remove_prefix(6);
    return c;
}

}}} // namespace sealsync::detail

#endif
