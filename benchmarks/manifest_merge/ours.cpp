// sealsync's merger: `replaces` honoured, siblings kept.

#include "contender.hpp"
#include "crew.hpp"
#include "winners.hpp"

#include <benchmark/benchmark.h>
#include <sealsync/manifest/change_names.hpp>
#include <sealsync/merge/manifest_merger.hpp>

namespace {

using manifest_merge::data_set;
using manifest_merge::differs;
using manifest_merge::give_up;

constexpr auto seed = std::uint64_t{0x5ea15c};

[[nodiscard]] sealsync::merge_settings settings_with(sealsync::executor* workers) {
    sealsync::merge_settings settings;
    settings.collection_field = "collection_id";
    settings.seed = seed;
    settings.workers = workers;
    return settings;
}

[[nodiscard]] std::vector<sealsync::bytes_view> views_of(const std::vector<data_set::manifest>& manifests) {
    std::vector<sealsync::bytes_view> views;
    for (const auto& each : manifests) views.push_back(each.json);
    return views;
}

template <class Merger>
[[nodiscard]] std::string shown(const Merger& merged) {
    manifest_merge::winners all;
    merged.for_each_winner([&](const sealsync::object_view& object, const sealsync::version_view& version) {
        all.add(object.collection(), object.id(), version.version(), version.timestamp().text(),
                sealsync::name_of(version.action()));
    });
    return all.text();
}

template <class Merger>
void add_to(Merger& merger, std::span<const sealsync::bytes_view> manifests) {
    if (const auto added = merger.add(manifests); !added) give_up("refused: " + added.error().message());
}

template <class Merger>
void add_merge(const std::string& name, const data_set& data, sealsync::executor* workers) {
    manifest_merge::add_contender(
        name, data,
        [views = views_of(data.manifests()), workers] {
            auto merger = std::make_unique<Merger>(settings_with(workers));
            add_to(*merger, views);
            return merger;
        },
        [&data](const auto& merged) { return differs(shown(*merged), data.winners()); });
}

/// Each delta once, into all that was before it.
template <class Merger>
void add_deltas(const std::string& name, const data_set& data) {
    const auto timed = [&data, name](benchmark::State& state) {
        Merger merger{settings_with(nullptr)};
        add_to(merger, views_of(data.manifests()));
        const auto deltas = views_of(data.deltas());
        std::size_t at = 0;
        for (auto _ : state) {
            const auto begin = std::chrono::steady_clock::now();
            add_to(merger, std::span{deltas}.subspan(at++, 1));
            state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        }
        if (const auto wrong = differs(shown(merger), data.winners_after()); !wrong.empty()) {
            give_up(name + ": " + wrong);
        }
        state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * data.deltas().front().changes));
    };
    benchmark::RegisterBenchmark(name.c_str(), timed)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(static_cast<std::int64_t>(data.deltas().size()));
}

void add_all(const data_set& data) {
    static manifest_merge::crew both{2};
    add_merge<sealsync::manifest_merger>("ours", data, nullptr);
    add_merge<sealsync::manifest_merger>("ours, 2 threads", data, &both);
    if (!data.deltas().empty()) add_deltas<sealsync::manifest_merger>("ours, 1,000 new", data);
}

} // namespace

int main(int argc, char** argv) { return manifest_merge::run_contenders(argc, argv, add_all); }
