#ifndef SEALSYNC_ATTACHMENT_HPP
#define SEALSYNC_ATTACHMENT_HPP

#include "ids.hpp"
#include "storage/operations.hpp"
#include "storage/path_text.hpp"

#include <filesystem>
#include <fstream>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The dedupe id of an attachment's bytes: 64 hex digits, a keyed hash. Equal bytes in one collection have one id.
using attachment_id = object_id;

/// What is said of an attachment where it is attached; the same bytes may be attached under several names.
struct attachment_info {
    std::string filename{};   ///< UTF-8, may be empty
    std::string media_type{}; ///< may be empty
};

/// Bytes in memory as a source.
class memory_source final : public byte_source {
public:
    explicit memory_source(bytes content) noexcept : content_{std::move(content)} {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return content_.size(); }
    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        if (!out.empty()) std::memcpy(out.data(), content_.data() + offset, out.size());
        return {};
    }

private:
    bytes content_;
};

/// A file, read when asked and never held. Fails with `errc::source_changed` where it is shorter than it was.
class file_source final : public byte_source {
public:
    /// Fails with `errc::not_found` if there is no file, `errc::io_error` if it cannot be opened.
    [[nodiscard]] static result<std::unique_ptr<file_source>> open(const std::filesystem::path& path) {
        std::error_code unknown;
        const auto there = std::filesystem::status(path, unknown).type();
        if (there == std::filesystem::file_type::not_found) {
            return failure{errc::not_found, path.string(), "no such file"};
        }
        if (there != std::filesystem::file_type::regular && !unknown) { // opening a pipe would wait for its writer
            return failure{errc::not_found, path.string(), "no such file: a folder, a pipe or a device has its name"};
        }
        std::unique_ptr<file_source> source{new file_source};
        source->path_ = path;
        source->file_.open(path, std::ios::binary | std::ios::ate);
        if (!source->file_) return failure{errc::io_error, path.string(), "cannot be opened for reading"};
        const auto end = source->file_.tellg();
        if (end < 0) return failure{errc::io_error, path.string(), "has no size: not a regular file?"};
        source->size_ = static_cast<std::uint64_t>(end);
        return source;
    }
    [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        file_.clear();
        file_.seekg(static_cast<std::streamoff>(offset));
        file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
        if (file_.gcount() == static_cast<std::streamsize>(out.size())) return {};
        if (file_.bad()) return failure{errc::io_error, path_.string(), "reading at " + std::to_string(offset)};
        return failure{errc::source_changed, path_.string(), "ends before byte " + std::to_string(offset + out.size())};
    }

private:
    file_source() = default;
    std::filesystem::path path_;
    std::ifstream file_;
    std::uint64_t size_ = 0;
};

/// Where an attachment's bytes come from until they are uploaded.
class attachment_source {
public:
    static constexpr std::size_t inline_bytes_max = std::size_t{64} << 20U;

    /// Copied into the replica until uploaded; at most 64 MiB.
    [[nodiscard]] static attachment_source from_bytes(bytes_view content) {
        return {place::inlined, to_bytes(content)};
    }
    /// Remembered by its path and read again at the upload. If it has changed by then, the change that attaches it is
    /// kept back (`sync_report::deferred`) until it is replaced or the file is as it was. An attachment that no edit
    /// lists is forgotten if its file is changed or gone when it is to be uploaded.
    [[nodiscard]] static attachment_source from_file(const std::filesystem::path& path) {
        return {place::file, to_bytes(detail::text_of(std::filesystem::absolute(path)))};
    }

    /// Fails with `errc::not_found` or `errc::io_error`.
    [[nodiscard]] result<std::unique_ptr<byte_source>> open() const {
        if (place_ == place::inlined) return std::unique_ptr<byte_source>{std::make_unique<memory_source>(data_)};
        auto file = file_source::open(detail::path_of(as_text(data_)));
        if (!file) return std::move(file).error();
        return std::unique_ptr<byte_source>{*std::move(file)};
    }

    /// The row that a replica keeps.
    [[nodiscard]] bytes encode() const {
        bytes row{static_cast<std::byte>(place_)};
        append(row, data_);
        return row;
    }
    /// Fails with `errc::replica_corrupt`.
    [[nodiscard]] static result<attachment_source> decode(bytes_view row) {
        if (row.empty() || (row[0] != std::byte{0} && row[0] != std::byte{1})) {
            return failure{errc::replica_corrupt, "replica", "an attachment's source does not decode"};
        }
        return attachment_source{static_cast<place>(row[0]), to_bytes(row.subview(1))};
    }

private:
    enum class place : std::uint8_t { inlined = 0, file = 1 };
    attachment_source(place where, bytes data) : place_{where}, data_{std::move(data)} {}

    place place_;
    bytes data_;
};

}} // namespace sealsync

#endif
