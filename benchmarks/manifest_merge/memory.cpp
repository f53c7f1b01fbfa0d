// What the memory gives: every byte of the manifests read once, in order.

#include "contender.hpp"

#include <benchmark/benchmark.h>
#include <cstring>

namespace {

[[nodiscard]] std::uint64_t read_once(const manifest_merge::data_set& data) {
    std::uint64_t sums[8] = {};
    for (const auto& manifest : data.manifests()) {
        const auto whole = manifest.json.size() / sizeof sums * sizeof sums;
        for (std::size_t at = 0; at < whole; at += sizeof sums) {
            std::uint64_t words[8];
            std::memcpy(words, manifest.json.data() + at, sizeof words);
            for (int i = 0; i < 8; ++i) sums[i] += words[i];
        }
    }
    std::uint64_t all = 0;
    for (const auto each : sums) all ^= each;
    return all;
}

} // namespace

int main(int argc, char** argv) {
    return manifest_merge::run_contenders(argc, argv, [](const manifest_merge::data_set& data) {
        manifest_merge::add_contender(
            "memory read", data, [&data] { return read_once(data); },
            [](std::uint64_t sum) { return sum != 0 ? "" : std::string{"nothing was read"}; });
    });
}
