#ifndef SEALSYNC_CLI_FILE_INDEX_HPP
#define SEALSYNC_CLI_FILE_INDEX_HPP

#include "facts_record.hpp"
#include "names.hpp"
#include "pack.hpp"
#include "platform.hpp"

#include <sealsync/ids.hpp>

#include <map>

namespace cli {

/// A file as this device last read or wrote it, and the version of a record that it is.
struct known_file {
    std::string id; ///< of the record, or of a version beside one; empty: a folder without one
    ss::dot dot;
    file_facts facts;
    std::string attachment; ///< of a large file
    bool seen = false;      ///< by the scan under way
    shared_facts shared{};  ///< by the records; `facts` is what the disk has
    ss::dot facts_dot{};    ///< the version of the record of its facts, if there is one

    /// Gives the facts for all devices after a change here: each from the disk if it changed there, else from `all`.
    [[nodiscard]] shared_facts shared_after(const file_facts& now, const shared_facts& all) const noexcept {
        if (now.kind == file_kind::directory) return {now.mode == facts.mode ? all.mode : now.mode, {}};
        if (now.kind != facts.kind) return {now.mode, now.mtime};
        const auto after = changed_or({facts.mode, facts.mtime}, {now.mode, now.mtime}, all);
        return now.kind == file_kind::symlink ? shared_facts{all.mode, after.mtime} : after;
    }
};

/// Whether the record's id says where the file is: else it is a copy, or had to make way for a folder.
[[nodiscard]] inline bool has_own_name(std::string_view path, const known_file& file) noexcept {
    return is_record_id(file.id) && std::string_view{file.id}.substr(1) == path;
}

/// What the folder looked like when it was last compared with the replica. Losing it costs time, not files: whatever
/// it does not vouch for is compared by content.
class file_index {
public:
    using files_type = std::map<std::string, known_file, std::less<>>;

    /// A missing or damaged file is an empty index.
    [[nodiscard]] static file_index load(std::string path) {
        file_index index{std::move(path)};
        const auto stored = read_small_file(index.path_);
        index.settled_ = stored && index.decode(*stored);
        return index;
    }

    [[nodiscard]] files_type& files() noexcept { return files_; }
    [[nodiscard]] const files_type& files() const noexcept { return files_; }
    [[nodiscard]] const known_file* find(std::string_view path) const {
        const auto at = files_.find(path);
        return at == files_.end() ? nullptr : &at->second;
    }

    /// Whether every record that is shown is a file that this index knows, in that very version.
    [[nodiscard]] bool settled() const noexcept { return settled_; }
    /// Durable before replica or folder change: a crash must not leave an index that claims to be settled.
    [[nodiscard]] ss::result<void> unsettle() { return mark(false); }
    /// For an index that is as it was loaded.
    [[nodiscard]] ss::result<void> settle() { return mark(true); }

    [[nodiscard]] ss::result<void> save(bool settled) {
        settled_ = settled;
        return write_file_atomically(path_, encode());
    }

private:
    static constexpr std::string_view magic = "SSIX4";
    static constexpr std::string_view own_name = "=";
    static constexpr char settled_mark = 'S', unsettled_mark = 'U';

    explicit file_index(std::string path) : path_{std::move(path)} {}

    [[nodiscard]] ss::result<void> mark(bool settled) {
        settled_ = settled;
        const descriptor file{::open(path_.c_str(), O_WRONLY | O_CLOEXEC)};
        if (!file && errno == ENOENT) return {};
        if (!file) return os_failure(errno, path_);
        const char state = settled ? settled_mark : unsettled_mark;
        const auto place = static_cast<off_t>(magic.size());
        if (::pwrite(file.get(), &state, 1, place) != 1 || ::fdatasync(file.get()) != 0) {
            return os_failure(errno, path_);
        }
        return {};
    }

    [[nodiscard]] ss::bytes encode() const {
        packer body;
        body.number(static_cast<std::uint64_t>(files_.size()));
        for (const auto& [path, file] : files_) {
            body.counted(path);
            body.counted(has_own_name(path, file) ? own_name : std::string_view{file.id});
            body.raw(file.dot.run.value);
            body.number(file.dot.n);
            body.number(static_cast<std::uint8_t>(file.facts.kind));
            body.number(file.facts.mode);
            body.number(file.facts.size);
            body.number(file.facts.inode);
            body.time(file.facts.mtime);
            body.time(file.facts.ctime);
            body.number(file.shared.mode);
            body.time(file.shared.mtime);
            body.raw(file.facts_dot.run.value);
            body.number(file.facts_dot.n);
            body.counted(file.attachment);
        }
        const auto content = std::move(body).take();
        packer out;
        out.raw(magic);
        out.number(static_cast<std::uint8_t>(settled_ ? settled_mark : unsettled_mark));
        out.number(checksum(content));
        out.raw(content);
        return std::move(out).take();
    }

    /// Whether it is settled; an index that is not whole is left empty.
    [[nodiscard]] bool decode(ss::bytes_view stored) {
        unpacker in{stored};
        const bool ours = in.raw(magic.size()) == ss::bytes_view{magic};
        const auto state = static_cast<char>(in.number<std::uint8_t>());
        const bool whole = in.number<std::uint64_t>() == checksum(in.rest());
        if (!in.ok() || !ours || !whole) return false;
        for (auto left = in.number<std::uint64_t>(); left > 0 && in.ok(); --left) decode_file(in);
        if (!in.ok()) files_.clear();
        return in.ok() && state == settled_mark;
    }
    [[nodiscard]] static ss::dot decode_dot(unpacker& in) {
        ss::dot made;
        const auto run = in.raw(made.run.value.size());
        std::copy(run.begin(), run.end(), made.run.value.begin());
        made.n = in.number<std::uint64_t>();
        return made;
    }
    void decode_file(unpacker& in) {
        std::string path{ss::as_text(in.counted())};
        known_file file;
        file.id = ss::as_text(in.counted());
        if (file.id == own_name) file.id = record_id(path);
        file.dot = decode_dot(in);
        file.facts.kind = static_cast<file_kind>(in.number<std::uint8_t>());
        file.facts.mode = in.number<std::uint16_t>();
        file.facts.size = in.number<std::uint64_t>();
        file.facts.inode = in.number<std::uint64_t>();
        file.facts.mtime = in.time();
        file.facts.ctime = in.time();
        file.shared.mode = in.number<std::uint16_t>();
        file.shared.mtime = in.time();
        file.facts_dot = decode_dot(in);
        file.attachment = ss::as_text(in.counted());
        files_.emplace_hint(files_.end(), std::move(path), std::move(file));
    }

    std::string path_;
    files_type files_;
    bool settled_ = false;
};

} // namespace cli

#endif
