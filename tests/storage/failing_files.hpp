#ifndef SEALSYNC_TESTS_STORAGE_FAILING_FILES_HPP
#define SEALSYNC_TESTS_STORAGE_FAILING_FILES_HPP

#include <sealsync/storage/posix_files.hpp>

#include <limits>
#include <mutex>

namespace storage_tests {

/// Which file operation is to fail, and how.
struct file_failure {
    std::string only{};                                           ///< the name of the operation; empty: any
    std::uint64_t at = std::numeric_limits<std::uint64_t>::max(); ///< counted among those; ever after, if `for_ever`
    bool for_ever = false;
    std::errc code = std::errc::io_error;
    std::uint64_t calls = 0;

    [[nodiscard]] std::error_code next(std::string_view operation) {
        if (!only.empty() && only != operation) return {};
        const auto call = calls++;
        return call == at || (for_ever && call > at) ? make_error_code(code) : std::error_code{};
    }
};

/// Real files, of which one operation fails. Copies share the orders. Barriers do nothing else: no power is cut here.
/// Thread-safe.
class failing_files : public sealsync::posix_files {
public:
    explicit failing_files(std::shared_ptr<file_failure> orders = std::make_shared<file_failure>())
        : orders_{std::move(orders)} {}

    std::error_code open_root(const std::filesystem::path& path, handle& out) const {
        const auto error = next("open_root");
        return error ? error : posix_files::open_root(path, out);
    }
    std::error_code make_root(const std::filesystem::path& path) const {
        const auto error = next("make_root");
        return error ? error : posix_files::make_root(path);
    }
    std::error_code open_directory(const handle& parent, const char* name, handle& out) const {
        const auto error = next("open_directory");
        return error ? error : posix_files::open_directory(parent, name, out);
    }
    std::error_code make_directory(const handle& parent, const char* name) const {
        const auto error = next("make_directory");
        return error ? error : posix_files::make_directory(parent, name);
    }
    std::error_code open_file(const handle& parent, const char* name, handle& out) const {
        const auto error = next("open_file");
        return error ? error : posix_files::open_file(parent, name, out);
    }
    std::error_code create_file(const handle& parent, const char* name, handle& out) const {
        const auto error = next("create_file");
        return error ? error : posix_files::create_file(parent, name, out);
    }
    std::error_code open_lock(const handle& parent, const char* name, handle& out) const {
        const auto error = next("open_lock");
        return error ? error : posix_files::open_lock(parent, name, out);
    }
    std::error_code try_lock(const handle& file, sealsync::lock_mode mode) const {
        const auto error = next("try_lock");
        return error ? error : posix_files::try_lock(file, mode);
    }
    std::error_code facts_of(const handle& file, sealsync::file_facts& out) const {
        const auto error = next("facts_of");
        return error ? error : posix_files::facts_of(file, out);
    }
    std::error_code facts_at(const handle& parent, const char* name, sealsync::file_facts& out) const {
        const auto error = next("facts_at");
        return error ? error : posix_files::facts_at(parent, name, out);
    }
    std::error_code read(const handle& file, std::uint64_t offset, std::span<std::byte> out, std::size_t& count) const {
        const auto error = next("read");
        return error ? error : posix_files::read(file, offset, out, count);
    }
    std::error_code write(const handle& file, sealsync::bytes_view data) const {
        const auto error = next("write");
        return error ? error : posix_files::write(file, data);
    }
    std::error_code sync_file(const handle&) const { return next("sync_file"); }
    std::error_code sync_directory(const handle&) const { return next("sync_directory"); }
    std::error_code sync_all(const handle&) const { return next("sync_all"); }
    std::error_code rename(const handle& from, const char* name, const handle& to, const char* new_name) const {
        const auto error = next("rename");
        return error ? error : posix_files::rename(from, name, to, new_name);
    }
    std::error_code link(const handle& from, const char* name, const handle& to, const char* new_name) const {
        const auto error = next("link");
        return error ? error : posix_files::link(from, name, to, new_name);
    }
    std::error_code remove_file(const handle& parent, const char* name) const {
        const auto error = next("remove_file");
        return error ? error : posix_files::remove_file(parent, name);
    }
    std::error_code remove_directory(const handle& parent, const char* name) const {
        const auto error = next("remove_directory");
        return error ? error : posix_files::remove_directory(parent, name);
    }
    std::error_code read_directory(const handle& parent, entry_visitor visit) const {
        const auto error = next("read_directory");
        return error ? error : posix_files::read_directory(parent, visit);
    }
    /// Nobody waits in a test.
    void pause() const {}

private:
    [[nodiscard]] std::error_code next(std::string_view operation) const {
        const std::scoped_lock lock{*mutex_};
        return orders_->next(operation);
    }

    std::shared_ptr<std::mutex> mutex_ = std::make_shared<std::mutex>();
    std::shared_ptr<file_failure> orders_;
};

} // namespace storage_tests

#endif
