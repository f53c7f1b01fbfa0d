#ifndef SEALSYNC_BENCHMARKS_MANIFEST_MERGE_CONTENDER_HPP
#define SEALSYNC_BENCHMARKS_MANIFEST_MERGE_CONTENDER_HPP

#include "data_set.hpp"

#include <benchmark/benchmark.h>

#include <malloc.h>

#include <chrono>

namespace manifest_merge {

/// Times `merge()`, which returns what it merged; of that, `check(merged)` returns what is wrong with it, or nothing.
/// Checked once, before anything is timed, which also leaves the memory that is needed with the process. What is
/// returned is destroyed outside of the time measured.
template <class Merge, class Check>
void add_contender(const std::string& name, std::uint64_t changes, std::uint64_t bytes, Merge merge, Check check) {
    const auto timed = [=, checked = false](benchmark::State& state) mutable {
        if (!std::exchange(checked, true)) {
            if (const auto wrong = check(merge()); !wrong.empty()) give_up(name + ": " + wrong);
        }
        for (auto _ : state) {
            const auto begin = std::chrono::steady_clock::now();
            auto merged = merge();
            const auto end = std::chrono::steady_clock::now();
            benchmark::DoNotOptimize(merged);
            state.SetIterationTime(std::chrono::duration<double>(end - begin).count());
        }
        state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * changes));
        state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes));
    };
    benchmark::RegisterBenchmark(name.c_str(), timed)->UseManualTime()->Unit(benchmark::kMillisecond);
}

template <class Merge, class Check>
void add_contender(const std::string& name, const data_set& data, Merge merge, Check check) {
    add_contender(name, data.changes(), data.bytes(), merge, check);
}

[[nodiscard]] inline std::string differs(const std::string& found, const std::string& expected) {
    return found == expected ? std::string{} : found + " instead of " + expected;
}

/// NAME of the data set, then Google Benchmark's flags.
template <class Register>
int run_contenders(int argc, char** argv, Register add) {
    // Memory that was freed is used again, for contenders of all kinds: else each would be timed with the kernel's
    // zeroing of its pages.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, -1);
    mallopt(M_TOP_PAD, 64 << 20);
    benchmark::Initialize(&argc, argv);
    if (argc != 2) give_up("usage: " + std::string{argv[0]} + " DATA_SET [--benchmark_...]");
    const data_set data{argv[1]};
    add(data);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}

} // namespace manifest_merge

#endif
