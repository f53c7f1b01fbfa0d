#ifndef SEALSYNC_EXT_SIMDJSON_JSON_FIELDS_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_FIELDS_HPP

#include "../../conflict/merge_fields.hpp"
#include "../../manifest/json_writer.hpp"
#include "json_walk.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// As RFC 8785 writes it.
[[nodiscard]] inline std::string json_quoted(std::string_view text) {
    json_writer writer{std::string::npos};
    writer.value(std::string{text});
    return std::string{as_text(*std::move(writer).take())};
}

class json_fields_reader {
public:
    explicit json_fields_reader(field_document& out) noexcept : out_{out} {}

    /// False, with the document unspecified: it is no JSON object, or over a limit.
    [[nodiscard]] bool read(bytes_view content, std::size_t depth_max) {
        walk_.begin(content, depth_max);
        if (walk_.may_enter()) read_object(0);
        return walk_.finish().has_value();
    }

private:
    using kind = field_value::kind;

    void read_object(std::size_t at) {
        walk_.read_map([&](std::string_view name) { read_value(at, name); });
        if (walk_.ok() && !out_.sort_fields(at)) refuse(errc::malformed, "a key twice");
    }
    void read_value(std::size_t owner, std::string_view name) {
        if (out_.full())
            return refuse(errc::too_large, "over " + std::to_string(field_document::values_max) + " values");
        const auto at = out_.add({kind::atom, std::string{name}});
        out_[owner].items.push_back(at);
        switch (walk_.peek()) {
        case '{':
            out_[at].is = kind::fields;
            return walk_.may_enter() ? read_object(at) : void();
        case '[':
            return walk_.may_enter() ? read_array(at) : void();
        case '"':
            out_[at].text = json_quoted(walk_.text());
            return;
        default:
            out_[at].text = walk_.literal();
        }
    }
    void read_array(std::size_t at) {
        walk_.read_list([&] { read_value(at, {}); });
        const bool scalars = all_of(out_[at].items, [&](std::size_t item) { return out_[item].is == kind::atom; });
        out_[at].is = scalars && item_texts{field_view{out_, at}}.distinct() ? kind::set : kind::list;
    }
    void refuse(errc why, std::string reason) { walk_.fail(walk_.here(), why, std::move(reason)); }

    json_walk walk_;
    field_document& out_;
};

class json_fields_writer {
public:
    explicit json_fields_writer(const field_document& from) noexcept : from_{from} {}

    void write(std::size_t at) {
        const auto& value = from_[at];
        switch (value.is) {
        case field_value::kind::atom:
            return append(text_, value.text);
        case field_value::kind::fields:
            return write_items(value, "{}");
        default:
            return write_items(value, "[]");
        }
    }
    [[nodiscard]] bytes take() && noexcept { return std::move(text_); }

private:
    void write_items(const field_value& owner, std::string_view brackets) {
        append(text_, brackets.substr(0, 1));
        for (const auto item : owner.items) {
            if (item != owner.items.front()) append(text_, ",");
            if (owner.is == field_value::kind::fields) append(text_, json_quoted(from_[item].name) + ':');
            write(item);
        }
        append(text_, brackets.substr(1));
    }

    const field_document& from_;
    bytes text_;
};

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The form of content for `basic_merge_fields` that is a JSON object (RFC 8259) without a key twice. An array of
/// different numbers, strings and literals is a set; any other is merged as a whole. Numbers are kept as they are
/// written: 1 and 1.0 are two.
///
/// A merge is written without white space, with the keys ascending and the strings as RFC 8785 writes them.
struct json_fields {
    /// Objects and arrays within each other; what is deeper is not of this form.
    static constexpr std::size_t depth_max = 256;

    /// False, with `out` unspecified: the content is not of this form.
    [[nodiscard]] static bool read(bytes_view content, field_document& out) {
        return detail::json_fields_reader{out}.read(content, depth_max);
    }
    [[nodiscard]] static bytes write(const field_document& merged, const field_document* /*base*/,
                                     std::span<const field_document> /*sides*/) {
        detail::json_fields_writer writer{merged};
        writer.write(0);
        return std::move(writer).take();
    }
};

/// Merges JSON objects by fields, and lines `key: value` as `merge_fields` does: each record by what it is.
using merge_json_fields = basic_merge_fields<json_fields, field_lines>;

static_assert(conflict_policy<merge_json_fields>);

}} // namespace sealsync

#endif
