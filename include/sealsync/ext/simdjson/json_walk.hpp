#ifndef SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_WALK_HPP

#include "../../detail/json_unescape.hpp"
#include "../../manifest/text_forms.hpp"
#include "../../manifest/validate.hpp"
#include "json_structure.hpp"

#include <memory>

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
