#ifndef SEALSYNC_BENCHMARKS_MANIFEST_MERGE_WINNERS_HPP
#define SEALSYNC_BENCHMARKS_MANIFEST_MERGE_WINNERS_HPP

#include <cstdint>
#include <string>
#include <string_view>

namespace manifest_merge {

/// Which version of every object is shown, as one short text that does not depend on the order of the objects:
/// what all contenders must agree on before they are timed. `rival.js` computes the same.
class winners {
public:
    void add(std::string_view collection, std::string_view id, std::uint64_t version, std::string_view timestamp,
             std::string_view action) {
        const auto number = std::to_string(version);
        auto left = hash{2166136261}, right = hash{305419896};
        for (const auto part : {collection, id, std::string_view{number}, timestamp, action}) {
            for (const auto c : part) mix(left, c), mix(right, c);
            mix(left, '|'), mix(right, '|');
        }
        left_ += left;
        right_ += right ^ (right >> 15U);
        ++count_;
    }

    [[nodiscard]] std::string text() const {
        return std::to_string(count_) + "-" + std::to_string(left_) + "-" + std::to_string(right_);
    }

private:
    using hash = std::uint32_t;
    static void mix(hash& to, char c) noexcept { to = (to ^ static_cast<unsigned char>(c)) * 16777619U; } // FNV-1a

    hash left_ = 0, right_ = 0;
    std::uint64_t count_ = 0;
};

} // namespace manifest_merge

#endif
