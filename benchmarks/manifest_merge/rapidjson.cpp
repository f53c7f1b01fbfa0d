// RapidJSON's document, parsed in place in a copy of each manifest, and the first application's algorithm.

#include "contender.hpp"
#include "last_write_wins.hpp"

#include <benchmark/benchmark.h>
#include <rapidjson/document.h>

namespace {

namespace peer = manifest_merge::last_write_wins;

[[nodiscard]] peer::state merge(const manifest_merge::data_set& data) {
    std::vector<peer::change> changes;
    changes.reserve(data.changes());
    std::string text;
    for (const auto& manifest : data.manifests()) {
        text = sealsync::as_text(manifest.json);
        rapidjson::Document document;
        if (document.ParseInsitu(text.data()).HasParseError()) manifest_merge::give_up("RapidJSON refuses a manifest");
        for (const auto& each : document["changes"].GetArray()) {
            const auto view = [&](const char* field) {
                const auto& value = each[field];
                return std::string_view{value.GetString(), value.GetStringLength()};
            };
            auto& read = changes.emplace_back();
            read.timestamp = peer::parse_timestamp(view("timestamp"));
            read.version = each["version"].GetUint64();
            read.what = peer::parse_action(view("action"));
            read.key = {std::string{view("collection_id")}, std::string{view("record_id")}};
            read.device = view("device_id");
            read.dot = view("dot");
            read.size = each["size"].GetUint64();
            for (const auto& one : each["replaces"].GetArray()) read.replaces.emplace_back(one.GetString());
            for (const auto& one : each["attachments"].GetArray()) read.attachments.emplace_back(one.GetString());
            if (read.what != peer::action::erase) read.digest = view("digest");
        }
    }
    return peer::merge(std::move(changes));
}

} // namespace

int main(int argc, char** argv) {
    return manifest_merge::run_contenders(argc, argv, [](const manifest_merge::data_set& data) {
        manifest_merge::add_contender(
            "RapidJSON + sort", data, [&data] { return merge(data); },
            [&data](const peer::state& merged) {
                return manifest_merge::differs(peer::shown(merged), data.winners());
            });
    });
}
