#ifndef SEALSYNC_CLI_FACTS_RECORD_HPP
#define SEALSYNC_CLI_FACTS_RECORD_HPP

#include "file_record.hpp"

#include <optional>

namespace cli {

/// The facts of a file that all devices are to have. A device that cannot have them, for want of rights or because its
/// file system knows no such thing, has something else on its disk, and that is its own affair.
struct shared_facts {
    std::uint16_t mode = 0;
    file_time mtime{};

    [[nodiscard]] static shared_facts of(const file_record& record) noexcept { return {record.mode, record.mtime}; }
    [[nodiscard]] friend bool operator==(const shared_facts&, const shared_facts&) = default;
};

/// Takes each fact from `now` if it was changed there, else from `other`.
[[nodiscard]] inline shared_facts changed_or(const shared_facts& base, const shared_facts& now,
                                             const shared_facts& other) noexcept {
    return {now.mode == base.mode ? other.mode : now.mode, now.mtime == base.mtime ? other.mtime : now.mtime};
}

/// A change of a file's facts alone: a record beside the file's own, so that the content is neither sent again nor in
/// conflict with what others make of it meanwhile. docs/folder-records.md
struct facts_record {
    shared_facts base; ///< what the file's record said when they were changed
    shared_facts now;

    /// The facts of a file whose record says `own`: a fact that the record has changed since is the record's.
    [[nodiscard]] shared_facts applied_to(const shared_facts& own) const noexcept { return changed_or(base, own, now); }
    [[nodiscard]] friend bool operator==(const facts_record&, const facts_record&) = default;
};

[[nodiscard]] inline ss::bytes encode(const facts_record& record) {
    packer out;
    out.number(file_record::format);
    out.number(static_cast<std::uint8_t>(file_kind::facts));
    for (const auto* facts : {&record.base, &record.now}) {
        out.number(facts->mode);
        out.time(facts->mtime);
    }
    return std::move(out).take();
}

/// Gives nothing for any other content. Whoever has the vault's key may have written it: everything is checked.
[[nodiscard]] inline std::optional<facts_record> decode_facts_record(ss::bytes_view content) {
    unpacker in{content};
    const auto format = in.number<std::uint8_t>();
    const auto kind = static_cast<file_kind>(in.number<std::uint8_t>());
    if (!in.ok() || format != file_record::format || kind != file_kind::facts) return std::nullopt;
    facts_record record;
    for (auto* facts : {&record.base, &record.now}) {
        facts->mode = in.number<std::uint16_t>();
        facts->mtime = in.time();
        if (facts->mode > 0777 || facts->mtime.nanoseconds > 999'999'999) return std::nullopt;
    }
    if (!in.ok() || !in.rest().empty()) return std::nullopt;
    return record;
}

} // namespace cli

#endif
