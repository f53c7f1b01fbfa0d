// simdjson: its document and the first application's algorithm; and the limits of whoever reads any JSON with it: every
// field of every change read in its order and nothing merged, and the first of its two stages alone.

#include "contender.hpp"
#include "last_write_wins.hpp"

#include <benchmark/benchmark.h>
#include <simdjson.h>

namespace {

using manifest_merge::data_set;
using manifest_merge::give_up;
using namespace std::string_view_literals;
namespace peer = manifest_merge::last_write_wins;

[[nodiscard]] simdjson::padded_string_view padded(const data_set::manifest& manifest) {
    static_assert(manifest_merge::padding >= simdjson::SIMDJSON_PADDING);
    const auto text = sealsync::as_text(manifest.json);
    return simdjson::padded_string_view{text.data(), text.size(), text.size() + manifest_merge::padding};
}

void read_rest(const simdjson::dom::object& from, peer::change& to) {
    to.dot = std::string_view{from["dot"]};
    to.size = from["size"];
    for (const std::string_view one : from["replaces"]) to.replaces.emplace_back(one);
    for (const std::string_view one : from["attachments"]) to.attachments.emplace_back(one);
    if (to.what != peer::action::erase) to.digest = std::string_view{from["digest"]};
}

/// `complete`: or only what decides which version is shown.
[[nodiscard]] peer::state merge_documents(const data_set& data, bool complete) {
    std::vector<peer::change> changes;
    changes.reserve(data.changes());
    simdjson::dom::parser parser;
    for (const auto& manifest : data.manifests()) {
        const auto text = padded(manifest);
        for (const simdjson::dom::object each : parser.parse(text.data(), text.size(), false)["changes"]) {
            const auto view = [&](const char* field) { return std::string_view{each[field]}; };
            auto& read = changes.emplace_back();
            read.timestamp = peer::parse_timestamp(view("timestamp"));
            read.version = each["version"];
            read.what = peer::parse_action(view("action"));
            read.key = {std::string{view("collection_id")}, std::string{view("record_id")}};
            read.device = view("device_id");
            if (complete) read_rest(each, read);
        }
    }
    return peer::merge(std::move(changes));
}

/// Something of every field, so that none is left out.
struct digest_of_fields {
    std::uint64_t changes = 0, sum = 0;
    friend bool operator==(const digest_of_fields&, const digest_of_fields&) = default;

    void add(std::string_view text) noexcept { sum += text.size() * 256 + static_cast<unsigned char>(text.back()); }
    void add(std::uint64_t number) noexcept { sum += number; }
};

[[nodiscard]] digest_of_fields read_all(const data_set& data, simdjson::ondemand::parser& parser) {
    digest_of_fields all;
    for (const auto& manifest : data.manifests()) {
        auto document = parser.iterate(padded(manifest)).value();
        for (auto each : document["changes"].get_array()) {
            auto change = each.get_object().value();
            all.add(change.find_field("type"sv).get_string().value());
            all.add(change.find_field("collection_id"sv).get_string().value());
            all.add(change.find_field("record_id"sv).get_string().value());
            all.add(change.find_field("version"sv).get_uint64().value());
            all.add(change.find_field("timestamp"sv).get_string().value());
            all.add(change.find_field("device_id"sv).get_string().value());
            all.add(change.find_field("action"sv).get_string().value());
            all.add(change.find_field("dot"sv).get_string().value());
            for (auto dot : change.find_field("replaces"sv).get_array()) all.add(dot.get_string().value());
            all.add(change.find_field("size"sv).get_uint64().value());
            std::string_view digest;
            if (change.find_field("digest"sv).get(digest) == simdjson::SUCCESS) {
                all.add(digest);
                for (auto id : change.find_field("attachments"sv).get_array()) all.add(id.get_string().value());
            }
            ++all.changes;
        }
    }
    return all;
}

[[nodiscard]] digest_of_fields read_documents(const data_set& data) {
    digest_of_fields all;
    simdjson::dom::parser parser;
    for (const auto& manifest : data.manifests()) {
        const auto text = padded(manifest);
        for (const simdjson::dom::object each : parser.parse(text.data(), text.size(), false)["changes"]) {
            ++all.changes;
            for (const auto& [key, value] : each) {
                if (value.is_string()) all.add(std::string_view{value});
                if (value.is_uint64()) all.add(std::uint64_t{value});
                if (!value.is_array()) continue;
                for (const auto item : simdjson::dom::array{value}) all.add(std::string_view{item});
            }
        }
    }
    return all;
}

[[nodiscard]] std::size_t find_structure(const data_set& data, simdjson::dom::parser& parser) {
    std::size_t found = 0;
    for (const auto& manifest : data.manifests()) {
        const auto* text = reinterpret_cast<const std::uint8_t*>(manifest.json.data());
        const auto outcome = parser.implementation->stage1(text, manifest.json.size(), simdjson::stage1_mode::regular);
        if (outcome != simdjson::SUCCESS) give_up("simdjson refuses a manifest");
        found += parser.implementation->n_structural_indexes;
    }
    return found;
}

[[nodiscard]] std::size_t largest(const data_set& data) {
    std::size_t most = 0;
    for (const auto& manifest : data.manifests()) most = (std::max)(most, manifest.json.size());
    return most;
}

void add_all(const data_set& data) {
    const auto check = [&data](const peer::state& merged) {
        return manifest_merge::differs(peer::shown(merged), data.winners());
    };
    manifest_merge::add_contender(
        "simdjson DOM + sort", data, [&data] { return merge_documents(data, true); }, check);
    manifest_merge::add_contender(
        "simdjson DOM + sort, 6 of 12 fields", data, [&data] { return merge_documents(data, false); }, check);

    static simdjson::ondemand::parser ondemand;
    manifest_merge::add_contender(
        "simdjson, all fields read", data, [&data] { return read_all(data, ondemand); },
        [&data](const digest_of_fields& all) {
            return all == read_documents(data) && all.changes == data.changes() ? "" : std::string{"not all was read"};
        });

    static simdjson::dom::parser structure;
    if (structure.allocate(largest(data)) != simdjson::SUCCESS) give_up("no memory for simdjson's indexes");
    manifest_merge::add_contender(
        "simdjson stage 1", data, [&data] { return find_structure(data, structure); },
        [&data](std::size_t found) { return found > 40 * data.changes() ? "" : std::string{"too little was found"}; });
}

} // namespace

int main(int argc, char** argv) { return manifest_merge::run_contenders(argc, argv, add_all); }
