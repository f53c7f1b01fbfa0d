#ifndef SEALSYNC_TESTS_HTTP_FAKE_S3_HPP
#define SEALSYNC_TESTS_HTTP_FAKE_S3_HPP

#include "fault_server.hpp"

#include <sealsync/clock/stamp.hpp>
#include <sealsync/detail/content_hash.hpp>
#include <sealsync/detail/sha256.hpp>

#include <ctime>
#include <map>
#include <set>

namespace http_tests {

/// What a fake store makes of conditions on a PUT.
enum class put_conditions {
    full,
    create_only, ///< If-Match is 501
    refused,     ///< any is 501
    ignored,     ///< any is as if it were not there
};

/// Which form of an etag If-Match compares equal to the current one.
enum class if_match_form { quoted, unquoted, either };

struct fake_s3_settings {
    std::string bucket = "bucket";
    put_conditions conditions = put_conditions::full;
    if_match_form if_match = if_match_form::quoted;
    bool missing_is_412 = false; ///< If-Match on a missing key; else 404, as AWS
    std::size_t page_max = 1000; ///< of a listing, whatever was asked for
    std::size_t part_bytes_min = std::size_t{5} << 20U;
    std::optional<sealsync::wall_time> date{}; ///< of its answers; else the system's
};

/// The semantics of S3 in memory, in path style: no network, no signatures. It answers `http_tests::request`s, so that
/// a fault_server or a scripted client can be in front of it. Thread-safe.
class fake_s3 {
public:
    explicit fake_s3(fake_s3_settings settings = {}) : settings_{std::move(settings)} {}

    [[nodiscard]] answer handle(const request& asked) {
        const std::scoped_lock lock{mutex_};
        auto given = dispatch(asked);
        given.headers.push_back({"x-amz-request-id", "FAKE" + std::to_string(++answered_)});
        given.headers.push_back({"date", http_date()});
        return given;
    }

    // For tests, past HTTP

    void store(const std::string& key, std::string body) {
        const std::scoped_lock lock{mutex_};
        objects_[key] = made(std::move(body));
    }
    [[nodiscard]] std::optional<std::string> body_of(const std::string& key) const {
        const std::scoped_lock lock{mutex_};
        const auto at = objects_.find(key);
        return at == objects_.end() ? std::nullopt : std::optional{at->second.body};
    }
    [[nodiscard]] std::vector<std::string> keys() const {
        const std::scoped_lock lock{mutex_};
        std::vector<std::string> all;
        for (const auto& [key, held] : objects_) all.push_back(key);
        return all;
    }
    void erase(const std::string& key) {
        const std::scoped_lock lock{mutex_};
        objects_.erase(key);
    }
    [[nodiscard]] std::size_t unfinished_uploads() const {
        const std::scoped_lock lock{mutex_};
        return uploads_.size();
    }
    void configure(fake_s3_settings settings) {
        const std::scoped_lock lock{mutex_};
        settings_ = std::move(settings);
    }

private:
    struct object {
        std::string body, etag, modified; ///< the etag with its quotes
    };
    struct upload {
        std::string key, initiated;
        std::map<unsigned, object> parts;
    };
    struct address {
        std::string bucket, key;
        std::map<std::string, std::string> query;
        [[nodiscard]] bool asks(const char* name) const { return query.count(name) != 0; }
        [[nodiscard]] std::string get(const char* name) const {
            const auto at = query.find(name);
            return at == query.end() ? std::string{} : at->second;
        }
        [[nodiscard]] std::size_t number(const char* name, std::size_t otherwise) const {
            return asks(name) ? std::stoul(get(name)) : otherwise;
        }
    };

    // Text

    [[nodiscard]] static std::string decoded(std::string_view text) {
        std::string out;
        for (std::size_t at = 0; at < text.size(); ++at) {
            std::array<std::byte, 1> value{};
            auto hex = std::string{text.substr(at + 1, 2)};
            for (auto& c : hex) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
            if (text[at] == '%' && sealsync::from_hex(hex, value)) {
                out += static_cast<char>(value[0]);
                at += 2;
            } else {
                out += text[at];
            }
        }
        return out;
    }

    [[nodiscard]] static std::string encoded(std::string_view text) {
        constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/";
        std::string out;
        for (const char c : text) {
            char escape[4];
            std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += plain.find(c) != std::string_view::npos ? std::string{c} : std::string{escape};
        }
        return out;
    }

    [[nodiscard]] static std::string unescaped(std::string text) {
        const std::pair<const char*, const char*> entities[] = {{"&lt;", "<"},   {"&gt;", ">"},   {"&quot;", "\""},
                                                                {"&apos;", "'"}, {"&#34;", "\""}, {"&amp;", "&"}};
        for (const auto& [entity, plain] : entities) {
            for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at) {
                text.replace(at, std::strlen(entity), plain);
            }
        }
        return text;
    }

    /// The text of every element of that name; enough for the documents that clients send.
    [[nodiscard]] static std::vector<std::string> elements(std::string_view document, const std::string& name) {
        std::vector<std::string> all;
        const auto open = "<" + name + ">", close = "</" + name + ">";
        for (std::size_t at = 0; (at = document.find(open, at)) != std::string_view::npos;) {
            at += open.size();
            const auto end = (std::min)(document.find(close, at), document.size());
            all.push_back(unescaped(std::string{document.substr(at, end - at)}));
        }
        return all;
    }

    [[nodiscard]] static std::string element(const std::string& name, const std::string& text) {
        std::string out = "<" + name + ">";
        for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string{c};
        return out + "</" + name + ">";
    }

    [[nodiscard]] static answer xml(int status, const std::string& root, const std::string& inside) {
        answer given{status, {{"content-type", "application/xml"}}};
        given.body = R"(<?xml version="1.0" encoding="UTF-8"?>)"
                     "\n<" +
                     root + R"( xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)" + inside + "</" + root + ">";
        return given;
    }

    [[nodiscard]] static answer error(int status, const std::string& code, const std::string& message) {
        answer given{status, {{"content-type", "application/xml"}}};
        given.body = R"(<?xml version="1.0" encoding="UTF-8"?>)"
                     "\n<Error>" +
                     element("Code", code) + element("Message", message) + element("RequestId", "FAKE-IN-XML") +
                     "</Error>";
        return given;
    }

    [[nodiscard]] static answer empty(int status, std::vector<http_header> headers = {}) {
        answer given{status, std::move(headers)};
        if (status == 204 || status == 304) given.framing = framing::none;
        return given;
    }

    // Time

    [[nodiscard]] std::tm now() const {
        const auto time = settings_.date ? std::chrono::floor<std::chrono::seconds>(*settings_.date)
                                         : std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        const auto seconds = static_cast<std::time_t>(time.time_since_epoch().count());
        std::tm parts{};
        gmtime_r(&seconds, &parts);
        return parts;
    }
    [[nodiscard]] std::string formatted(const char* pattern) const {
        char text[64];
        const auto parts = now();
        return {text, std::strftime(text, sizeof text, pattern, &parts)};
    }
    [[nodiscard]] std::string http_date() const { return formatted("%a, %d %b %Y %H:%M:%S GMT"); }
    [[nodiscard]] std::string iso_date() const { return formatted("%Y-%m-%dT%H:%M:%S.000Z"); }

    // Requests

    [[nodiscard]] static address parse(std::string_view target) {
        address found;
        const auto mark = (std::min)(target.find('?'), target.size());
        auto path = target.substr(0, mark);
        path.remove_prefix(path.starts_with('/') ? 1 : 0);
        const auto slash = (std::min)(path.find('/'), path.size());
        found.bucket = decoded(path.substr(0, slash));
        found.key = decoded(path.substr((std::min)(slash + 1, path.size())));
        auto query = target.substr((std::min)(mark + 1, target.size()));
        while (!query.empty()) {
            const auto pair = query.substr(0, query.find('&'));
            query.remove_prefix((std::min)(pair.size() + 1, query.size()));
            const auto equals = (std::min)(pair.find('='), pair.size());
            found.query[decoded(pair.substr(0, equals))] = decoded(pair.substr((std::min)(equals + 1, pair.size())));
        }
        return found;
    }

    [[nodiscard]] answer dispatch(const request& asked) {
        const auto at = parse(asked.target);
        if (at.bucket != settings_.bucket) return error(404, "NoSuchBucket", "The specified bucket does not exist");
        const auto& hash = asked.header("x-amz-content-sha256");
        if (hash.size() == 64 && hash != sealsync::detail::sha256_of(asked.body).hex()) {
            return error(400, "XAmzContentSHA256Mismatch", "The provided hash does not match what was computed");
        }
        if (at.key.empty()) return on_bucket(asked, at);
        if (at.asks("uploadId") || at.asks("uploads")) return on_upload(asked, at);
        if (asked.method == "GET" || asked.method == "HEAD") return get(asked, at);
        if (asked.method == "PUT") return put(asked, at);
        if (asked.method == "DELETE") {
            objects_.erase(at.key);
            return empty(204);
        }
        return error(405, "MethodNotAllowed", asked.method);
    }

    [[nodiscard]] answer on_bucket(const request& asked, const address& at) {
        if (asked.method == "HEAD") return empty(200);
        if (asked.method == "PUT") return empty(200);
        if (asked.method == "POST" && at.asks("delete")) return remove_many(asked);
        if (asked.method == "GET" && at.asks("uploads")) return list_uploads(at);
        if (asked.method == "GET" && at.get("list-type") == "2") return list(at);
        return error(501, "NotImplemented", asked.method + " " + asked.target);
    }

    // Objects

    [[nodiscard]] object made(std::string body) const {
        auto etag = '"' + sealsync::detail::content_etag(body) + '"';
        return {std::move(body), std::move(etag), http_date()};
    }

    [[nodiscard]] answer get(const request& asked, const address& at) const {
        const auto found = objects_.find(at.key);
        if (found == objects_.end()) return error(404, "NoSuchKey", "The specified key does not exist.");
        const auto& held = found->second;
        const auto headers = std::vector<http_header>{{"etag", held.etag}, {"last-modified", held.modified}};
        if (const auto seen = asked.header("if-none-match"); seen == held.etag || seen == "*")
            return empty(304, headers);
        if (asked.has("if-match") && !matches(asked.header("if-match"), held.etag)) return lost();
        if (asked.header("range").starts_with("bytes="))
            return get_range(asked.header("range").substr(6), held, headers);
        return {200, headers, held.body};
    }

    [[nodiscard]] static answer get_range(std::string_view range, const object& held,
                                          std::vector<http_header> headers) {
        const auto dash = range.find('-');
        const auto size = held.body.size();
        std::size_t first = 0, last = size - 1;
        if (dash == 0) {
            first = size - (std::min)(size, static_cast<std::size_t>(std::stoul(std::string{range.substr(1)})));
        } else {
            first = std::stoul(std::string{range.substr(0, dash)});
            if (dash + 1 < range.size()) last = (std::min)(last, std::stoul(std::string{range.substr(dash + 1)}));
        }
        if (first >= size) return error(416, "InvalidRange", "The requested range is not satisfiable");
        headers.push_back({"content-range",
                           "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(size)});
        return {206, std::move(headers), held.body.substr(first, last - first + 1)};
    }

    [[nodiscard]] static answer lost() {
        return error(412, "PreconditionFailed", "At least one of the preconditions you specified did not hold.");
    }

    [[nodiscard]] bool matches(std::string_view wanted, const std::string& etag) const {
        const auto bare = std::string_view{etag}.substr(1, etag.size() - 2);
        return (settings_.if_match != if_match_form::unquoted && wanted == etag) ||
               (settings_.if_match != if_match_form::quoted && wanted == bare);
    }

    /// What keeps a write from being applied.
    [[nodiscard]] std::optional<answer> objection(const request& asked, const std::string& key) const {
        const bool create = asked.has("if-none-match"), replace = asked.has("if-match");
        if (settings_.conditions == put_conditions::ignored || (!create && !replace)) return std::nullopt;
        if (settings_.conditions == put_conditions::refused ||
            (replace && settings_.conditions == put_conditions::create_only)) {
            return error(501, "NotImplemented", "A header you provided implies functionality that is not implemented");
        }
        const auto held = objects_.find(key);
        if (create) return held == objects_.end() ? std::nullopt : std::optional{lost()};
        if (held == objects_.end()) {
            return settings_.missing_is_412 ? lost() : error(404, "NoSuchKey", "The specified key does not exist.");
        }
        return matches(asked.header("if-match"), held->second.etag) ? std::nullopt : std::optional{lost()};
    }

    [[nodiscard]] answer put(const request& asked, const address& at) {
        if (!asked.has("content-length")) return error(411, "MissingContentLength", "You must provide Content-Length");
        if (auto refused = objection(asked, at.key)) return *std::move(refused);
        const auto& held = objects_[at.key] = made(asked.body);
        return empty(200, {{"etag", held.etag}});
    }

    [[nodiscard]] answer remove_many(const request& asked) {
        const auto keys = elements(asked.body, "Key");
        if (keys.empty() || keys.size() > 1000) return error(400, "MalformedXML", "between 1 and 1000 keys");
        std::string gone;
        for (const auto& key : keys) {
            objects_.erase(key);
            gone += "<Deleted>" + element("Key", key) + "</Deleted>";
        }
        return xml(200, "DeleteResult", asked.body.find("<Quiet>true</Quiet>") != std::string::npos ? "" : gone);
    }

    [[nodiscard]] answer list(const address& at) const {
        const auto prefix = at.get("prefix");
        const auto after = (std::max)(at.get("start-after"), decoded(at.get("continuation-token")));
        const auto limit = (std::min)(at.number("max-keys", 1000), settings_.page_max);
        const bool url = at.get("encoding-type") == "url";
        std::string entries, last;
        std::size_t count = 0;
        bool more = false;
        for (auto each = objects_.lower_bound(prefix); each != objects_.end() && each->first.starts_with(prefix);
             ++each) {
            if (each->first <= after && !after.empty()) continue;
            if (count == limit) {
                more = true;
                break;
            }
            ++count;
            last = each->first;
            entries += "<Contents>" + element("Key", url ? encoded(last) : last) + element("LastModified", iso_date()) +
                       element("ETag", each->second.etag) + element("Size", std::to_string(each->second.body.size())) +
                       "<StorageClass>STANDARD</StorageClass></Contents>";
        }
        auto inside = element("Name", at.bucket) + element("Prefix", url ? encoded(prefix) : prefix) +
                      element("KeyCount", std::to_string(count)) + element("MaxKeys", std::to_string(limit)) +
                      (url ? element("EncodingType", "url") : "") + element("IsTruncated", more ? "true" : "false");
        if (more) inside += element("NextContinuationToken", encoded(last));
        return xml(200, "ListBucketResult", inside + entries);
    }

    // Multipart uploads

    [[nodiscard]] answer on_upload(const request& asked, const address& at) {
        if (asked.method == "POST" && at.asks("uploads")) return initiate(at);
        const auto found = uploads_.find(at.get("uploadId"));
        if (found == uploads_.end() || found->second.key != at.key) {
            return error(404, "NoSuchUpload", "The specified multipart upload does not exist.");
        }
        if (asked.method == "PUT") return put_part(asked, at, found->second);
        if (asked.method == "GET") return list_parts(at, found->second);
        if (asked.method == "DELETE") {
            uploads_.erase(found);
            return empty(204);
        }
        if (asked.method == "POST") return complete(asked, at);
        return error(405, "MethodNotAllowed", asked.method);
    }

    [[nodiscard]] answer initiate(const address& at) {
        const auto id = "upload-" + std::to_string(++initiated_);
        uploads_[id] = {at.key, iso_date(), {}};
        return xml(200, "InitiateMultipartUploadResult",
                   element("Bucket", at.bucket) + element("Key", at.key) + element("UploadId", id));
    }

    [[nodiscard]] answer put_part(const request& asked, const address& at, upload& whole) const {
        const auto number = at.number("partNumber", 0);
        if (number < 1 || number > 10'000) return error(400, "InvalidArgument", "Part number must be 1 to 10000");
        const auto& part = whole.parts[static_cast<unsigned>(number)] = made(asked.body);
        return empty(200, {{"etag", part.etag}});
    }

    [[nodiscard]] static answer list_parts(const address& at, const upload& whole) {
        const auto after = at.number("part-number-marker", 0), limit = at.number("max-parts", 1000);
        std::string parts;
        std::size_t count = 0, last = 0;
        bool more = false;
        for (const auto& [number, part] : whole.parts) {
            if (number <= after) continue;
            more = count == limit;
            if (more) break;
            ++count;
            last = number;
            parts += "<Part>" + element("PartNumber", std::to_string(number)) + element("ETag", part.etag) +
                     element("Size", std::to_string(part.body.size())) + "</Part>";
        }
        return xml(200, "ListPartsResult",
                   element("Key", whole.key) + element("NextPartNumberMarker", std::to_string(last)) +
                       element("IsTruncated", more ? "true" : "false") + parts);
    }

    [[nodiscard]] answer list_uploads(const address& at) const {
        const bool url = at.get("encoding-type") == "url";
        std::string all;
        for (const auto& [id, whole] : uploads_) {
            if (!whole.key.starts_with(at.get("prefix"))) continue;
            all += "<Upload>" + element("Key", url ? encoded(whole.key) : whole.key) + element("UploadId", id) +
                   element("Initiated", whole.initiated) + "</Upload>";
        }
        return xml(200, "ListMultipartUploadsResult", element("IsTruncated", "false") + all);
    }

    [[nodiscard]] answer complete(const request& asked, const address& at) {
        if (auto refused = objection(asked, at.key)) return *std::move(refused);
        const auto whole = uploads_.find(at.get("uploadId"));
        const auto numbers = elements(asked.body, "PartNumber"), etags = elements(asked.body, "ETag");
        if (numbers.empty() || numbers.size() != etags.size()) return error(400, "MalformedXML", "no parts");
        std::string body;
        sealsync::bytes hashes;
        unsigned before = 0;
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            const auto number = static_cast<unsigned>(std::stoul(numbers[i]));
            const auto part = whole->second.parts.find(number);
            if (number <= before) return error(400, "InvalidPartOrder", "The list of parts was not in ascending order");
            if (part == whole->second.parts.end() || part->second.etag != etags[i]) {
                return error(400, "InvalidPart", "One or more of the specified parts could not be found.");
            }
            if (i + 1 < numbers.size() && part->second.body.size() < settings_.part_bytes_min) {
                return error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
            }
            body += part->second.body;
            std::array<std::byte, 16> hash{};
            if (sealsync::from_hex(std::string_view{etags[i]}.substr(1, 32), hash)) sealsync::append(hashes, hash);
            before = number;
        }
        auto assembled = made(std::move(body));
        // As S3 does with MD5: the hash of the parts' hashes, and how many they are.
        assembled.etag = '"' + sealsync::detail::content_etag(hashes) + "-" + std::to_string(numbers.size()) + '"';
        const auto etag = (objects_[at.key] = std::move(assembled)).etag;
        uploads_.erase(whole);
        return xml(200, "CompleteMultipartUploadResult", element("Key", at.key) + element("ETag", etag));
    }

    fake_s3_settings settings_;
    mutable std::mutex mutex_;
    std::map<std::string, object> objects_;
    std::map<std::string, upload> uploads_;
    std::uint64_t answered_ = 0, initiated_ = 0;
};

} // namespace http_tests

#endif
