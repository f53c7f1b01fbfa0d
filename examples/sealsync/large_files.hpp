#ifndef SEALSYNC_CLI_LARGE_FILES_HPP
#define SEALSYNC_CLI_LARGE_FILES_HPP

#include "file_index.hpp"
#include "staging.hpp"
#include "vault.hpp"

namespace cli {

/// The whereabouts of the bytes of large files, which no record holds: a file of the folder, the store, or nowhere.
class large_files {
public:
    large_files(tree& folder, const file_index& index, collection_type& records, staging& stage)
        : folder_{folder}, index_{index}, records_{records}, stage_{stage} {}

    /// Notes the large files of the folder, one of each attachment, so that `stage` can copy them.
    void find_sources() {
        for (const auto& [path, file] : index_.files()) {
            if (!file.attachment.empty()) sources_.try_emplace(file.attachment, source{path, {}, file.facts});
        }
    }

    /// Stages a large file for `path`: copies its bytes from a file of the folder, or else downloads them.
    [[nodiscard]] ss::result<staging::staged_file> stage(const std::string& path, const file_record& file) {
        auto staged = copy(file);
        if (!staged) staged = download(file);
        if (staged) sources_.insert_or_assign(std::string{file.attachment}, source{path, staged->name, staged->facts});
        return staged;
    }

    /// Whether a file may go, because its bytes are in its record or in the store. Until they are in the store, a large
    /// file is all that there is of them.
    [[nodiscard]] ss::result<bool> is_stored(const known_file& file) const {
        if (file.attachment.empty()) return true;
        const auto id = ss::attachment_id::make(file.attachment);
        if (!id) return true; // of no record
        const auto known = records_.attachment(*id);
        if (!known) return known.error();
        return !*known || (*known)->committed;
    }

    /// Whether a version made here can neither be written nor pushed, because nobody has its bytes. Happens when a
    /// crash, or the loss of the index, makes the device forget which file is that version, and the file is changed or
    /// deleted before its bytes are in the store.
    [[nodiscard]] bool is_nowhere(const file_record& file, const ss::dot& edit) const {
        const auto& files = index_.files();
        const auto is_it = [&](const auto& entry) { return entry.second.dot == edit; };
        const auto id = ss::attachment_id::make(file.attachment);
        if (!id || std::any_of(files.begin(), files.end(), is_it)) return false;
        const auto entry = records_.attachment(*id);
        if (!entry || !*entry || (*entry)->committed) return false;
        const auto read = records_.read_attachment(*id, [](ss::bytes_view) { return ss::result<void>{}; });
        return !read && (read.error() == ss::errc::not_found || read.error() == ss::errc::source_changed);
    }

private:
    static constexpr std::uint64_t write_back_bytes = std::uint64_t{4} << 20U;

    struct source {
        std::string path, staged; ///< `staged`: its name in the stage; empty if the index had the file before
        file_facts facts;
    };

    /// Copies a file of the folder. Fails with `errc::not_found` if none has the bytes, or the one that had them was
    /// changed.
    [[nodiscard]] ss::result<staging::staged_file> copy(const file_record& file) {
        const ss::failure none{ss::errc::not_found};
        const auto known = sources_.find(file.attachment);
        if (known == sources_.end()) return none;
        const auto& other = known->second;
        const auto open = open_source(other);
        if (!is_unchanged(other, open)) return none;
        auto copied = stage_.write(stage_.fresh_name(), file, [&](int to) -> ss::result<void> {
            const auto size = copy_rest(open.get(), to, stage_.path());
            if (!size) return size.error();
            start_write_back(to);
            return check_size(file, *size);
        });
        if (!copied || is_unchanged(other, open)) return copied;
        stage_.discard(copied->name);
        return none;
    }

    [[nodiscard]] static bool is_unchanged(const source& other, const descriptor& open) {
        struct stat info {};
        if (!open || ::fstat(open.get(), &info) != 0) return false;
        const auto now = file_facts::of(info);
        // A staged file gets its name meanwhile, which changes its ctime.
        return other.staged.empty() ? other.facts.untouched(now) : other.facts.same_file(now);
    }

    /// Opens a source where it is: still in the stage, or under its name in the folder.
    [[nodiscard]] descriptor open_source(const source& other) {
        constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        descriptor open;
        if (!other.staged.empty()) open = descriptor{::openat(stage_.folder(), other.staged.c_str(), flags)};
        if (open) return open;
        const auto at = folder_.find(other.path);
        return at ? descriptor{::openat(at->folder, at->name.c_str(), flags)} : descriptor{};
    }

    [[nodiscard]] ss::result<staging::staged_file> download(const file_record& file) {
        return stage_.write(stage_.fresh_name(), file, [&](int to) -> ss::result<void> {
            const auto id = ss::attachment_id::make(file.attachment);
            if (!id) return id.error();
            std::uint64_t size = 0;
            auto read = records_.read_attachment(*id, [&](ss::bytes_view part) {
                auto written = write_all(to, part, stage_.path());
                // Starts the disk now, so that the barrier has little left to wait for.
                if ((size + part.size()) / write_back_bytes != size / write_back_bytes) start_write_back(to);
                size += part.size();
                return written;
            });
            return read ? check_size(file, size) : read;
        });
    }

    [[nodiscard]] static ss::result<void> check_size(const file_record& file, std::uint64_t size) {
        if (size == file.size) return {};
        return ss::failure{ss::errc::malformed, std::string{file.attachment}, "not of the size its record says"};
    }

    tree& folder_;
    const file_index& index_;
    collection_type& records_;
    staging& stage_;
    std::map<std::string, source, std::less<>> sources_; ///< by attachment
};

} // namespace cli

#endif
