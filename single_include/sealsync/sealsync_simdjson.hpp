// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_SEALSYNC_SIMDJSON_HPP
#define SEALSYNC_SINGLE_SEALSYNC_SIMDJSON_HPP

#include "sealsync_merge_policies.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#ifndef SEALSYNC_DETAIL_JSON_UNESCAPE_HPP
#define SEALSYNC_DETAIL_JSON_UNESCAPE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The four hex digits that `text` begins with.
[[nodiscard]] inline std::optional<std::uint32_t> json_code_unit(std::string_view text) noexcept {
    if (text.size() < 4) return std::nullopt;
    std::uint32_t unit = 0;
    for (const char c : text.substr(0, 4)) {
        const char lower = static_cast<char>(c | 0x20);
        const bool decimal = c >= '0' && c <= '9';
        if (!decimal && (lower < 'a' || lower > 'f')) return std::nullopt;
        unit = unit * 16 + static_cast<std::uint32_t>(decimal ? c - '0' : lower - 'a' + 10);
    }
    return unit;
}

[[nodiscard]] inline char* put_utf8(std::uint32_t code, char* out) noexcept {
    const auto put = [&](std::uint32_t value) { *out++ = static_cast<char>(value); };
    const auto continued = [&](unsigned shift) { put(0x80U | (code >> shift & 0x3fU)); };
    if (code < 0x80) {
        put(code);
        return out;
    }
    if (code < 0x800) {
        put(0xc0U | code >> 6U);
        continued(0);
        return out;
    }
    if (code < 0x10000) {
        put(0xe0U | code >> 12U);
        continued(6);
        continued(0);
        return out;
    }
    put(0xf0U | code >> 18U);
    continued(12);
    continued(6);
    continued(0);
    return out;
}

/// Takes the digits of `\u`, and of a pair the second half with its `\u`, from the beginning of `text`. Half of a pair
/// is no character.
[[nodiscard]] inline std::optional<std::uint32_t> take_json_code(std::string_view& text) noexcept {
    const auto unit = json_code_unit(text);
    if (!unit) return std::nullopt;
    text.remove_prefix(4);
    if (*unit < 0xd800 || *unit > 0xdfff) return unit;
    if (*unit > 0xdbff || text.substr(0, 2) != "\\u") return std::nullopt;
    const auto low = json_code_unit(text.substr(2));
    if (!low || *low < 0xdc00 || *low > 0xdfff) return std::nullopt;
    text.remove_prefix(6);
    return 0x10000U + ((*unit - 0xd800U) << 10U) + (*low - 0xdc00U);
}

/// Writes what stands between the quotes of a JSON string as the characters that it means, which are never more bytes.
/// Returns their end; null if an escape is none. What is not escaped is taken as it is.
[[nodiscard]] inline char* unescape_json(std::string_view text, char* out) noexcept {
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '\\') {
            *out++ = c;
            continue;
        }
        if (text.empty()) return nullptr;
        const char letter = text.front();
        text.remove_prefix(1);
        if (const auto at = letters.find(letter); at != std::string_view::npos) {
            *out++ = meant[at];
            continue;
        }
        const auto code = letter == 'u' ? take_json_code(text) : std::nullopt;
        if (!code) return nullptr;
        out = put_utf8(*code, out);
    }
    return out;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_JSON_STRUCTURE_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_STRUCTURE_HPP

#include <simdjson.h>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Where the tokens of a JSON text begin, as simdjson's first stage finds them on whatever this processor has. It has
/// then also checked that the text is UTF-8, that strings end, and that no control character stands in one. Used
/// instead of ondemand, which needs a padded copy of the text, judges only what is visited, and unescapes byte by byte
/// unless compiled for this very processor. Keeps its memory from one text to the next.
class json_structure {
public:
    [[nodiscard]] simdjson::error_code find(bytes_view json) noexcept {
        if (const auto error = make_room(json.size())) return error;
        const auto* const text = reinterpret_cast<const std::uint8_t*>(json.data());
        if (const auto error = parser_->stage1(text, json.size(), simdjson::stage1_mode::regular)) return error;
        parser_->structural_indexes[parser_->n_structural_indexes] = static_cast<std::uint32_t>(json.size());
        return simdjson::SUCCESS;
    }
    /// Ascending offsets, and the size of the text after them. Of a string only the opening quote is there, of other
    /// scalars the first character.
    [[nodiscard]] std::span<const std::uint32_t> starts() const noexcept {
        return {parser_->structural_indexes.get(), parser_->n_structural_indexes + std::size_t{1}};
    }

private:
    [[nodiscard]] simdjson::error_code make_room(std::size_t size) noexcept {
        constexpr std::size_t depth_of_stage_2 = 1; // which is never run
        if (parser_ && parser_->capacity() >= size) return simdjson::SUCCESS;
        if (parser_) return parser_->set_capacity(size);
        const auto* const processor =
            static_cast<const simdjson::implementation*>(simdjson::get_active_implementation());
        return processor->create_dom_parser_implementation(size, depth_of_stage_2, parser_);
    }

    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A walk over any JSON, token by token, which checks all of it: fields that nobody knows too, and that no key stands
/// twice. At the first fault it remembers where and why, and sees the text as ended, so that who walks needs no checks.
/// What it allocates it keeps for the next text.
class json_walk {
public:
    /// `json` is not copied, and must live as long as what is read from it. It may be a part of what stands `depth`
    /// deep in another text.
    void begin(bytes_view json, std::size_t depth_max, std::size_t depth = 0) {
        text_ = as_text(json);
        depth_max_ = (std::min)(depth_max, depth_limit);
        depth_ = depth;
        unescaped_size_ = 0;
        unknown_.clear();
        field_ = {};
        fault_.reset();
        tokens_ = {};
        next_ = count_ = 0;
        if (const auto error = json.empty() ? simdjson::EMPTY : structure_.find(json)) {
            const bool beyond = error == simdjson::CAPACITY || error == simdjson::MEMALLOC;
            return fail(0, beyond ? errc::too_large : errc::malformed, simdjson::error_message(error));
        }
        tokens_ = structure_.starts();
        count_ = tokens_.size() - 1;
    }
    /// That nothing is left, and what was wrong.
    [[nodiscard]] result<void> finish() {
        field_ = {};
        if (!fault_ && next_ < count_) fail(here(), errc::malformed, "more follows the end");
        if (fault_) return *std::move(fault_);
        return {};
    }

    [[nodiscard]] bool ok() const noexcept { return !fault_; }
    /// Where the next token begins, as an offset into the text.
    [[nodiscard]] std::size_t here() const noexcept { return count_ == 0 ? 0 : tokens_[next_]; }

    /// The first character of the next token, which tells what value begins there; zero at the end.
    [[nodiscard]] char peek() const noexcept { return next_ < count_ ? text_[tokens_[next_]] : '\0'; }
    /// Whether one more container may be opened here. Otherwise the text is refused.
    [[nodiscard]] bool may_enter() {
        if (depth_ < depth_max_) return true;
        fail(here(), errc::too_large, "nested over " + std::to_string(depth_max_) + " deep");
        return false;
    }

    /// Reads an object whose fields have names: `read(i)` must consume the value of the i-th. Fastest if they stand in
    /// the order of `names`. Returns which were there, as bits.
    template <class Read>
    std::uint32_t read_fields(std::span<const std::string_view> names, Read read) {
        if (!enter('{')) return 0;
        const auto outer_field = field_;
        const auto unknown_before = unknown_.size();
        std::uint32_t present = 0;
        std::size_t expected = 0;
        for (bool first = true;; first = false) {
            auto i = usual_field(names, expected, first);
            if (i == names.size()) {
                if (!another_field(first)) break;
                i = find(names);
            }
            if (i == names.size()) {
                unknown_.push_back(field_);
                pass_over();
                continue;
            }
            const auto bit = std::uint32_t{1} << i;
            if ((present & bit) != 0) {
                fail(here(), errc::malformed, "a key twice");
                return present;
            }
            present |= bit;
            expected = i + 1;
            read(i);
        }
        require_distinct(unknown_before);
        leave(outer_field);
        return present;
    }
    /// Reads an object whose keys are data. That none is repeated is left to the caller, who sorts them anyway.
    template <class Each>
    void read_map(Each each) {
        if (!enter('{')) return;
        const auto outer_field = field_;
        for (bool first = true; another_field(first); first = false) each(unescaped_field());
        leave(outer_field);
    }
    template <class Each>
    void read_list(Each each) {
        if (!enter('[')) return;
        for (bool first = true; another(first, ']'); first = false) each();
        --depth_;
    }
    /// Calls `each(name)`, which reads the value or jumps over it, for the fields of the whole text, until it returns
    /// false. Then nothing has been read, and texts are no longer valid.
    template <class Each>
    void peek_fields(Each each) {
        const auto begin = next_;
        if (!enter('{')) return;
        for (bool first = true; another_field(first) && each(unescaped_field()); first = false) {
        }
        if (!ok()) return;
        next_ = begin;
        depth_ = unescaped_size_ = 0;
        field_ = {};
    }
    /// A whole value, of which only the brackets are looked at.
    void jump_over() {
        for (std::size_t open = 0; next_ < count_;) {
            const char token = peek();
            if (token == ']' || token == '}') {
                if (open == 0) break;
                --open;
            }
            if (token == '[' || token == '{') ++open;
            ++next_;
            if (open == 0) return;
        }
        fail(here(), errc::malformed, "no value");
    }

    void read(std::uint64_t& out) {
        const auto at = here();
        const auto parsed = parse_number(scalar());
        if (!parsed) return fail(at, errc::malformed, "not an integer from 0 to 2^53 - 1");
        out = *parsed;
    }
    void read(std::string& out) { out = text(); }
    /// Everything else that is written as a string. No form has a backslash in it, so that what has one is refused
    /// at first and, unescaped, looked at again.
    template <class T>
    void read(T& out) {
        read_as([&](std::string_view form) { return read_form(form, out); });
    }
    /// An id, not owned.
    void read_id(std::string_view& out) {
        read_as([&](std::string_view form) { return read_id_form(form, out); });
    }
    /// Valid as long as the text, and until `release_texts`.
    [[nodiscard]] std::string_view text() {
        const auto at = here();
        const auto form = quoted();
        return escaped(form) ? unescaped(at, form) : form;
    }
    /// A number of any size, true, false or null, as it is written.
    std::string_view literal() {
        const auto at = here();
        const auto form = scalar();
        if (!is_literal(form)) fail(at, errc::malformed, "not a value");
        return form;
    }
    [[nodiscard]] bool next_is_blank_text() const noexcept { return text_.substr(here(), 2) == "\"\""; }

    /// What `text` has given since may be overwritten.
    [[nodiscard]] std::size_t texts() const noexcept { return unescaped_size_; }
    void release_texts(std::size_t since) noexcept { unescaped_size_ = since; }

    void fail(std::size_t at, errc code, std::string reason) {
        next_ = count_;
        if (fault_) return;
        const auto where = "at byte " + std::to_string(at) + (field_.empty() ? "" : ", " + printable(field_));
        fault_.emplace(code, std::string{}, where + ": " + std::move(reason));
    }
    void require(std::size_t at, const result<void>& checked) {
        if (checked || fault_) return;
        field_ = {};
        fail(at, checked.error().code(), checked.error().detail());
    }

private:
    /// Bounds the recursion into unknown fields, whatever the limits say.
    static constexpr std::size_t depth_limit = 512;

    [[nodiscard]] bool take(char token) noexcept {
        if (peek() != token) return false;
        ++next_;
        return true;
    }
    [[nodiscard]] bool enter(char opening) {
        if (!take(opening)) {
            fail_expecting(opening);
            return false;
        }
        ++depth_;
        return true;
    }
    void leave(std::string_view outer_field) noexcept {
        --depth_;
        field_ = outer_field;
    }
    void fail_expecting(char token) {
        fail(here(), errc::malformed, (next_ < count_ ? "expected " : "ends instead of ") + std::string{token});
    }

    /// Before a field or an item: false at the end of its container.
    [[nodiscard]] bool another(bool first, char closing) {
        if (take(closing)) return false;
        if (!first && !take(',')) {
            fail_expecting(closing);
            return false;
        }
        return ok();
    }
    [[nodiscard]] bool another_field(bool first) {
        if (!another(first, '}')) return false;
        field_ = quoted();
        if (!take(':')) {
            fail_expecting(':');
            return false;
        }
        return true;
    }

    [[nodiscard]] static bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
    /// The characters of the next token, which is not looked at, without the white space that follows it.
    [[nodiscard, gnu::always_inline]] std::string_view scalar() noexcept {
        if (next_ == count_) return {};
        const std::size_t begin = tokens_[next_++];
        std::size_t end = tokens_[next_];
        while (is_space(text_[end - 1])) --end;
        return {text_.data() + begin, end - begin};
    }
    /// The next token without its quotes, escaped as it is.
    [[nodiscard, gnu::always_inline]] std::string_view quoted() {
        const auto token = scalar();
        if (token.size() < 2 || token.front() != '"' || token.back() != '"') return refused_string(token);
        return {token.data() + 1, token.size() - 2};
    }
    [[nodiscard]] std::string_view refused_string(std::string_view token) {
        fail(token.empty() ? text_.size() : offset(token), errc::malformed, "not a string");
        return {};
    }
    [[nodiscard]] std::size_t offset(std::string_view part) const noexcept {
        return static_cast<std::size_t>(part.data() - text_.data());
    }
    template <class ReadForm>
    [[gnu::always_inline]] void read_as(ReadForm read_form) {
        const auto form = quoted();
        if (read_form(form) != nullptr) read_again(form, read_form);
    }
    template <class ReadForm>
    void read_again(std::string_view form, ReadForm& read_form) {
        if (!ok()) return;
        const auto at = offset(form) - 1;
        const char* const why = read_form(escaped(form) ? unescaped(at, form) : form);
        if (why) fail(at, errc::malformed, why);
    }
    [[nodiscard]] static bool escaped(std::string_view text) noexcept {
        return text.find('\\') != std::string_view::npos;
    }
    [[nodiscard]] std::string_view unescaped(std::size_t at, std::string_view escaped) {
        if (unescaped_room_ < text_.size()) {
            unescaped_ = std::make_unique_for_overwrite<char[]>(text_.size());
            unescaped_room_ = text_.size();
        }
        // Nothing is unescaped twice, and what is escaped is never shorter than what it means.
        SEALSYNC_ASSERT(escaped.size() <= unescaped_room_ - unescaped_size_);
        char* const begin = unescaped_.get() + unescaped_size_;
        const char* const end = unescape_json(escaped, begin);
        if (end == nullptr) {
            fail(at, errc::malformed, "an escape that is none");
            return std::string_view{};
        }
        unescaped_size_ += static_cast<std::size_t>(end - begin);
        return {begin, static_cast<std::size_t>(end - begin)};
    }
    [[nodiscard]] std::string_view unescaped_field() {
        if (escaped(field_)) field_ = unescaped(here(), field_);
        return field_;
    }

    /// Which of `names` the field is; their number if none.
    [[nodiscard]] std::size_t find(std::span<const std::string_view> names) {
        const auto found = std::find(names.begin(), names.end(), unescaped_field());
        return static_cast<std::size_t>(found - names.begin());
    }
    /// What `another_field` and `find` do, if the field is the expected one or the one after it, and no white space
    /// stands in the way: nearly always. Otherwise the number of names, and nothing has been read.
    [[nodiscard, gnu::always_inline]] std::size_t usual_field(std::span<const std::string_view> names,
                                                              std::size_t expected, bool first) {
        const auto key = next_ + (first ? 0 : 1);
        if (key + 1 >= count_ || (!first && text_[tokens_[next_]] != ',')) return names.size();
        const std::size_t begin = tokens_[key], colon = tokens_[key + 1];
        if (text_[begin] != '"' || text_[colon] != ':') return names.size();
        // No name has a quote in it: one that is the same ends where the string does.
        const std::string_view name{text_.data() + begin + 1, colon - begin - 2};
        std::size_t i = expected;
        if (i == names.size() || !same_name(names[i], name)) ++i;
        if (i >= names.size() || (i != expected && !same_name(names[i], name))) return names.size();
        field_ = name;
        next_ = key + 2;
        return i;
    }
    /// Names are short, and a call of `std::memcmp` costs more than two words from either end, which may overlap.
    [[nodiscard, gnu::always_inline]] static bool same_name(std::string_view left, std::string_view right) noexcept {
        if (left.size() != right.size()) return false;
        if (left.size() > 16 || left.size() < 3) return left == right;
        return left.size() >= 8   ? same_ends<std::uint64_t>(left, right)
               : left.size() >= 4 ? same_ends<std::uint32_t>(left, right)
                                  : same_ends<std::uint16_t>(left, right);
    }
    template <class Word>
    [[nodiscard, gnu::always_inline]] static bool same_ends(std::string_view left, std::string_view right) noexcept {
        const auto last = left.size() - sizeof(Word);
        std::array<Word, 4> words;
        std::memcpy(&words[0], left.data(), sizeof(Word));
        std::memcpy(&words[1], right.data(), sizeof(Word));
        std::memcpy(&words[2], left.data() + last, sizeof(Word));
        std::memcpy(&words[3], right.data() + last, sizeof(Word));
        return ((words[0] ^ words[1]) | (words[2] ^ words[3])) == 0;
    }

    /// The value of a field that nobody knows.
    void pass_over() {
        switch (peek()) {
        case '{':
            return may_enter() ? pass_over_object() : void();
        case '[':
            return may_enter() ? read_list([this] { pass_over(); }) : void();
        case '"':
            return static_cast<void>(text());
        default:
            literal();
        }
    }
    void pass_over_object() {
        const auto before = unknown_.size();
        read_map([this](std::string_view name) {
            unknown_.push_back(name);
            pass_over();
        });
        require_distinct(before);
    }
    /// Takes the unknown keys of the object that ends here.
    void require_distinct(std::size_t before) {
        if (!ok() || unknown_.size() == before) return;
        const auto begin = unknown_.begin() + static_cast<std::ptrdiff_t>(before);
        std::sort(begin, unknown_.end());
        const auto twice = std::adjacent_find(begin, unknown_.end());
        if (twice != unknown_.end()) {
            field_ = *twice;
            fail(here(), errc::malformed, "a key twice in the object that ends here");
        }
        unknown_.resize(before);
    }

    /// Numbers by RFC 8259, of any size: nobody wants their value.
    [[nodiscard]] static bool is_literal(std::string_view text) {
        if (text == "true" || text == "false" || text == "null") return true;
        const auto digits = [&] {
            const auto count = (std::min)(text.find_first_not_of("0123456789"), text.size());
            text.remove_prefix(count);
            return count;
        };
        const auto take = [&](std::string_view any_of) {
            const bool there = !text.empty() && any_of.find(text.front()) != std::string_view::npos;
            text.remove_prefix(there ? 1 : 0);
            return there;
        };
        take("-");
        const bool zero = text.substr(0, 1) == "0";
        const auto whole = digits();
        if (whole == 0 || (zero && whole > 1)) return false;
        if (take(".") && digits() == 0) return false;
        if (!take("eE")) return text.empty();
        take("+-");
        return digits() > 0 && text.empty();
    }

    json_structure structure_;
    std::span<const std::uint32_t> tokens_; ///< where they begin, and then the size of the text
    std::size_t next_ = 0, count_ = 0;
    std::string_view text_, field_;
    std::size_t depth_max_ = 0, depth_ = 0;
    std::vector<std::string_view> unknown_; ///< keys of the objects that are being walked, innermost last
    std::unique_ptr<char[]> unescaped_;
    std::size_t unescaped_room_ = 0, unescaped_size_ = 0;
    std::optional<failure> fault_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_JSON_FIELDS_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_FIELDS_HPP

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

#ifndef SEALSYNC_EXT_SIMDJSON_MANIFEST_WALK_HPP
#define SEALSYNC_EXT_SIMDJSON_MANIFEST_WALK_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the fields of manifests mean, in whatever order they come. Changes are handed on as views, so that a manifest
/// can be read without allocating for each; whoever wants them owned collects them.
class manifest_walk : public json_walk {
public:
    void begin(bytes_view json, std::string_view collection_field, const manifest_limits& limits,
               std::size_t depth = 0) {
        json_walk::begin(json, limits.depth_max, depth);
        change_names_[static_cast<std::size_t>(field::collection)] = collection_field;
        limits_ = limits;
        format_.reset();
        edits_.clear();
        edits_ascend_ = true;
    }

    /// Fills what stands beside the changes, and calls `sink(view)` for each change; the view is valid until it
    /// returns.
    template <class Sink>
    void read_segment(segment& s, Sink& sink);
    /// Calls `sink(view)` for the one change that `json` is, as `read_segment` would in a segment of format 1.
    template <class Sink>
    void read_lone_change(bytes_view json, std::string_view collection_field, const manifest_limits& limits,
                          Sink&& sink) {
        constexpr std::size_t depth_of_changes = 2;
        begin(json, collection_field, limits, depth_of_changes);
        format_ = manifest_format;
        forget_what_may_be_absent(change_);
        read_change(change_);
        if (ok()) sink(std::as_const(change_));
    }
    void read_head(head& h);
    template <class Sink>
    void read_checkpoint(checkpoint& c, Sink& sink);

private:
    /// Of a change, in canonical order. The first eight are those of a plain manifest; it does not know the others.
    enum class field : std::uint8_t {
        type,
        collection,
        record_id,
        attachment_hmac,
        version,
        timestamp,
        device,
        action,
        edit,
        replaces,
        size,
        stored,
        attachments,
        merge,
        filename,
        media_type,
        packed
    };
    static constexpr std::size_t plain_change_fields = 8;

    /// `format` and `critical` decide whether the rest can be understood, and may stand last: so they are looked for
    /// before anything is read.
    void find_beginning();
    [[nodiscard]] bool plain() const noexcept { return !format_; }

    template <class T>
    void read_limited(std::vector<T>& out, std::size_t items_max) {
        out.clear();
        read_list([&] {
            if (room_for_another(out.size(), items_max)) read(out.emplace_back());
        });
    }
    [[nodiscard]] bool room_for_another(std::size_t items, std::size_t items_max) {
        if (items < items_max) return true;
        fail(here(), errc::too_large, "over " + std::to_string(items_max) + " items");
        return false;
    }
    /// `each` fills the item, its key is read already. JSON objects have no order: manifests do.
    template <class T, class Id, class Each>
    void read_by(Id T::*id, std::vector<T>& out, Each each) {
        read_map([&](std::string_view key) {
            if (!room_for_another(out.size(), limits_.logs_max)) return;
            auto& item = out.emplace_back();
            if (const char* why = read_form(key, item.*id)) return fail(here(), errc::malformed, why);
            each(item);
        });
        std::sort(out.begin(), out.end(), [id](const T& left, const T& right) { return left.*id < right.*id; });
    }
    template <class... Fields>
    [[nodiscard]] static constexpr std::uint32_t bits(Fields... fields) noexcept {
        return ((std::uint32_t{1} << static_cast<unsigned>(fields)) | ...);
    }
    void require_fields(std::size_t at, std::span<const std::string_view> names, std::uint32_t present,
                        std::uint32_t needed) {
        const auto missing = needed & ~present;
        if (missing == 0) return;
        require(at, malformed("no field " + std::string{names[static_cast<std::size_t>(std::countr_zero(missing))]}));
    }

    template <class Sink>
    void read_changes(Sink& sink);
    /// As `left < right`, but quicker where both are of one run.
    [[nodiscard]] static bool follows(const dot& left, const dot& right) noexcept {
        return left.run == right.run ? left.n < right.n : left < right;
    }
    void note_edit(const dot& edit) {
        edits_ascend_ = edits_ascend_ && (edits_.empty() || follows(edits_.back(), edit));
        edits_.push_back(edit);
    }
    void read_change(change_view& c);
    void read_field(field which, change_view& c);
    /// Cheaper by half than a new view for each change.
    static void forget_what_may_be_absent(change_view& c) noexcept {
        c.id = c.filename = c.media_type = {};
        c.version = c.size = 0;
        c.dot = {};
        c.replaces = {};
        c.attachments = {};
        c.stored.reset();
        c.packed.reset();
        c.merge = merge_kind::none;
    }
    [[nodiscard]] std::uint32_t needed_fields(const change_view& c) const noexcept;
    void read_packed(packed_view& place);
    void read_entry(head_entry& entry);

    std::array<std::string_view, 17> change_names_{
        "type",     "",     "record_id", "attachment_hmac", "version", "timestamp", "device_id",  "action", "dot",
        "replaces", "size", "digest",    "attachments",     "merge",   "filename",  "media_type", "packed"};
    manifest_limits limits_;
    std::optional<std::uint64_t> format_;
    change_view change_;
    std::vector<dot> edits_;
    std::vector<dot> replaces_;
    bool edits_ascend_ = true; ///< then none is there twice
    std::vector<std::string_view> attachments_;
};

inline void manifest_walk::find_beginning() {
    std::vector<std::string> critical;
    bool critical_found = false;
    peek_fields([&](std::string_view name) {
        if (name == "format") {
            read(format_.emplace());
        } else if (name == "critical") {
            critical_found = true;
            read_limited(critical, critical_max);
        } else {
            jump_over();
        }
        return !(format_ && critical_found);
    });
    if (ok() && format_) require(0, check_format(*format_));
    if (ok()) require(0, check_critical(critical));
}

[[gnu::always_inline]] inline void manifest_walk::read_field(field which, change_view& c) {
    switch (which) {
    case field::type:
        return read(c.type);
    case field::collection:
        return read_id(c.collection);
    case field::record_id:
    case field::attachment_hmac:
        return read_id(c.id);
    case field::version:
        return read(c.version);
    case field::timestamp:
        return read(c.timestamp);
    case field::device:
        return read_id(c.device);
    case field::action:
        return read(c.action);
    case field::edit:
        return read(c.dot);
    case field::replaces:
        read_limited(replaces_, limits_.dots_max);
        c.replaces = replaces_;
        return;
    case field::size:
        return read(c.size);
    case field::stored:
        return read(c.stored);
    case field::attachments:
        attachments_.clear();
        read_list([&] {
            if (room_for_another(attachments_.size(), limits_.attachments_max)) read_id(attachments_.emplace_back());
        });
        c.attachments = attachments_;
        return;
    case field::merge:
        return read(c.merge);
    case field::filename:
        c.filename = text();
        return;
    case field::media_type:
        c.media_type = text();
        return;
    case field::packed:
        return read_packed(c.packed.emplace());
    }
}

inline std::uint32_t manifest_walk::needed_fields(const change_view& c) const noexcept {
    auto needed = bits(field::type, field::collection, field::timestamp, field::device, field::action);
    if (c.type == change_type::record) needed |= bits(field::record_id);
    needed |= c.type == change_type::attachment ? bits(field::attachment_hmac) : bits(field::version);
    if (plain()) return needed;
    needed |= bits(field::edit, field::size);
    if (c.type != change_type::attachment) needed |= bits(field::replaces, field::attachments);
    if (c.action != change_action::erase) needed |= bits(field::stored);
    return needed;
}

inline void manifest_walk::read_change(change_view& c) {
    constexpr auto ids = bits(field::record_id, field::attachment_hmac);
    const std::span<const std::string_view> all{change_names_};
    const auto at = here();
    const auto present = read_fields(plain() ? all.first(plain_change_fields) : all,
                                     [&](std::size_t i) { read_field(static_cast<field>(i), c); });
    if (!ok()) return;
    const auto needed = needed_fields(c);
    require_fields(at, all, present, needed);
    if ((present & ids & ~needed) != 0) require(at, malformed("record_id or attachment_hmac: of another type"));
    if (ok() && !plain()) require(at, check_change(c, limits_));
}

template <class Sink>
void manifest_walk::read_changes(Sink& sink) {
    std::size_t count = 0;
    read_list([&] {
        if (!room_for_another(count++, limits_.changes_max)) return;
        const auto texts_before = texts();
        forget_what_may_be_absent(change_);
        read_change(change_);
        if (!ok()) return;
        if (!plain()) note_edit(change_.dot);
        sink(std::as_const(change_));
        release_texts(texts_before);
    });
}

inline void manifest_walk::read_packed(packed_view& place) {
    static constexpr std::array<std::string_view, 3> names{"object", "offset", "length"};
    const auto at = here();
    const auto present = read_fields(names, [&](std::size_t i) {
        if (i == 0) {
            place.object = text();
        } else {
            read(i == 1 ? place.offset : place.length);
        }
    });
    require_fields(at, names, present, bits(0, 1, 2));
}

/// The first five are those of a plain manifest.
template <class Sink>
void manifest_walk::read_segment(segment& s, Sink& sink) {
    enum : unsigned {
        format,
        critical,
        version,
        updated,
        changes,
        vault,
        scope,
        device,
        device_name,
        log,
        previous,
        seen
    };
    static constexpr std::array<std::string_view, 12> names{"format",      "critical", "version",  "last_updated",
                                                            "changes",     "vault",    "scope",    "device_id",
                                                            "device_name", "log",      "previous", "seen"};
    constexpr std::size_t plain_fields = 5;

    find_beginning();
    if (!ok()) return;
    if (plain()) s.format = 0;
    const std::span<const std::string_view> all{names};
    const auto present = read_fields(plain() ? all.first(plain_fields) : all, [&](std::size_t i) {
        switch (i) {
        case format:
            return read(s.format);
        case critical:
            return read_limited(s.critical, critical_max);
        case version:
            return read(s.seq);
        case updated:
            return read(s.last_updated);
        case changes:
            return read_changes(sink);
        case vault:
            return read(s.vault);
        case scope:
            return read(s.scope);
        case device:
            return read(s.device);
        case device_name:
            return read(s.device_name);
        case log:
            return read(s.log);
        case previous:
            return next_is_blank_text() ? jump_over() : read(s.previous);
        default:
            return read_by(&log_position::log, s.seen, [&](log_position& position) { read(position.seq); });
        }
    });
    if (!ok()) return;
    auto needed = bits(version, updated, changes);
    if (!plain()) needed |= bits(critical, vault, scope, device, log, previous, seen);
    require_fields(0, all, present, needed);
    if (!ok() || plain()) return;
    require(0, check_segment(s, limits_));
    if (!edits_ascend_) require(0, check_distinct(edits_));
}

inline void manifest_walk::read_head(head& h) {
    enum : unsigned { format, critical, vault, scope, logs, checkpoint };
    static constexpr std::array<std::string_view, 6> names{"format", "critical", "vault",
                                                           "scope",  "logs",     "checkpoint"};
    find_beginning();
    if (!ok()) return;
    const auto present = read_fields(names, [&](std::size_t i) {
        switch (i) {
        case format:
            return read(h.format);
        case critical:
            return read_limited(h.critical, critical_max);
        case vault:
            return read(h.vault);
        case scope:
            return read(h.scope);
        case logs:
            return read_by(&head_entry::log, h.logs, [&](head_entry& entry) { read_entry(entry); });
        default:
            return read(h.checkpoint);
        }
    });
    if (!ok()) return;
    require_fields(0, names, present, bits(format, critical, vault, scope, logs, checkpoint));
    if (ok()) require(0, check_head(h, limits_));
}

template <class Sink>
void manifest_walk::read_checkpoint(checkpoint& c, Sink& sink) {
    enum : unsigned { format, critical, vault, scope, device, part, parts, previous, updated, logs, met, siblings };
    static constexpr std::array<std::string_view, 12> names{"format",       "critical", "vault", "scope",
                                                            "device_id",    "part",     "parts", "previous",
                                                            "last_updated", "logs",     "met",   "siblings"};
    find_beginning();
    if (ok() && plain()) require(0, malformed("no field format"));
    if (!ok()) return;
    const auto present = read_fields(names, [&](std::size_t i) {
        switch (i) {
        case format:
            return read(c.format);
        case critical:
            return read_limited(c.critical, critical_max);
        case vault:
            return read(c.vault);
        case scope:
            return read(c.scope);
        case device:
            return read(c.device);
        case part:
            return read(c.part);
        case parts:
            return read(c.parts);
        case previous:
            return next_is_blank_text() ? jump_over() : read(c.previous);
        case updated:
            return read(c.last_updated);
        case logs:
            return read_by(&head_entry::log, c.logs, [&](head_entry& entry) { read_entry(entry); });
        case met:
            return read_by(&met_run::run, c.met, [&](met_run& run) { read(run.edits); });
        default:
            return read_changes(sink);
        }
    });
    if (!ok()) return;
    require_fields(0, names, present, (1U << names.size()) - 1);
    if (ok()) require(0, check_checkpoint(c, limits_));
}

inline void manifest_walk::read_entry(head_entry& entry) {
    static constexpr std::array<std::string_view, 3> names{"device_id", "seq", "digest"};
    const auto at = here();
    const auto present = read_fields(names, [&](std::size_t i) {
        if (i == 0) return read(entry.device);
        return i == 1 ? read(entry.seq) : read(entry.stored);
    });
    require_fields(at, names, present, bits(0, 1, 2));
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_SIMDJSON_CHANGES_HPP
#define SEALSYNC_EXT_SIMDJSON_SIMDJSON_CHANGES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The reader of changes (see `canonical_changes`) that takes any JSON: what `simdjson_codec` accepts, as views. It
/// keeps its memory from manifest to manifest, allocates nothing for a change, and does not copy the manifest.
class simdjson_changes {
public:
    /// Fails as `simdjson_codec::read_segment` does.
    template <class Sink>
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, std::string_view collection_field,
                                               const manifest_limits& limits, Sink&& sink) {
        SEALSYNC_ASSERT(detail::is_collection_field(collection_field));
        if (auto ok = detail::check_size(manifest, limits); !ok) return std::move(ok).error();
        walk_.begin(manifest, collection_field, limits);
        segment s;
        if (walk_.ok()) walk_.read_segment(s, sink);
        if (auto ok = walk_.finish(); !ok) return std::move(ok).error();
        return header_of(s);
    }

private:
    detail::manifest_walk walk_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP
#define SEALSYNC_EXT_SIMDJSON_SIMDJSON_CODEC_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Reads any JSON that means a manifest: fields in any order, white space, escapes, 0 to 9 decimals of a second;
/// fields it does not know are passed over unless `critical` names them. A text without `format` is a plain manifest,
/// of the first application's design: `version`, `last_updated` and `changes` without dots. Whatever `canonical_codec`
/// accepts it accepts, with the same value.
///
/// Fails as `canonical_codec` does; a key that stands twice in one object is malformed too. Integers must be written
/// as such, without fraction or exponent. Thread-safe.
struct simdjson_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view json, std::string_view collection_field,
                                                      const manifest_limits& limits = {}) {
        SEALSYNC_ASSERT(detail::is_collection_field(collection_field));
        return read<segment>(json, collection_field, limits, [](detail::manifest_walk& walk, segment& s) {
            const auto own = [&](const change_view& view) { s.changes.push_back(*to_change(view)); };
            walk.read_segment(s, own);
        });
    }

    [[nodiscard]] static result<head> read_head(bytes_view json, const manifest_limits& limits = {}) {
        return read<head>(json, {}, limits, [](detail::manifest_walk& walk, head& h) { walk.read_head(h); });
    }

    [[nodiscard]] static result<checkpoint> read_checkpoint(bytes_view json, std::string_view collection_field,
                                                            const manifest_limits& limits = {}) {
        SEALSYNC_ASSERT(detail::is_collection_field(collection_field));
        return read<checkpoint>(json, collection_field, limits, [](detail::manifest_walk& walk, checkpoint& c) {
            const auto own = [&](const change_view& view) { c.siblings.push_back(*to_change(view)); };
            walk.read_checkpoint(c, own);
            if (walk.ok()) walk.require(0, detail::check_siblings(c.siblings));
        });
    }

private:
    template <class Manifest, class Read>
    [[nodiscard]] static result<Manifest> read(bytes_view json, std::string_view collection_field,
                                               const manifest_limits& limits, Read read) {
        if (auto ok = detail::check_size(json, limits); !ok) return std::move(ok).error();
        detail::manifest_walk walk;
        walk.begin(json, collection_field, limits);
        Manifest manifest;
        if (walk.ok()) read(walk, manifest);
        if (auto ok = walk.finish(); !ok) return std::move(ok).error();
        return manifest;
    }
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_SIMDJSON_HPP
#define SEALSYNC_SEALSYNC_SIMDJSON_HPP

// Generated by cmake/amalgamate.py: simdjson, and what it needs.

#endif

#endif
