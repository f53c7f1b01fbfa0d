#ifndef SEALSYNC_S3_S3_XML_HPP
#define SEALSYNC_S3_S3_XML_HPP

#include "../result.hpp"
#include "../storage/operations.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What an error document says; empty where it says nothing.
struct s3_error_text {
    std::string code{}, message{}, request_id{};
};

struct s3_delete_fault {
    std::string key{};
    s3_error_text why{};
};

struct s3_part {
    std::uint32_t number = 0; ///< from 1
    std::uint64_t size = 0;
    std::string etag{};
};
struct s3_part_page {
    std::vector<s3_part> parts{};
    bool more = false;
    std::uint32_t next = 0; ///< `part-number-marker` of the next page
};

struct s3_upload {
    std::string key{}, id{};
    std::string initiated{}; ///< ISO 8601, so that the greatest is the newest
};

/// The longest document that a store may answer with: a thousand entries, every byte of their keys encoded, are half of
/// it, and what a parser makes of it in memory is many times as much.
inline constexpr std::uint64_t s3_document_max = std::uint64_t{8} << 20U;

/// Reads the documents of S3. Hostile bytes are `errc::malformed`, never a crash; unknown elements are skipped.
///
/// - `error` never fails: an answer that is empty or no XML says nothing.
/// - `listing` is of ListObjectsV2 with `encoding-type=url`; keys are decoded.
/// - `completed` is the etag of a CompleteMultipartUpload, which may be empty. Ask `error` first: that request may be
///   answered with status 200 and an error.
template <class X>
concept s3_xml = requires(bytes_view document) {
    { X::error(document) } -> std::same_as<s3_error_text>;
    { X::listing(document) } -> std::same_as<result<list_page>>;
    { X::delete_faults(document) } -> std::same_as<result<std::vector<s3_delete_fault>>>;
    { X::upload_id(document) } -> std::same_as<result<std::string>>;
    { X::completed(document) } -> std::same_as<result<std::string>>;
    { X::parts(document) } -> std::same_as<result<s3_part_page>>;
    { X::uploads(document) } -> std::same_as<result<std::vector<s3_upload>>>;
};

namespace detail {

/// Text as XML 1.0 takes it between tags. Control characters have no form in XML: an object's key has none.
inline void append_xml_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        default:
            out += c;
        }
    }
}

[[nodiscard]] inline std::string delete_document(std::span<const std::string> keys) {
    std::string out = R"(<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)";
    for (const auto& key : keys) {
        out += "<Object><Key>";
        append_xml_text(out, key);
        out += "</Key></Object>";
    }
    return out += "</Delete>";
}

[[nodiscard]] inline std::string complete_document(std::span<const s3_part> parts) {
    std::string out = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
    for (const auto& part : parts) {
        out += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>";
        append_xml_text(out, part.etag);
        out += "</ETag></Part>";
    }
    return out += "</CompleteMultipartUpload>";
}

} // namespace detail

}} // namespace sealsync

#endif
