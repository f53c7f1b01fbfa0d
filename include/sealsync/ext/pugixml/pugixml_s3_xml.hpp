#ifndef SEALSYNC_EXT_PUGIXML_PUGIXML_S3_XML_HPP
#define SEALSYNC_EXT_PUGIXML_PUGIXML_S3_XML_HPP

#include "../../ids.hpp"
#include "../../s3/s3_xml.hpp"
#include "../../s3/uri_encoding.hpp"

#include <pugixml.hpp>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// S3's documents by pugixml. Models `s3_xml`; no state, thread-safe. Entities of a document type are not expanded, so
/// that no document is larger than it is.
struct pugixml_s3_xml {
    [[nodiscard]] static s3_error_text error(bytes_view document) {
        pugi::xml_document parsed;
        if (!parsed.load_buffer(document.data(), document.size())) return {};
        const auto root = parsed.document_element();
        if (local_name(root) != "Error") return {};
        return error_in(root);
    }

    [[nodiscard]] static result<list_page> listing(bytes_view document) {
        pugi::xml_document parsed;
        auto root = read(parsed, document, "ListBucketResult");
        if (!root) return std::move(root).error();
        const bool encoded = text(*root, "EncodingType") == "url";
        list_page page;
        page.more = text(*root, "IsTruncated") == "true";
        for (const auto& node : root->children()) {
            if (local_name(node) != "Contents") continue;
            auto entry = entry_in(node, encoded);
            if (!entry) return std::move(entry).error();
            page.entries.push_back(*std::move(entry));
        }
        return page;
    }

    [[nodiscard]] static result<std::vector<s3_delete_fault>> delete_faults(bytes_view document) {
        pugi::xml_document parsed;
        auto root = read(parsed, document, "DeleteResult");
        if (!root) return std::move(root).error();
        std::vector<s3_delete_fault> faults;
        for (const auto& node : root->children()) {
            if (local_name(node) == "Error") faults.push_back({text(node, "Key"), error_in(node)});
        }
        return faults;
    }

    [[nodiscard]] static result<std::string> upload_id(bytes_view document) {
        pugi::xml_document parsed;
        auto root = read(parsed, document, "InitiateMultipartUploadResult");
        if (!root) return std::move(root).error();
        auto id = text(*root, "UploadId");
        if (id.empty()) return malformed("an upload without an id");
        return id;
    }

    [[nodiscard]] static result<std::string> completed(bytes_view document) {
        pugi::xml_document parsed;
        auto root = read(parsed, document, "CompleteMultipartUploadResult");
        if (!root) return std::move(root).error();
        return text(*root, "ETag");
    }

    [[nodiscard]] static result<s3_part_page> parts(bytes_view document) {
        pugi::xml_document parsed;
        auto root = read(parsed, document, "ListPartsResult");
        if (!root) return std::move(root).error();
        s3_part_page page;
        page.more = text(*root, "IsTruncated") == "true";
        page.next = static_cast<std::uint32_t>(number(*root, "NextPartNumberMarker").value_or(0));
        for (const auto& node : root->children()) {
            if (local_name(node) != "Part") continue;
            const auto part = number(node, "PartNumber"), size = number(node, "Size");
            if (!part || *part < 1 || *part > 10'000 || !size) return malformed("a part without number or size");
            page.parts.push_back({static_cast<std::uint32_t>(*part), *size, text(node, "ETag")});
        }
        return page;
    }

    [[nodiscard]] static result<std::vector<s3_upload>> uploads(bytes_view document) {
        pugi::xml_document parsed;
        auto root = read(parsed, document, "ListMultipartUploadsResult");
        if (!root) return std::move(root).error();
        std::vector<s3_upload> found;
        for (const auto& node : root->children()) {
            if (local_name(node) != "Upload") continue;
            s3_upload one{text(node, "Key"), text(node, "UploadId"), text(node, "Initiated")};
            if (!one.id.empty()) found.push_back(std::move(one));
        }
        return found;
    }

private:
    [[nodiscard]] static failure malformed(std::string why) { return failure{errc::malformed, {}, std::move(why)}; }

    [[nodiscard]] static result<pugi::xml_node> read(pugi::xml_document& parsed, bytes_view document,
                                                     std::string_view expected) {
        const auto done = parsed.load_buffer(document.data(), document.size());
        if (!done) {
            return malformed("XML at byte " + std::to_string(done.offset) + ": " + done.description());
        }
        const auto root = parsed.document_element();
        if (local_name(root) == expected) return root;
        return malformed("<" + std::string{local_name(root)}.substr(0, 64) + "> where <" + std::string{expected} +
                         "> should be");
    }

    /// Without the prefix of a namespace, which is the server's choice.
    [[nodiscard]] static std::string_view local_name(const pugi::xml_node& node) {
        const std::string_view name{node.name()};
        return name.substr(name.find(':') + 1);
    }
    /// All of it: comments and CDATA cut a text into pieces.
    [[nodiscard]] static std::string text(const pugi::xml_node& parent, std::string_view name) {
        std::string all;
        for (const auto& node : parent.children()) {
            if (local_name(node) != name) continue;
            for (const auto& piece : node.children()) all += piece.value();
            break;
        }
        return all;
    }
    [[nodiscard]] static std::optional<std::uint64_t> number(const pugi::xml_node& parent, std::string_view name) {
        return detail::parse_number(text(parent, name));
    }

    [[nodiscard]] static s3_error_text error_in(const pugi::xml_node& node) {
        return {text(node, "Code"), text(node, "Message"), text(node, "RequestId")};
    }

    [[nodiscard]] static result<list_entry> entry_in(const pugi::xml_node& node, bool encoded) {
        list_entry entry;
        auto key = text(node, "Key");
        if (encoded) {
            auto decoded = uri_decoded(key, plus_sign::space);
            if (!decoded) return malformed("a key that is not url-encoded");
            entry.key = *std::move(decoded);
        } else {
            entry.key = std::move(key);
        }
        const auto size = number(node, "Size");
        if (entry.key.empty() || !size) return malformed("an entry without key or size");
        entry.size = *size;
        if (const auto time = stamp::parse(text(node, "LastModified"))) {
            entry.last_modified = wall_time{std::chrono::nanoseconds{time->nanoseconds}};
        }
        return entry;
    }
};

static_assert(s3_xml<pugixml_s3_xml>);

}} // namespace sealsync

#endif
