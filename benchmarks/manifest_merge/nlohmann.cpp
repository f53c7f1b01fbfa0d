// nlohmann/json, which most C++ applications read JSON with, and the first application's algorithm.

#include "contender.hpp"
#include "last_write_wins.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

namespace {

namespace peer = manifest_merge::last_write_wins;

[[nodiscard]] peer::state merge(const manifest_merge::data_set& data) {
    std::vector<peer::change> changes;
    changes.reserve(data.changes());
    for (const auto& manifest : data.manifests()) {
        auto document = nlohmann::json::parse(sealsync::as_text(manifest.json));
        for (auto& each : document["changes"]) {
            const auto text = [&](const char* field) -> std::string& { return each[field].get_ref<std::string&>(); };
            auto& read = changes.emplace_back();
            read.timestamp = peer::parse_timestamp(text("timestamp"));
            read.version = each["version"].get<std::uint64_t>();
            read.what = peer::parse_action(text("action"));
            read.key = {std::move(text("collection_id")), std::move(text("record_id"))};
            read.device = std::move(text("device_id"));
            read.dot = std::move(text("dot"));
            read.size = each["size"].get<std::uint64_t>();
            each["replaces"].get_to(read.replaces);
            if (read.what == peer::action::erase) continue;
            read.digest = std::move(text("digest"));
            each["attachments"].get_to(read.attachments);
        }
    }
    return peer::merge(std::move(changes));
}

} // namespace

int main(int argc, char** argv) {
    return manifest_merge::run_contenders(argc, argv, [](const manifest_merge::data_set& data) {
        manifest_merge::add_contender(
            "nlohmann + sort", data, [&data] { return merge(data); },
            [&data](const peer::state& merged) {
                return manifest_merge::differs(peer::shown(merged), data.winners());
            });
    });
}
