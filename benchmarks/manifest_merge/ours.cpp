// sealsync's merger: `replaces` honoured, siblings kept. Of data in the canonical layout also: two threads, small
// additions, and the same segments in compact form, unsealed and sealed; of other data: any JSON.

#include "../../examples/sealsync/thread_executor.hpp"
#include "contender.hpp"
#include "sealed.hpp"
#include "winners.hpp"

#include <benchmark/benchmark.h>
#include <sealsync/ext/botan/botan_cipher.hpp>
#include <sealsync/ext/simdjson_merge/simdjson_manifest_merger.hpp>
#include <sealsync/manifest/change_names.hpp>
#include <sealsync/merge/manifest_merger.hpp>

namespace {

using manifest_merge::data_set;
using manifest_merge::differs;
using manifest_merge::give_up;

[[nodiscard]] sealsync::merge_settings settings_with(sealsync::executor* workers) {
    sealsync::merge_settings settings;
    settings.collection_field = "collection_id";
    settings.seed = 0x5ea15c;
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

[[nodiscard]] auto same_winners(const data_set& data) {
    return [&data](const auto& merged) { return differs(shown(*merged), data.winners()); };
}

template <class Merger>
void add_merge(const std::string& name, const data_set& data, sealsync::executor* workers = nullptr) {
    const auto merge = [views = views_of(data.manifests()), workers] {
        auto merger = std::make_unique<Merger>(settings_with(workers));
        add_to(*merger, views);
        return merger;
    };
    manifest_merge::add_contender(name, data, merge, same_winners(data));
}

void check_deltas(const sealsync::manifest_merger& merged, const std::string& name, const data_set& data) {
    if (const auto wrong = differs(shown(merged), data.winners_after()); !wrong.empty()) give_up(name + ": " + wrong);
}

void merge_deltas(const std::string& name, const data_set& data) {
    sealsync::manifest_merger merger{settings_with(nullptr)};
    add_to(merger, views_of(data.manifests()));
    add_to(merger, views_of(data.deltas()));
    check_deltas(merger, name, data);
}

/// Each delta once, into all that was before it. As the others, it is checked before it is timed, which leaves the
/// memory that is needed with the process.
void add_deltas(const std::string& name, const data_set& data) {
    const auto timed = [&data, name](benchmark::State& state) {
        merge_deltas(name, data);
        sealsync::manifest_merger merger{settings_with(nullptr)};
        add_to(merger, views_of(data.manifests()));
        const auto deltas = views_of(data.deltas());
        std::size_t at = 0;
        for (auto _ : state) {
            const auto begin = std::chrono::steady_clock::now();
            add_to(merger, std::span{deltas}.subspan(at++, 1));
            state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        }
        check_deltas(merger, name, data);
        state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * data.deltas().front().changes));
    };
    benchmark::RegisterBenchmark(name.c_str(), timed)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(static_cast<std::int64_t>(data.deltas().size()));
}

void add_compact(const std::string& name, const data_set& data, sealsync::executor* workers = nullptr) {
    const auto merge = [&data, workers] {
        static const auto forms = manifest_merge::compact_forms(data);
        static const std::vector<sealsync::bytes_view> views{forms.begin(), forms.end()};
        auto merger = std::make_unique<sealsync::manifest_merger>(settings_with(workers));
        add_to(*merger, views);
        return merger;
    };
    manifest_merge::add_contender(name, data, merge, same_winners(data));
}

void add_sealed(const std::string& name, const data_set& data) {
    const auto merge = [&data] {
        static manifest_merge::sealer sealer;
        static const auto sealed = [&] {
            auto forms = manifest_merge::compact_forms(data);
            for (auto& each : forms) each = sealer.seal(each);
            return forms;
        }();
        auto merger = std::make_unique<sealsync::manifest_merger>(settings_with(nullptr));
        for (const auto& each : sealed) add_to(*merger, std::array{sealer.open(each)});
        return merger;
    };
    manifest_merge::add_contender(name, data, merge, same_winners(data));
}

void add_cipher(const std::string& name, const data_set& data) {
    const auto decrypt = [&data] {
        static manifest_merge::bare_gcm gcm;
        static const auto encrypted = [&] {
            auto forms = manifest_merge::compact_forms(data);
            for (auto& each : forms) each = gcm.encrypt(each);
            return forms;
        }();
        std::uint64_t in_clear = 0;
        for (const auto& each : encrypted) in_clear += gcm.decrypt(each);
        return in_clear;
    };
    manifest_merge::add_contender(name, data, decrypt, [&data](std::uint64_t in_clear) {
        const auto expected = manifest_merge::total_bytes(manifest_merge::compact_forms(data));
        return differs(std::to_string(in_clear), std::to_string(expected));
    });
}

void add_all(const data_set& data) {
    static cli::thread_executor both{2};
    if (!sealsync::as_text(data.manifests().front().json).starts_with("{\"format\":")) {
        add_merge<sealsync::simdjson_manifest_merger>("ours, any JSON", data);
        add_merge<sealsync::simdjson_manifest_merger>("ours, any JSON, 2 threads", data, &both);
        return;
    }
    add_merge<sealsync::manifest_merger>("ours", data);
    add_merge<sealsync::manifest_merger>("ours, 2 threads", data, &both);
    if (!data.deltas().empty()) add_deltas("ours, 1,000 new", data);
    add_compact("ours, compact form", data);
    add_compact("ours, compact form, 2 threads", data, &both);
    add_sealed("ours, sealed compact form", data);
    add_cipher("AES-256-GCM alone", data);
}

} // namespace

int main(int argc, char** argv) { return manifest_merge::run_contenders(argc, argv, add_all); }
