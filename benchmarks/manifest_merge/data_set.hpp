#ifndef SEALSYNC_BENCHMARKS_MANIFEST_MERGE_DATA_SET_HPP
#define SEALSYNC_BENCHMARKS_MANIFEST_MERGE_DATA_SET_HPP

#include <sealsync/bytes.hpp>

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace manifest_merge {

[[noreturn]] inline void give_up(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}

/// Zeroes behind every manifest: readers may look at more than they are given.
inline constexpr std::size_t padding = 64;

/// Manifests in a file NAME, and in NAME.index what they are, a line each:
///   manifest OFFSET SIZE CHANGES      in the order of arrival
///   delta OFFSET SIZE CHANGES         to be merged after all those
///   winners TEXT                      of the manifests
///   winners_after TEXT                of the manifests and deltas
class data_set {
public:
    struct manifest {
        sealsync::bytes_view json;
        std::uint64_t changes = 0;
    };

    explicit data_set(const std::string& name) {
        std::ifstream index{name + ".index"};
        if (!index) give_up(name + ".index: cannot be read; bench_manifest_merge_generate makes it");
        load(name);
        for (std::string line; std::getline(index, line);) {
            std::istringstream words{line};
            std::string what;
            words >> what;
            if (what == "winners") words >> winners_;
            if (what == "winners_after") words >> winners_after_;
            if (what == "manifest") add(manifests_, words);
            if (what == "delta") add(deltas_, words);
        }
        for (const auto& each : manifests_) {
            changes_ += each.changes;
            bytes_ += each.json.size();
        }
    }

    [[nodiscard]] const std::vector<manifest>& manifests() const noexcept { return manifests_; }
    [[nodiscard]] const std::vector<manifest>& deltas() const noexcept { return deltas_; }
    [[nodiscard]] const std::string& winners() const noexcept { return winners_; }
    [[nodiscard]] const std::string& winners_after() const noexcept { return winners_after_; }
    [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    /// In large pages: no contender pays for small ones.
    void load(const std::string& name) {
        std::ifstream file{name, std::ios::binary | std::ios::ate};
        if (!file) give_up(name + ": cannot be read");
        size_ = static_cast<std::size_t>(file.tellg());
        constexpr std::size_t large_page = std::size_t{2} << 20U;
        const auto room = (size_ / large_page + 1) * large_page;
        memory_.reset(static_cast<char*>(std::aligned_alloc(large_page, room)));
        if (!memory_) give_up(name + ": no memory for " + std::to_string(size_) + " bytes");
        madvise(memory_.get(), room, MADV_HUGEPAGE);
        file.seekg(0);
        if (!file.read(memory_.get(), static_cast<std::streamsize>(size_))) give_up(name + ": cannot be read");
    }

    void add(std::vector<manifest>& to, std::istringstream& words) {
        std::size_t offset = 0, size = 0;
        std::uint64_t changes = 0;
        words >> offset >> size >> changes;
        if (!words || offset + size + padding > size_) give_up("an index that does not fit its data");
        to.push_back({sealsync::bytes_view{std::string_view{memory_.get() + offset, size}}, changes});
    }

    struct releaser {
        void operator()(char* memory) const noexcept { std::free(memory); }
    };
    std::unique_ptr<char, releaser> memory_;
    std::size_t size_ = 0;
    std::vector<manifest> manifests_, deltas_;
    std::string winners_, winners_after_;
    std::uint64_t changes_ = 0, bytes_ = 0;
};

} // namespace manifest_merge

#endif
