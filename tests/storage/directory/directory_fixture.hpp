#ifndef SEALSYNC_TESTS_STORAGE_DIRECTORY_DIRECTORY_FIXTURE_HPP
#define SEALSYNC_TESTS_STORAGE_DIRECTORY_DIRECTORY_FIXTURE_HPP

#include "../failing_files.hpp"
#include "../scratch_folder.hpp"

#include <sealsync/storage/directory/directory_site.hpp>

#include <stdexcept>

namespace directory_tests {

namespace fs = std::filesystem;
using storage_tests::failing_files;
using handle = failing_files::handle;
using site_type = sealsync::detail::directory_site<failing_files>;

/// A site in a new folder, whose file operations are counted and fail when they are told to.
struct world {
    world() {
        if (files.open_root(folder.path(), root)) throw std::runtime_error{"no scratch folder"};
    }
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    void count(std::string operation) { *orders = {.only = std::move(operation)}; }
    void fail(std::string operation, std::errc code, std::uint64_t at = 0) {
        *orders = {.only = std::move(operation), .at = at, .code = code};
    }
    void fail_for_ever(std::string operation, std::errc code) {
        *orders = {.only = std::move(operation), .at = 0, .for_ever = true, .code = code};
    }
    void work_again() { *orders = {}; }
    [[nodiscard]] std::uint64_t calls() const noexcept { return orders->calls; }
    [[nodiscard]] fs::path at(const std::string& name) const { return folder.path() / name; }
    /// What a failure on this object calls it.
    [[nodiscard]] std::string shown(const std::string& name) const { return at(name).string(); }

    storage_tests::scratch_folder folder;
    std::shared_ptr<storage_tests::file_failure> orders = std::make_shared<storage_tests::file_failure>();
    failing_files files{orders};
    handle root;
    site_type site{files, folder.path(), root};
};

} // namespace directory_tests

#endif
