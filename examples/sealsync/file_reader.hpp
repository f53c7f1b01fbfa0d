#ifndef SEALSYNC_CLI_FILE_READER_HPP
#define SEALSYNC_CLI_FILE_READER_HPP

#include "console.hpp"
#include "file_index.hpp"
#include "tree.hpp"
#include "vault.hpp"

#include <climits>
#include <ctime>

namespace cli {

/// A file as it was read: the record's content, and the facts that it was so.
struct read_file {
    ss::bytes content;
    std::vector<ss::attachment_id> attachments;
    file_facts facts;

    /// The facts that the record tells all devices.
    [[nodiscard]] shared_facts shared() const {
        const auto record = decode_file_record(content);
        return record ? shared_facts::of(*record) : shared_facts{};
    }
    void share(const shared_facts& wanted) {
        auto record = decode_file_record(content);
        if (!record || shared_facts::of(*record) == wanted) return;
        record->set(wanted);
        content = encode(*record);
    }
};

/// Reads files whole or not at all.
class file_reader {
public:
    file_reader(tree& folder, collection_type& records, console& out) : folder_{folder}, records_{records}, out_{out} {}

    /// Nothing, with a note, if it cannot be read now: it is gone, unreadable, or being written to.
    [[nodiscard]] ss::result<std::optional<read_file>> read(const std::string& path) {
        was_refused_ = false;
        for (int attempt = 0; attempt < 3; ++attempt) {
            const auto before = stable_facts(path);
            if (!before || !*before) return unreadable(path, before);
            auto got = read(path, **before);
            if (!got && !is_local(got.error())) return std::move(got).error();
            if (!got) return unreadable(got.error());
            const auto after = folder_.facts(path);
            const bool quiet = after && *after && (*before)->untouched(**after) && (*before)->untouched(got->facts);
            if (quiet) return std::optional{*std::move(got)};
        }
        out_.note(path, "is being written to; it is synced when that is over", exit_code::later);
        return std::nullopt;
    }

    /// Whether the system did not let the file of the last `read` be read: then it is not worth another try soon.
    [[nodiscard]] bool was_refused() const noexcept { return was_refused_; }

    /// A small file that is as it was when it was seen, on any thread; nothing if there is anything to say about it.
    [[nodiscard]] static std::optional<read_file> read_ahead(tree& folder, const std::string& path,
                                                             const file_facts& seen) {
        if (seen.kind != file_kind::file || seen.size > inline_bytes_max || !is_stable(seen)) return std::nullopt;
        auto got = read_inline(folder, path, seen);
        if (!got || !got->facts.untouched(seen)) return std::nullopt;
        return *std::move(got);
    }

private:
    /// A file system notes times in ticks of up to 10 ms: a file written to in this very tick could be written to
    /// again without a trace.
    [[nodiscard]] ss::result<std::optional<file_facts>> stable_facts(const std::string& path) {
        auto facts = folder_.facts(path);
        if (!facts || !*facts || is_stable(**facts)) return facts;
        const timespec rest{0, tick};
        ::nanosleep(&rest, nullptr);
        return folder_.facts(path);
    }

    static constexpr long tick = 20'000'000; // nanoseconds
    [[nodiscard]] static bool is_stable(const file_facts& facts) noexcept {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        const auto seconds = static_cast<std::int64_t>(now.tv_sec) - facts.mtime.seconds;
        if (seconds < 0 || seconds > 1) return true;
        const auto age = seconds * 1'000'000'000 + now.tv_nsec - static_cast<std::int64_t>(facts.mtime.nanoseconds);
        return age < 0 || age > tick;
    }

    [[nodiscard]] std::optional<read_file> unreadable(const std::string& path,
                                                      const ss::result<std::optional<file_facts>>& why) {
        if (!why) return unreadable(why.error());
        out_.note(path, "went away while it was read");
        return std::nullopt;
    }
    /// The system's refusal of a file is this machine's matter, never the store's.
    [[nodiscard]] std::optional<read_file> unreadable(const ss::failure& why) {
        const auto code = why == ss::errc::io_error ? exit_code::unusable : exit_code_of(why.kind());
        out_.complain(why.during("read"), code);
        was_refused_ = code == exit_code::unusable;
        return std::nullopt;
    }
    /// One file's matter, not the whole sync's.
    [[nodiscard]] static bool is_local(const ss::failure& why) {
        return why == ss::errc::io_error || why == ss::errc::not_found || why == ss::errc::source_changed ||
               why == ss::errc::too_large;
    }

    [[nodiscard]] ss::result<read_file> read(const std::string& path, const file_facts& facts) {
        file_record record{facts.kind, facts.mode, facts.mtime, facts.size, {}, {}};
        switch (facts.kind) {
        case file_kind::directory:
            record.mtime = {}; // changes with every file in it: no news
            record.size = 0;
            return read_file{encode(record), {}, facts};
        case file_kind::symlink:
            return read_link(path, record, facts);
        default:
            return facts.size > inline_bytes_max ? attach(path, record, facts) : read_inline(folder_, path, facts);
        }
    }

    /// With the facts that the file had when all of it had been read.
    [[nodiscard]] static ss::result<read_file> read_inline(tree& folder, const std::string& path,
                                                           const file_facts& facts) {
        const auto at = folder.find(path);
        if (!at) return at.error();
        const descriptor file{
            ::openat(at->folder, at->name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
        if (!file) return os_failure(errno, printable(path));
        const auto content = read_up_to(file.get(), static_cast<std::size_t>(facts.size), printable(path));
        if (!content) return content.error();
        struct stat info {};
        if (::fstat(file.get(), &info) != 0) return os_failure(errno, printable(path));
        const file_record record{facts.kind, facts.mode, facts.mtime, content->size(), *content, {}};
        return read_file{encode(record), {}, file_facts::of(info)};
    }

    [[nodiscard]] ss::result<read_file> read_link(const std::string& path, file_record record,
                                                  const file_facts& facts) {
        const auto at = folder_.find(path);
        if (!at) return at.error();
        std::string target(4096, '\0');
        const auto size = ::readlinkat(at->folder, at->name.c_str(), target.data(), target.size());
        if (size < 0) return os_failure(errno, printable(path));
        target.resize(static_cast<std::size_t>(size));
        record.mode = 0777;
        record.size = target.size();
        record.content = target;
        return read_file{encode(record), {}, facts};
    }

    [[nodiscard]] ss::result<read_file> attach(const std::string& path, file_record record, const file_facts& facts) {
        const auto source = source_of(path, facts);
        if (!source) return source.error();
        auto id = records_.attach(*source);
        if (!id) return std::move(id).error();
        record.attachment = id->text();
        auto content = encode(record);
        return read_file{std::move(content), {*std::move(id)}, facts};
    }

    /// A path that is too long for one call of the system cannot be read again at the upload: the bytes are copied.
    [[nodiscard]] ss::result<ss::attachment_source> source_of(const std::string& path, const file_facts& facts) {
        const auto at = folder_.find(path);
        if (!at) return at.error();
        const descriptor file{
            ::openat(at->folder, at->name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
        if (!file) return os_failure(errno, printable(path));
        const auto whole = std::filesystem::absolute(folder_.path() + "/" + path);
        if (whole.native().size() < PATH_MAX) return ss::attachment_source::from_file(whole);
        if (facts.size > ss::attachment_source::inline_bytes_max) return os_failure(ENAMETOOLONG, printable(path));
        const auto content = read_up_to(file.get(), static_cast<std::size_t>(facts.size), printable(path));
        if (!content) return content.error();
        return ss::attachment_source::from_bytes(*content);
    }

    tree& folder_;
    collection_type& records_;
    console& out_;
    bool was_refused_ = false;
};

} // namespace cli

#endif
