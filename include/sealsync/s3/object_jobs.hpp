#ifndef SEALSYNC_S3_OBJECT_JOBS_HPP
#define SEALSYNC_S3_OBJECT_JOBS_HPP

#include "../detail/base64.hpp"
#include "../ids.hpp"
#include "../storage/byte_slice.hpp"
#include "request_runner.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A weak etag names what is equivalent, not what is equal: it is no ground for overwriting.
[[nodiscard]] inline bool is_weak(std::string_view etag) noexcept { return etag.starts_with("W/"); }

/// An etag as it stands between its quotes: some servers compare If-Match with that.
[[nodiscard]] inline std::string without_quotes(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
    return std::string{etag};
}

/// `bytes 0-99/1234`, or `bytes */1234` where the range begins past the end.
struct content_range {
    std::uint64_t offset = 0, length = 0;
    std::uint64_t whole = 0; ///< the size of the object

    /// Nothing on anything else; a size that the server does not know is of no use here.
    [[nodiscard]] static std::optional<content_range> parse(std::string_view text) noexcept {
        constexpr std::string_view unit = "bytes ";
        const auto slash = (std::min)(text.find('/'), text.size());
        const auto whole = parse_number(text.substr((std::min)(slash + 1, text.size())));
        if (!text.starts_with(unit) || !whole) return std::nullopt;
        text = text.substr(unit.size(), slash - unit.size());
        if (text == "*") return content_range{0, 0, *whole};
        const auto dash = (std::min)(text.find('-'), text.size());
        const auto first = parse_number(text.substr(0, dash));
        const auto last = parse_number(text.substr((std::min)(dash + 1, text.size())));
        if (!first || !last || *first > *last || *last >= *whole) return std::nullopt;
        return content_range{*first, *last - *first + 1, *whole};
    }
    [[nodiscard]] static std::optional<content_range> of(const http_response& answer) noexcept {
        return parse(answer.header("content-range"));
    }
    [[nodiscard]] friend bool operator==(const content_range&, const content_range&) = default;
};

/// As a header asks for it. A range that ends past what a number holds has no end.
[[nodiscard]] inline http_header range_header(byte_range range) {
    auto text = "bytes=" + std::to_string(range.offset) + "-";
    const auto more = (std::max<std::uint64_t>)(range.length, 1) - 1;
    if (more <= number_max && range.offset <= number_max) text += std::to_string(range.offset + more);
    return {"range", std::move(text)};
}

/// What every job has in common: the keys of a store have its prefix in the bucket.
struct object_job {
    std::string_view prefix;

    [[nodiscard]] bool may_start(std::size_t) const noexcept { return true; }
    [[nodiscard]] bool is_answer(int status) const noexcept { return status >= 200 && status < 300; }
    [[nodiscard]] std::string key_of(const object_key& key) const { return std::string{prefix} + key.text(); }
};

/// GET, or HEAD where only details are asked for.
class get_job : public object_job {
public:
    get_job(std::string_view in, std::span<const get_op> ops, get_sink got) : object_job{in}, ops_{ops}, got_{got} {}

    [[nodiscard]] std::size_t count() const noexcept { return ops_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::read; }
    [[nodiscard]] const std::string& name(std::size_t i) const { return ops_[i].key.text(); }
    /// 416: the range begins past the end.
    [[nodiscard]] bool is_answer(int status) const noexcept {
        return status == 200 || status == 206 || status == 304 || status == 416;
    }

    [[nodiscard]] result<s3_request> request(std::size_t i) const {
        const auto& op = ops_[i];
        s3_request wanted{op.part == get_part::body ? http_method::get : http_method::head, key_of(op.key)};
        if (!op.if_none_match.empty()) wanted.headers.push_back({"if-none-match", op.if_none_match});
        if (is_ranged(op)) wanted.headers.push_back(range_header(*op.range));
        wanted.body_max = (std::max)(op.size_max, error_document_max);
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        if (!outcome) return got_(i, std::move(outcome).error());
        // RFC 9110 lets a server leave out how long the object is that a range missed.
        if (missed(ops_[i], *outcome) && ops_[i].range->offset > 0 && !content_range::of(*outcome)) {
            sizeless_.push_back(i);
            return;
        }
        got_(i, read(ops_[i], *outcome));
    }

    /// Those whose size is still to be asked for.
    [[nodiscard]] std::vector<std::size_t> take_sizeless() noexcept { return std::exchange(sizeless_, {}); }

private:
    static constexpr std::uint64_t error_document_max = std::uint64_t{64} << 10U;

    [[nodiscard]] static bool is_ranged(const get_op& op) noexcept { return op.part == get_part::body && op.range; }
    [[nodiscard]] static bool missed(const get_op& op, const http_response& answer) noexcept {
        return answer.status == 416 && is_ranged(op);
    }
    [[nodiscard]] static failure mistaken(const get_op& op, const char* why, const http_response& answer) {
        return failure{
            errc::connection_lost, op.key.text(),
            with_request_id("HTTP " + std::to_string(answer.status) + ": " + why, header_of_request_id(answer))};
    }

    [[nodiscard]] static result<get_reply> read(const get_op& op, http_response& answer) {
        const bool asked_for =
            answer.status == 200 || (answer.status == 304 ? !op.if_none_match.empty() : is_ranged(op));
        if (!asked_for) return mistaken(op, "an answer to another request", answer);
        get_reply reply;
        reply.etag = answer.header("etag");
        reply.date = parse_http_date(answer.header("date"));
        reply.last_modified = parse_http_date(answer.header("last-modified"));
        reply.not_modified = answer.status == 304;
        if (reply.not_modified) return reply;
        if (op.part == get_part::details) {
            const auto size = parse_number(answer.header("content-length"));
            if (!size) return mistaken(op, "no length of the object", answer);
            reply.size = *size;
            return reply;
        }
        if (answer.status != 200) return with_range(op, std::move(reply), answer);
        reply.body = std::move(answer.body);
        reply.size = reply.body.size();
        if (op.range) cut(reply.body, wanted_range(op, reply.size)); // it ignored the range
        if (reply.body.size() > op.size_max) return too_large(op, reply.body.size());
        return reply;
    }

    [[nodiscard]] static result<get_reply> with_range(const get_op& op, get_reply reply, http_response& answer) {
        const auto sent = content_range::of(answer);
        if (!sent && answer.status == 416) return reply; // from the beginning on there is nothing
        if (!sent) return mistaken(op, "no range that makes sense", answer);
        reply.size = sent->whole;
        const auto wanted = wanted_range(op, reply.size);
        if (answer.status == 206) reply.body = std::move(answer.body);
        const bool same = sent->length == wanted.length && reply.body.size() == wanted.length &&
                          (wanted.length == 0 || sent->offset == wanted.offset);
        if (!same) return mistaken(op, "another range than was asked for", answer);
        if (reply.body.size() > op.size_max) return too_large(op, reply.body.size());
        return reply;
    }

    static void cut(bytes& body, byte_range range) {
        const auto begin = body.begin() + static_cast<std::ptrdiff_t>(range.offset);
        body = bytes(begin, begin + static_cast<std::ptrdiff_t>(range.length));
    }

    std::span<const get_op> ops_;
    get_sink got_;
    std::vector<std::size_t> sizeless_;
};

/// PUT of whole objects. Sources are read when their turn comes, and only so many are held at once.
class put_job : public object_job {
public:
    put_job(std::string_view in, std::span<const put_op> ops, bool quoted, std::uint64_t held_max, put_sink stored)
        : object_job{in}, ops_{ops}, stored_{stored}, held_(ops.size()), held_max_{held_max}, quoted_{quoted} {}

    [[nodiscard]] std::size_t count() const noexcept { return ops_.size(); }
    [[nodiscard]] const std::string& name(std::size_t i) const { return ops_[i].key.text(); }
    [[nodiscard]] s3_effect effect(std::size_t i) const noexcept {
        const bool free = ops_[i].condition == write_condition::unconditional;
        return free ? s3_effect::write : s3_effect::conditional_write;
    }

    [[nodiscard]] bool may_start(std::size_t i) const noexcept {
        const auto more = ops_[i].source == nullptr ? 0 : ops_[i].source->size();
        return held_bytes_ == 0 || held_bytes_ + more <= held_max_;
    }

    [[nodiscard]] result<s3_request> request(std::size_t i) {
        const auto& op = ops_[i];
        s3_request wanted{http_method::put, key_of(op.key)};
        wanted.headers.push_back({"content-type", "application/octet-stream"});
        if (op.condition == write_condition::if_absent) wanted.headers.push_back({"if-none-match", "*"});
        if (op.condition == write_condition::if_match) {
            if (op.etag.empty() || is_weak(op.etag)) {
                return failure{errc::unsupported, op.key.text(), "If-Match needs a strong etag"};
            }
            wanted.headers.push_back({"if-match", quoted_ ? op.etag : without_quotes(op.etag)});
        }
        if (op.source != nullptr) {
            if (auto read = load(i); !read) return std::move(read).error();
        }
        wanted.body = op.source == nullptr ? op.body : bytes_view{held_[i]};
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        held_bytes_ -= held_[i].size();
        held_[i] = bytes{};
        if (!outcome) return stored_(i, std::move(outcome).error());
        stored_(i, put_reply{std::string{outcome->header("etag")}, parse_http_date(outcome->header("date"))});
    }

private:
    [[nodiscard]] result<void> load(std::size_t i) {
        if (!held_[i].empty()) return {}; // another attempt
        held_[i].resize(static_cast<std::size_t>(ops_[i].source->size()));
        held_bytes_ += held_[i].size();
        return ops_[i].source->read(0, held_[i]);
    }

    std::span<const put_op> ops_;
    put_sink stored_;
    std::vector<bytes> held_;
    std::uint64_t held_bytes_ = 0, held_max_;
    bool quoted_;
};

/// DELETE, one key each.
class remove_job : public object_job {
public:
    remove_job(std::string_view in, std::span<const object_key> keys, remove_sink removed)
        : object_job{in}, keys_{keys}, removed_{removed} {}

    [[nodiscard]] std::size_t count() const noexcept { return keys_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::write; }
    [[nodiscard]] const std::string& name(std::size_t i) const { return keys_[i].text(); }
    [[nodiscard]] result<s3_request> request(std::size_t i) const {
        return s3_request{http_method::remove, key_of(keys_[i])};
    }
    void ended(std::size_t i, result<http_response> outcome) {
        const bool gone = outcome || outcome.error() == errc::not_found;
        removed_(i, gone ? result<void>{} : result<void>{std::move(outcome).error()});
    }

private:
    std::span<const object_key> keys_;
    remove_sink removed_;
};

/// POST ?delete: a thousand keys a request, which S3 wants with an MD5. What a server refuses is reported key by key.
template <s3_xml Xml, s3_crypto Crypto>
class multi_delete_job : public object_job {
public:
    static constexpr std::size_t keys_max = 1'000;

    multi_delete_job(std::string_view in, std::span<const object_key> keys, Crypto& crypto, remove_sink removed)
        : object_job{in}, keys_{keys}, removed_{removed}, documents_((keys.size() + keys_max - 1) / keys_max) {
        for (std::size_t i = 0; i < documents_.size(); ++i) {
            std::vector<std::string> names;
            for (const auto& key : slice(i)) names.push_back(key_of(key));
            documents_[i].text = delete_document(names);
            documents_[i].md5 = to_base64(crypto.md5(documents_[i].text));
        }
    }

    [[nodiscard]] std::size_t count() const noexcept { return documents_.size(); }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return s3_effect::write; }
    [[nodiscard]] const std::string& name(std::size_t i) const { return slice(i).front().text(); }
    [[nodiscard]] result<s3_request> request(std::size_t i) const {
        s3_request wanted{http_method::post, {}, {{"delete"}}};
        wanted.body_max = s3_document_max;
        wanted.headers = {{"content-type", "application/xml"}, {"content-md5", documents_[i].md5}};
        wanted.body = documents_[i].text;
        return wanted;
    }

    void ended(std::size_t i, result<http_response> outcome) {
        auto faults = outcome ? Xml::delete_faults(outcome->body)
                              : result<std::vector<s3_delete_fault>>{std::move(outcome).error()};
        const auto keys = slice(i);
        for (std::size_t k = 0; k < keys.size(); ++k) {
            removed_(i * keys_max + k, !outcome  ? failed(faults.error(), keys[k])
                                       : !faults ? unreadable(faults.error(), keys[k].text(), *outcome)
                                                 : verdict(keys[k], *faults, *outcome));
        }
    }

private:
    struct document {
        std::string text, md5;
    };
    [[nodiscard]] std::span<const object_key> slice(std::size_t i) const {
        return keys_.subspan(i * keys_max, (std::min)(keys_max, keys_.size() - i * keys_max));
    }
    [[nodiscard]] static result<void> failed(const failure& why, const object_key& key) {
        return failure{why.code(), key.text(), why.detail()};
    }
    [[nodiscard]] result<void> verdict(const object_key& key, const std::vector<s3_delete_fault>& faults,
                                       const http_response& answer) const {
        const auto whole = key_of(key);
        const auto at = std::find_if(faults.begin(), faults.end(), [&](const auto& one) { return one.key == whole; });
        if (at == faults.end() || at->why.code == "NoSuchKey") return {};
        const auto code = at->why.code == "AccessDenied" ? errc::access_denied
                                                         : errc_by_name(at->why.code).value_or(errc::unavailable);
        const s3_error error{answer.status, at->why.code, at->why.message, std::string{header_of_request_id(answer)}};
        return failure{code, key.text(), describe(error, answer)};
    }

    std::span<const object_key> keys_;
    remove_sink removed_;
    std::vector<document> documents_;
};

/// A request of its own: listings, and the steps of a multipart upload.
class single_job {
public:
    single_job(s3_request request, s3_effect effect, std::string name)
        : request_{std::move(request)}, effect_{effect}, name_{std::move(name)} {}

    [[nodiscard]] std::size_t count() const noexcept { return 1; }
    [[nodiscard]] bool may_start(std::size_t) const noexcept { return true; }
    [[nodiscard]] result<s3_request> request(std::size_t) const { return request_; }
    [[nodiscard]] s3_effect effect(std::size_t) const noexcept { return effect_; }
    [[nodiscard]] const std::string& name(std::size_t) const { return name_; }
    [[nodiscard]] bool is_answer(int status) const noexcept { return status >= 200 && status < 300; }
    void ended(std::size_t, result<http_response> outcome) { outcome_ = std::move(outcome); }

    [[nodiscard]] result<http_response> take() { return std::move(outcome_); }

private:
    s3_request request_;
    s3_effect effect_;
    std::string name_;
    result<http_response> outcome_{failure{errc::cancelled}};
};

}}} // namespace sealsync::detail

#endif
