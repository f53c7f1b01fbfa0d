#ifndef SEALSYNC_MANIFEST_JSON_WRITER_HPP
#define SEALSYNC_MANIFEST_JSON_WRITER_HPP

#include "canonical_layout.hpp"
#include "text_forms.hpp"

#include <charconv>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Writes what a layout walks over: no white space, strings escaped as RFC 8785 does. After a fault the rest is
/// still walked, and `take()` gives the first fault instead of bytes.
class json_writer {
public:
    explicit json_writer(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    [[nodiscard]] std::size_t position() const noexcept { return out_.size(); }

    void open() { begin('{'); }
    void close() { end('}'); }
    void key(std::string_view name) {
        separate();
        field_ = name;
        quoted(name);
        raw(":");
    }
    /// The key of a map is an id of the item itself.
    template <class Id>
    void map_key(const Id& id) {
        value(id);
        raw(":");
    }

    template <class T>
    void field(std::string_view name, const T& item, blank as = blank::written) {
        if (as == blank::omitted && item == T{}) return;
        key(name);
        value(item);
    }
    void field_or_blank(std::string_view name, const std::optional<digest256>& item) {
        key(name);
        quoted(item ? item->hex() : std::string{});
    }
    template <class T, class Each>
    void engaged(std::string_view name, const std::optional<T>& item, Each each) {
        if (!item) return;
        key(name);
        each(*item);
    }
    template <class T, class Each>
    void list(std::string_view name, const std::vector<T>& items, std::size_t items_max, Each each,
              blank as = blank::written) {
        if (as == blank::omitted && items.empty()) return;
        sequence(name, "[]", items, items_max, each);
    }
    template <class T, class Each>
    void map(std::string_view name, const std::vector<T>& items, std::size_t items_max, Each each) {
        sequence(name, "{}", items, items_max, each);
    }

    void value(std::uint64_t number) {
        if (number > number_max) return fail({errc::invalid_argument, "over 2^53 - 1"});
        std::array<char, 20> digits;
        const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), number);
        raw({digits.data(), static_cast<std::size_t>(done.ptr - digits.data())});
    }
    void value(const std::string& text) { quoted(text); }
    template <class Tag>
    void value(const basic_id<Tag>& id) {
        quoted(id.text());
    }
    template <class Tag>
    void value(const basic_id128<Tag>& id) {
        quoted(id.hex());
    }
    void value(const digest256& digest) { quoted(digest.hex()); }
    void value(const std::optional<digest256>& digest) {
        if (!digest) return fail({errc::invalid_argument, "absent"});
        value(*digest);
    }
    void value(const dot& edit) {
        if (edit.n > number_max) return fail({errc::invalid_argument, "over 2^53 - 1"});
        quoted(edit.text());
    }
    void value(stamp time) {
        if (time.nanoseconds < 0) return fail({errc::invalid_argument, "before 1970"});
        quoted(time.text());
    }
    void value(const interval_set& numbers) { quoted(text_of(numbers)); }
    void value(change_type type) { quoted(name_of(type)); }
    void value(change_action action) { quoted(name_of(action)); }
    void value(merge_kind merge) { quoted(name_of(merge)); }

    /// A rule that the writer's caller broke is his mistake, not damage.
    void require(std::size_t, const result<void>& kept) {
        if (kept || !ok_) return;
        field_ = {};
        const auto code = kept.error().code();
        fail({code == errc::malformed ? errc::invalid_argument : code, kept.error().detail()});
    }

    [[nodiscard]] result<bytes> take() && {
        if (!ok_) return std::move(ok_).error();
        return std::move(out_);
    }

private:
    struct reason {
        errc code;
        std::string text;
    };
    void fail(reason why) {
        if (!ok_) return;
        ok_ = failure{why.code, {}, field_.empty() ? why.text : std::string{field_} + ": " + why.text};
    }

    void raw(std::string_view text) {
        if (!ok_) return;
        if (text.size() > bytes_max_ - out_.size()) {
            field_ = {};
            return fail({errc::too_large, "a manifest of over " + std::to_string(bytes_max_) + " bytes"});
        }
        append(out_, text);
    }
    void begin(char bracket) {
        raw({&bracket, 1});
        first_ = true;
    }
    void end(char bracket) {
        raw({&bracket, 1});
        first_ = false;
    }
    void separate() {
        if (!first_) raw(",");
        first_ = false;
    }

    template <class T, class Each>
    void sequence(std::string_view name, std::string_view brackets, const std::vector<T>& items, std::size_t items_max,
                  Each each) {
        key(name);
        if (items.size() > items_max) return fail({errc::too_large, "over " + std::to_string(items_max) + " items"});
        begin(brackets[0]);
        for (const auto& item : items) {
            separate();
            each(item);
        }
        end(brackets[1]);
    }

    void quoted(std::string_view text) {
        raw("\"");
        while (!text.empty()) {
            const auto plain = plain_size(text);
            raw(text.substr(0, plain));
            text.remove_prefix(plain);
            if (text.empty()) break;
            escape(text.front());
            text.remove_prefix(1);
        }
        raw("\"");
    }
    void escape(char c) {
        constexpr std::string_view named = "\b\t\n\f\r\"\\", letters = "btnfr\"\\";
        std::string text = "\\";
        if (const auto at = named.find(c); at != std::string_view::npos) {
            text += letters[at];
        } else {
            text += "u00" + to_hex(std::string_view{&c, 1});
        }
        raw(text);
    }

    bytes out_;
    std::size_t bytes_max_;
    std::string_view field_;
    bool first_ = true;
    result<void> ok_; ///< or the first fault
};

}}} // namespace sealsync::detail

#endif
