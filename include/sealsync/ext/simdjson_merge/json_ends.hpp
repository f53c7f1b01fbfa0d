#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_JSON_ENDS_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_JSON_ENDS_HPP

#include "../../config.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

/// Where things end in a text that may turn out to be no JSON: what is stepped over here is judged elsewhere. Nothing
/// behind `end` is looked at.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline const char* skip_json_space(const char* at, const char* end) noexcept {
    return std::find_if(at, end, [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
}

/// Behind the string whose opening quote stands at `at`; null if the text ends first.
[[nodiscard]] inline const char* end_of_json_string(const char* at, const char* end) noexcept {
    for (++at; at < end; ++at) {
        if (*at == '"') return at + 1;
        if (*at == '\\' && ++at == end) return nullptr;
    }
    return nullptr;
}

/// Behind the object or the list that begins at `at`, whatever pairs its brackets make; null if the text ends first.
[[nodiscard]] inline const char* end_of_json_container(const char* at, const char* end) noexcept {
    for (std::size_t open = 0; at != nullptr && at < end;) {
        if (*at == '"') {
            at = end_of_json_string(at, end);
            continue;
        }
        if (*at == '{' || *at == '[') ++open;
        if (*at == '}' || *at == ']') --open;
        ++at;
        if (open == 0) return at;
    }
    return nullptr;
}

/// Behind the value that begins at `at`; null if the text ends first.
[[nodiscard]] inline const char* end_of_json_value(const char* at, const char* end) noexcept {
    if (at == end) return nullptr;
    if (*at == '"') return end_of_json_string(at, end);
    if (*at == '{' || *at == '[') return end_of_json_container(at, end);
    constexpr std::string_view behind = ",]} \n\r\t";
    const auto* const found = std::find_first_of(at, end, behind.begin(), behind.end());
    return found == end ? nullptr : found;
}

/// The fields of an object, one after the other.
class json_field_cursor {
public:
    /// `text` begins with the object's brace.
    explicit json_field_cursor(std::string_view text) noexcept : at_{text.data()}, end_{text.data() + text.size()} {}

    /// Steps to the next field; false at the end of the object, or where it is none.
    [[nodiscard]] bool next() noexcept {
        if (at_ == end_ || (*at_ != '{' && *at_ != ',')) return false;
        const auto* const key = skip_json_space(at_ + 1, end_);
        if (key == end_ || *key != '"') return false;
        const auto* const key_end = end_of_json_string(key, end_);
        if (key_end == nullptr) return false;
        key_ = {key + 1, static_cast<std::size_t>(key_end - key - 2)};
        const auto* const colon = skip_json_space(key_end, end_);
        if (colon == end_ || *colon != ':') return false;
        value_ = skip_json_space(colon + 1, end_);
        return value_ < end_;
    }
    /// Steps behind the value, to what should be a comma or a brace.
    [[nodiscard]] bool skip_value() noexcept {
        value_end_ = end_of_json_value(value_, end_);
        if (value_end_ == nullptr) return false;
        at_ = skip_json_space(value_end_, end_);
        return true;
    }

    /// As it is written, between the quotes.
    [[nodiscard]] std::string_view key() const noexcept { return key_; }
    [[nodiscard]] const char* value() const noexcept { return value_; }
    /// As it is written; after `skip_value`.
    [[nodiscard]] std::string_view value_text() const noexcept {
        return {value_, static_cast<std::size_t>(value_end_ - value_)};
    }

private:
    const char *at_, *end_, *value_ = nullptr, *value_end_ = nullptr;
    std::string_view key_;
};

}}} // namespace sealsync::detail

#endif
