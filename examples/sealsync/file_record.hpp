#ifndef SEALSYNC_CLI_FILE_RECORD_HPP
#define SEALSYNC_CLI_FILE_RECORD_HPP

#include "file_facts.hpp"
#include "pack.hpp"

#include <sealsync/result.hpp>

namespace cli {

/// Larger files are attachments.
inline constexpr std::size_t inline_bytes_max = std::size_t{64} << 10U;

/// One file, directory or symbolic link, as its record's content says it; the record's id is its path. Borrowed.
struct file_record {
    static constexpr std::uint8_t format = 2, format_in_nanoseconds = 1; ///< the older one: times until 2262 only

    file_kind kind = file_kind::file;
    std::uint16_t mode = 0;
    file_time mtime{};
    std::uint64_t size = 0;
    ss::bytes_view content{};      ///< of a file up to 64 KiB; of a symbolic link its target
    std::string_view attachment{}; ///< of a larger file

    /// Takes other facts, as `shared_facts` has them.
    template <class Facts>
    void set(const Facts& facts) noexcept {
        mode = facts.mode;
        mtime = facts.mtime;
    }

    /// Whether a person would call the two the same, whatever their times and permissions.
    [[nodiscard]] bool same_content(const file_record& other) const noexcept {
        if (kind != other.kind) return false;
        return kind == file_kind::directory ||
               (size == other.size && content == other.content && attachment == other.attachment);
    }
};

[[nodiscard]] inline ss::bytes encode(const file_record& record) {
    packer out;
    out.number(file_record::format);
    out.number(static_cast<std::uint8_t>(record.kind));
    out.number(record.mode);
    out.time(record.mtime);
    out.number(record.size);
    out.number(static_cast<std::uint8_t>(record.attachment.empty() ? 0 : 1));
    out.raw(record.attachment.empty() ? record.content : ss::bytes_view{record.attachment});
    return std::move(out).take();
}

namespace detail {

[[nodiscard]] inline file_time decode_time(unpacker& in, std::uint8_t format) noexcept {
    if (format != file_record::format_in_nanoseconds) return in.time();
    constexpr std::int64_t second = 1'000'000'000;
    const auto time = static_cast<std::int64_t>(in.number<std::uint64_t>());
    const auto rest = (time % second + second) % second; // also before 1970
    return {time / second - (time % second < 0 ? 1 : 0), static_cast<std::uint32_t>(rest)};
}

[[nodiscard]] inline const char* fault_of(const file_record& record) noexcept {
    if (record.kind < file_kind::file || record.kind > file_kind::symlink) return "unknown kind";
    if (record.mode > 0777) return "more than permissions";
    if (record.mtime.nanoseconds > 999'999'999) return "no time";
    if (record.kind == file_kind::directory) return record.content.empty() ? nullptr : "a directory with content";
    if (record.kind == file_kind::symlink) {
        const auto target = ss::as_text(record.content);
        const bool usable = !target.empty() && target.size() < 4096 && target.find('\0') == target.npos;
        return usable && record.attachment.empty() ? nullptr : "no usable link target";
    }
    if (record.attachment.empty() && record.size != record.content.size()) return "size and content differ";
    return nullptr;
}

} // namespace detail

/// Views into `content`. Whoever has the vault's key may have written it: everything is checked.
/// Fails with `errc::unknown_format` or `errc::malformed`.
[[nodiscard]] inline ss::result<file_record> decode_file_record(ss::bytes_view content) {
    unpacker in{content};
    const auto format = in.number<std::uint8_t>();
    if (in.ok() && format != file_record::format && format != file_record::format_in_nanoseconds) {
        return ss::failure{ss::errc::unknown_format, "file record", "format " + std::to_string(format)};
    }
    file_record record;
    record.kind = static_cast<file_kind>(in.number<std::uint8_t>());
    record.mode = in.number<std::uint16_t>();
    record.mtime = detail::decode_time(in, format);
    record.size = in.number<std::uint64_t>();
    const bool attached = in.number<std::uint8_t>() != 0;
    if (attached) {
        record.attachment = ss::as_text(in.rest());
    } else {
        record.content = in.rest();
    }
    if (!in.ok()) return ss::failure{ss::errc::malformed, "file record", "ends early"};
    if (attached && (record.attachment.empty() || record.kind != file_kind::file)) {
        return ss::failure{ss::errc::malformed, "file record", "no attachment"};
    }
    if (const auto* fault = detail::fault_of(record)) {
        return ss::failure{ss::errc::malformed, "file record", fault};
    }
    return record;
}

} // namespace cli

#endif
