// usage: bench_manifest_merge_generate NAME CHANGES REPEATS CONCURRENT canonical|blank|pretty DELTAS
//
// Writes a data set (data_set.hpp): CHANGES edits of 8 devices, of which REPEATS percent edit an object again and
// CONCURRENT percent of those replace an older version, as segments of at most 50,000 changes; then DELTAS segments of
// 1,000. In the canonical layout; with one blank that does not belong there, so that it is any JSON; or pretty-printed.
// The same arguments give the same bytes.

#include "data_set.hpp"
#include "history.hpp"

#include <sealsync/manifest/writer.hpp>

namespace {

using manifest_merge::device_count;
using manifest_merge::give_up;

constexpr std::size_t segment_changes_max = 50'000, delta_changes = 1'000;

/// As any pretty-printer does, with two blanks a level. Reads canonical JSON, which has no blanks of its own.
class pretty_printer {
public:
    [[nodiscard]] std::string print(std::string_view json) {
        out_.clear();
        out_.reserve(json.size() * 2);
        for (std::size_t i = 0; i < json.size(); ++i) {
            if (json[i] == '"') {
                const auto end = json.find('"', i + 1); // nothing in the data is escaped
                out_ += json.substr(i, end - i + 1);
                i = end;
            } else {
                put(json[i], i + 1 < json.size() ? json[i + 1] : '\0');
            }
        }
        return std::move(out_);
    }

private:
    void put(char c, char next) {
        if (c == '{' || c == '[') {
            out_ += c;
            ++depth_;
            if (next != '}' && next != ']') line();
        } else if (c == '}' || c == ']') {
            --depth_;
            if (out_.back() != '{' && out_.back() != '[') line();
            out_ += c;
        } else {
            out_ += c;
            if (c == ',') line();
            if (c == ':') out_ += ' ';
        }
    }
    void line() { out_.append(1, '\n').append(2 * depth_, ' '); }

    std::string out_;
    std::size_t depth_ = 0;
};

class writer {
public:
    writer(const std::string& name, manifest_merge::history& edits, std::string_view form)
        : edits_{edits}, data_{name, std::ios::binary}, index_{name + ".index"}, form_{form} {
        if (!data_ || !index_) give_up(name + ": cannot be written");
        edits_.random().fill(vault_.value);
        for (auto& log : logs_) edits_.random().fill(log.value);
    }

    void write(const char* what, std::size_t device, std::vector<sealsync::change> changes) {
        sealsync::segment s;
        s.vault = vault_;
        s.scope = "users/benchmark";
        s.device = edits_.device(device);
        s.log = logs_[device];
        s.seq = ++lengths_[device];
        if (s.version > 1) edits_.random().fill(s.previous.emplace().value);
        s.last_updated = changes.back().timestamp;
        s.changes = std::move(changes);
        const auto json = sealsync::write_segment(s, "collection_id");
        if (!json) give_up("a segment cannot be written: " + json.error().message());
        put(what, formed(sealsync::as_text(*json)), s.changes.size());
    }
    void note(const char* what) { index_ << what << ' ' << edits_.shown().text() << '\n'; }

private:
    [[nodiscard]] std::string formed(std::string_view json) {
        if (form_ == "pretty") return printer_.print(json);
        auto text = std::string{json};
        if (form_ == "blank") text.insert(1, 1, ' ');
        return text;
    }
    void put(const char* what, std::string_view json, std::size_t changes) {
        constexpr std::size_t line = 64;
        index_ << what << ' ' << written_ << ' ' << json.size() << ' ' << changes << '\n';
        const auto room = (json.size() + manifest_merge::padding + line - 1) / line * line;
        data_ << json << std::string(room - json.size(), '\0');
        written_ += room;
        if (!data_) give_up("the data cannot be written");
    }
    manifest_merge::history& edits_;
    std::ofstream data_, index_;
    std::string form_;
    pretty_printer printer_;
    sealsync::vault_id vault_;
    std::array<sealsync::log_id, device_count> logs_;
    std::array<std::uint64_t, device_count> lengths_{};
    std::size_t written_ = 0;
};

void generate(const std::string& name, const manifest_merge::plan& how, const std::string& form, std::size_t deltas) {
    manifest_merge::history edits{how};
    writer out{name, edits, form};
    std::array<std::vector<sealsync::change>, device_count> open;
    for (std::uint64_t i = 0; i < how.changes; ++i) {
        const auto by = edits.any_device();
        open[by].push_back(edits.next(by));
        if (open[by].size() == segment_changes_max) out.write("manifest", by, std::exchange(open[by], {}));
    }
    for (std::size_t by = 0; by < device_count; ++by) {
        if (!open[by].empty()) out.write("manifest", by, std::move(open[by]));
    }
    out.note("winners");

    for (std::size_t i = 0; i < deltas; ++i) {
        std::vector<sealsync::change> changes;
        for (std::size_t n = 0; n < delta_changes; ++n) changes.push_back(edits.next(i % device_count));
        out.write("delta", i % device_count, std::move(changes));
    }
    out.note("winners_after");
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 7)
        give_up("usage: bench_manifest_merge_generate NAME CHANGES REPEATS CONCURRENT canonical|blank|pretty DELTAS");
    const auto number = [&](int at) { return std::strtoull(argv[at], nullptr, 10); };
    manifest_merge::plan how;
    how.changes = number(2);
    how.repeats = static_cast<unsigned>(number(3));
    how.concurrent = static_cast<unsigned>(number(4));
    const std::string form = argv[5];
    if (form != "canonical" && form != "blank" && form != "pretty") give_up(form + ": no such form");
    generate(argv[1], how, form, number(6));
}
