#ifndef SEALSYNC_TESTS_MANIFEST_JSON_DISGUISE_HPP
#define SEALSYNC_TESTS_MANIFEST_JSON_DISGUISE_HPP

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// Canonical JSON written in some other way that means the same: fields in another order, white space, escapes, fields
/// that nobody knows, times without their last zeros.
namespace sealsync_tests {

class json_disguise {
public:
    explicit json_disguise(std::uint64_t seed) : random_{seed} {}

    [[nodiscard]] std::string operator()(std::string_view canonical) {
        rest_ = canonical;
        return space() + value() + space();
    }

private:
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    [[nodiscard]] bool one_in(std::uint64_t n) { return below(n) == 0; }
    [[nodiscard]] std::string space() {
        std::string made;
        while (one_in(4)) made += " \n\r\t"[below(4)];
        return made;
    }
    [[nodiscard]] char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    [[nodiscard]] std::string value() {
        if (rest_.front() == '{') return object();
        if (rest_.front() == '[') return array();
        if (rest_.front() == '"') return string();
        const auto scalar = rest_.substr(0, rest_.find_first_of(",]}"));
        rest_.remove_prefix(scalar.size());
        return std::string{scalar};
    }
    [[nodiscard]] std::string array() {
        std::string made{take()};
        while (rest_.front() != ']') {
            if (rest_.front() == ',') made += take();
            made += space() + value() + space();
        }
        return made + space() + take();
    }
    [[nodiscard]] std::string object() {
        (void)take();
        std::vector<std::string> fields;
        bool keys_are_names = true;
        while (rest_.front() != '}') {
            if (rest_.front() == ',') (void)take();
            constexpr std::size_t hex_key = 34;
            keys_are_names = keys_are_names && rest_.find('"', 1) + 1 != hex_key;
            auto field = space() + string() + space();
            field += take();
            field += space();
            fields.push_back(field + value() + space());
        }
        (void)take();
        if (keys_are_names && !fields.empty() && one_in(3)) fields.push_back(unknown());
        std::shuffle(fields.begin(), fields.end(), random_);
        std::string made = "{" + space();
        for (std::size_t i = 0; i < fields.size(); ++i) made += (i == 0 ? "" : ",") + fields[i];
        return made + "}";
    }
    [[nodiscard]] std::string unknown() {
        static constexpr std::array<const char*, 6> fields{"\"x-new\":null",
                                                           "\"\":[{},[],\"\\ud83d\\ude00\"]",
                                                           "\"x\\u002dnew\":{\"dot\":1e400,\"version\":-0.5}",
                                                           "\"Type\" : \"\\\\\"",
                                                           "\"type2\":\"]}\\\"\"",
                                                           "\"typ\":[true,false, null]"};
        return fields[below(fields.size())];
    }
    [[nodiscard]] std::string string() {
        (void)take();
        std::string text;
        while (rest_.front() != '"') {
            if (rest_.front() == '\\') text += take();
            text += take();
        }
        (void)take();
        shorten_time(text);
        std::string made = "\"";
        const bool escaping = one_in(8);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\') {
                const std::size_t size = text[i + 1] == 'u' ? 6 : 2;
                made += text.substr(i, size);
                i += size - 1;
            } else if (escaping && one_in(3) && static_cast<unsigned char>(text[i]) < 0x80) {
                std::array<char, 8> code{};
                std::snprintf(code.data(), code.size(), one_in(2) ? "\\u%04x" : "\\u%04X", text[i]);
                made += code.data();
            } else {
                made += text[i];
            }
        }
        return made + '"';
    }
    void shorten_time(std::string& text) {
        constexpr std::string_view whole = "2025-01-20T14:30:00", canonical = "2025-01-20T14:30:00.123456789Z";
        if (text.size() != canonical.size() || text[10] != 'T' || text.back() != 'Z') return;
        text.pop_back();
        while (!one_in(6) && text.back() == '0' && text.size() > whole.size()) text.pop_back();
        if (text.back() == '.') text.pop_back();
        text += 'Z';
    }

    std::mt19937_64 random_;
    std::string_view rest_;
};

} // namespace sealsync_tests

#endif
