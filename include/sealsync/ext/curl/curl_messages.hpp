#ifndef SEALSYNC_EXT_CURL_CURL_MESSAGES_HPP
#define SEALSYNC_EXT_CURL_CURL_MESSAGES_HPP

#include "../../http/message.hpp"

#include <curl/curl.h>

#include <charconv>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// "bucket.example.com:9000" of a URL: what a message may show. A query may hold a signature, and a path a name.
[[nodiscard]] inline std::string_view host_of(std::string_view url) noexcept {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto user = url.rfind('@'); user != std::string_view::npos) url.remove_prefix(user + 1);
    return url;
}

inline constexpr auto http_token_characters = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"}) table[static_cast<unsigned char>(c)] = true;
    for (unsigned i = 0; i < 26; ++i) table['a' + i] = table['A' + i] = true;
    return table;
}();

[[nodiscard]] constexpr bool is_http_token(std::string_view text) noexcept {
    for (const char c : text) {
        if (!http_token_characters[static_cast<unsigned char>(c)]) return false;
    }
    return !text.empty();
}

/// Whether it stays on the line that it is put on.
[[nodiscard]] inline bool is_one_line(std::string_view text) noexcept {
    constexpr auto none = std::string_view::npos; // three fast searches: find_first_of makes one for every character
    return text.find('\r') == none && text.find('\n') == none && text.find('\0') == none;
}

/// Without the white space around it that HTTP lets a line have.
[[nodiscard]] constexpr std::string_view without_space(std::string_view text) noexcept {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// The header lines of a request in the form that libcurl borrows. Two buffers that are used again: a list built by
/// libcurl costs two allocations per line.
class curl_header_list {
public:
    void clear() noexcept {
        text_.clear();
        ends_.clear();
    }

    /// False if HTTP has no such header.
    [[nodiscard]] bool add(std::string_view name, std::string_view value) {
        if (!is_http_token(name) || !is_one_line(value)) return false;
        text_.append(name);
        // "name:" would keep libcurl from sending one of its own; "name;" is a header without a value.
        if (value.empty()) {
            text_ += ';';
        } else {
            text_.append(": ").append(value);
        }
        end_line();
        return true;
    }

    /// libcurl shall not send the one that it sends by itself.
    void suppress(std::string_view name) {
        text_.append(name) += ':';
        end_line();
    }

    /// Valid until the next change.
    [[nodiscard]] curl_slist* get() noexcept {
        nodes_.resize(ends_.size());
        std::size_t begin = 0;
        for (std::size_t i = 0; i < ends_.size(); ++i) {
            nodes_[i] = {text_.data() + begin, i + 1 < ends_.size() ? &nodes_[i + 1] : nullptr};
            begin = ends_[i];
        }
        return nodes_.empty() ? nullptr : nodes_.data();
    }

private:
    void end_line() {
        text_ += '\0';
        ends_.push_back(text_.size());
    }

    std::string text_;
    std::vector<std::size_t> ends_;
    std::vector<curl_slist> nodes_;
};

/// An answer as it arrives, line by line and piece by piece.
class curl_answer {
public:
    static constexpr std::size_t head_bytes_max = std::size_t{256} << 10U;

    void begin(http_method asked, std::uint64_t body_max, std::span<std::byte> room = {}) {
        response_ = {};
        response_.headers.reserve(usual_headers);
        announced_.reset();
        head_bytes_ = 0;
        body_max_ = body_max;
        room_ = room;
        received_ = 0;
        head_only_ = asked == http_method::head;
        chunked_ = framed_ = body_begun_ = in_room_ = false;
        too_large_ = nullptr;
    }

    /// False if it goes over a limit.
    [[nodiscard]] bool take_line(std::string_view line) {
        head_bytes_ += line.size();
        if (head_bytes_ > head_bytes_max) return refuse("over 256 KiB of headers");
        if (body_begun_) return true; // a trailer: nothing that we ask for has one
        if (line.starts_with("HTTP/")) {
            begin_head(line);
            return true;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return true;
        add(line.substr(0, colon), without_space(line.substr(colon + 1)));
        return true;
    }

    [[nodiscard]] bool take_body(bytes_view piece) {
        if (!body_begun_ && !begin_body()) return false;
        const auto limit = in_room_ ? room_.size() : body_max_;
        if (piece.size() > limit - received_) {
            return refuse("a body of more than " + std::to_string(limit) + " bytes");
        }
        if (in_room_) {
            std::memcpy(room_.data() + received_, piece.data(), piece.size());
            response_.in_room += piece.size();
        } else {
            append(response_.body, piece);
        }
        received_ += piece.size();
        return true;
    }

    /// Whether anything of it has arrived.
    [[nodiscard]] bool begun() const noexcept { return head_bytes_ > 0; }
    /// What went over a limit, if it was that.
    [[nodiscard]] const std::string* too_large() const noexcept { return too_large_.get(); }

    /// Why a transfer that libcurl calls complete is not.
    [[nodiscard]] const char* incompleteness() const noexcept {
        if (head_only_ || response_.status == 204 || response_.status == 304 || chunked_) return nullptr;
        if (announced_ && received_ != *announced_) return "the body is not as long as announced";
        if (announced_ || framed_) return nullptr;
        return "the answer has no length: its end and a broken connection look the same";
    }

    [[nodiscard]] http_response take() noexcept { return std::move(response_); }

private:
    static constexpr std::size_t usual_headers = 12;

    /// Of the answer itself, or of one before it such as 100.
    void begin_head(std::string_view line) {
        response_.headers.clear();
        announced_.reset();
        chunked_ = false;
        framed_ = line.starts_with("HTTP/2") || line.starts_with("HTTP/3");
        response_.status = 0;
        const auto space = line.find(' ');
        if (space == std::string_view::npos) return;
        std::from_chars(line.data() + space + 1, line.data() + line.size(), response_.status);
    }

    [[nodiscard]] bool begin_body() {
        body_begun_ = true;
        const auto expected = chunked_ ? 0 : announced_.value_or(0);
        if (expected > body_max_) return refuse("a body of " + std::to_string(expected) + " bytes");
        in_room_ = response_.good() && expected > 0 && expected <= room_.size();
        if (!in_room_) response_.body.reserve(static_cast<std::size_t>(expected));
        return true;
    }

    void add(std::string_view name, std::string_view value) {
        auto& header = response_.headers.emplace_back();
        header.name = name;
        for (auto& c : header.name) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
        header.value = value;
        if (header.name == "content-length") {
            std::uint64_t length = 0;
            const auto read = std::from_chars(value.data(), value.data() + value.size(), length);
            if (read.ec == std::errc{} && read.ptr == value.data() + value.size()) announced_ = length;
        } else if (header.name == "transfer-encoding") {
            chunked_ = true; // whatever else it may be, libcurl fails on
        }
    }

    [[nodiscard]] bool refuse(std::string what) {
        too_large_ = std::make_unique<std::string>(std::move(what));
        return false;
    }

    http_response response_;
    std::optional<std::uint64_t> announced_;
    std::unique_ptr<std::string> too_large_;
    std::span<std::byte> room_;
    std::uint64_t body_max_ = 0, received_ = 0;
    std::size_t head_bytes_ = 0;
    bool head_only_ = false;
    bool chunked_ = false;
    bool framed_ = false; ///< the protocol itself tells where the body ends
    bool body_begun_ = false;
    bool in_room_ = false;
};

}}} // namespace sealsync::detail

#endif
