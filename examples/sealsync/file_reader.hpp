#ifndef SEALSYNC_CLI_FILE_READER_HPP
#define SEALSYNC_CLI_FILE_READER_HPP

#include "console.hpp"
#include "file_record.hpp"
#include "tree.hpp"
#include "vault.hpp"

#include <ctime>

namespace cli {

/// A file as it was read: the record's content, and the facts that it was so.
struct read_file {
    ss::bytes content;
    std::vector<ss::attachment_id> attachments;
    file_facts facts;
};

/// Reads files whole or not at all.
class file_reader {
public:
    file_reader(tree& folder, collection_type& records, console& out) : folder_{folder}, records_{records}, out_{out} {}

    /// Nothing, with a note, if it cannot be read now: it is gone, unreadable, or being written to.
    [[nodiscard]] ss::result<std::optional<read_file>> read(const std::string& path) {
        for (int attempt = 0; attempt < 3; ++attempt) {
            const auto before = stable_facts(path);
            if (!before || !*before) return unreadable(path, before);
            auto got = read(path, **before);
            if (!got && !is_local(got.error())) return std::move(got).error();
            if (!got) {
                out_.complain(got.error());
                return std::nullopt;
            }
            const auto after = folder_.facts(path);
            const bool quiet = after && *after && (*before)->untouched(**after) && (*before)->untouched(got->facts);
            if (quiet) return std::optional{*std::move(got)};
        }
        out_.note(path, "is being written to; it is synced when that is over");
        return std::nullopt;
    }

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
        const auto rest = to_timespec(tick);
        ::nanosleep(&rest, nullptr);
        return folder_.facts(path);
    }

    static constexpr std::int64_t tick = 20'000'000;
    [[nodiscard]] static bool is_stable(const file_facts& facts) noexcept {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        const auto age = static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec - facts.mtime;
        return age < 0 || age > tick;
    }

    [[nodiscard]] std::optional<read_file> unreadable(const std::string& path,
                                                      const ss::result<std::optional<file_facts>>& why) {
        if (!why) {
            out_.complain(why.error());
        } else {
            out_.note(path, "went away while it was read");
        }
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
            record.mtime = 0; // changes with every file in it: no news
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
        auto id = records_.attach(ss::attachment_source::from_file(folder_.path() + "/" + path));
        if (!id) return std::move(id).error();
        record.attachment = id->text();
        auto content = encode(record);
        return read_file{std::move(content), {*std::move(id)}, facts};
    }

    tree& folder_;
    collection_type& records_;
    console& out_;
};

} // namespace cli

#endif
