#ifndef SEALSYNC_TESTS_S3_AWS_FILES_HPP
#define SEALSYNC_TESTS_S3_AWS_FILES_HPP

#include "../storage/scratch_folder.hpp"

#include <sealsync/s3/s3_profile.hpp>

#include <map>

namespace s3_tests {

/// A home directory and an environment, so that no test touches those of whoever runs it.
class aws_files {
    storage_tests::scratch_folder home_;

public:
    /// Tests change them between two reads.
    std::map<std::string, std::string, std::less<>> variables{{"HOME", home_.path().string()}};

    [[nodiscard]] std::string path(const std::string& name) const { return home_.path().string() + "/.aws/" + name; }
    void write(const std::string& name, const std::string& text) const { home_.write(".aws/" + name, text); }

    [[nodiscard]] sealsync::environment_lookup environment() const {
        return [this](const char* name) -> std::optional<std::string> {
            const auto at = variables.find(name);
            return at == variables.end() ? std::nullopt : std::optional{at->second};
        };
    }
};

} // namespace s3_tests

#endif
