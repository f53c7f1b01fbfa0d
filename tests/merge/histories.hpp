#ifndef SEALSYNC_TESTS_MERGE_HISTORIES_HPP
#define SEALSYNC_TESTS_MERGE_HISTORIES_HPP

#include "../manifest/samples.hpp"

#include <sealsync/manifest/dot_set.hpp>
#include <sealsync/manifest/sibling_set.hpp>
#include <sealsync/manifest/writer.hpp>
#include <sealsync/merge/manifest_merger.hpp>

#include <map>
#include <set>

/// Random histories of a few devices over few objects, and what a merge of them must be.
namespace sealsync_tests {

using object_key = std::tuple<change_type, std::string, std::string>;
using siblings_by_object = std::map<object_key, std::vector<change>>;

inline object_key key_of(const change& c) { return {c.type, c.collection.text(), c.id.text()}; }

/// `sibling_set` object by object.
class reference_merger {
public:
    merge_outcome add(const change& c) {
        auto& [siblings, met] = objects_[key_of(c)];
        sibling_version incoming;
        incoming.what = c;
        return siblings.merge(std::move(incoming), met, [](sibling_version&&) {});
    }
    [[nodiscard]] siblings_by_object siblings() const {
        siblings_by_object all;
        for (const auto& [key, object] : objects_) {
            auto& changes = all[key];
            for (const auto& each : object.first.versions()) changes.push_back(each.what);
        }
        return all;
    }

private:
    std::map<object_key, std::pair<sibling_set, dot_set>> objects_;
};

inline std::vector<change> changes_of(const object_view& object) {
    std::vector<change> changes;
    object.for_each_sibling([&](const version_view& each) { changes.push_back(each.to_change()); });
    return changes;
}

template <class Merger>
siblings_by_object siblings_of(const Merger& merger) {
    siblings_by_object all;
    merger.for_each_object([&](const object_view& object) {
        all[{object.type(), std::string{object.collection()}, object.id()}] = changes_of(object);
    });
    return all;
}

inline merge_settings settings_for(std::uint64_t seed = 1) {
    merge_settings settings;
    settings.collection_field = field;
    settings.seed = seed;
    return settings;
}

/// Edits of four runs, each on what its author may have seen of the object: often the newest, sometimes nothing or
/// several. Some are deletes, some attachments, some have ids of any length, names and lists.
class random_history {
public:
    explicit random_history(std::uint64_t seed) : random_{seed} {}

    [[nodiscard]] std::vector<change> edits(std::size_t count, std::size_t objects) {
        std::vector<change> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back(next(random_.below(objects)));
        return all;
    }
    /// Some of `edits` again with other content, as if two machines shared a run.
    void add_twins(std::vector<change>& edits) {
        const auto count = edits.size();
        for (std::size_t i = 0; i < count; ++i) {
            if (!edits[i].stored || !random_.one_in(8)) continue;
            auto twin = edits[i];
            twin.stored = digest_of(static_cast<std::uint8_t>(random_.below(250)));
            edits.push_back(std::move(twin));
        }
    }
    /// In segments of a few edits, each once in one, in a random order, some segments twice.
    [[nodiscard]] std::vector<segment> segments(std::vector<change> edits) {
        std::shuffle(edits.begin(), edits.end(), std::mt19937_64{random_.below(1'000'000)});
        std::vector<segment> all;
        while (!edits.empty()) {
            auto s = sample_segment();
            s.changes.clear();
            std::set<dot> there;
            for (auto room = 1 + random_.below(9); room > 0 && !edits.empty(); --room, edits.pop_back()) {
                if (!there.insert(edits.back().dot).second) break;
                s.changes.push_back(edits.back());
            }
            if (random_.one_in(6)) all.push_back(s);
            all.push_back(std::move(s));
        }
        return all;
    }
    [[nodiscard]] random_manifests& random() noexcept { return random_; }

private:
    [[nodiscard]] change next(std::size_t object) {
        auto& seen = seen_[object];
        auto c = object % 5 == 4 ? attachment_change() : record_change();
        const auto run = static_cast<std::uint8_t>(1 + random_.below(4));
        c.dot = dot_of(run, ++numbers_[run]);
        c.collection = *collection_id::make(object % 2 == 0 ? "emma" : std::string(32, 'e'));
        if (c.type == change_type::record) {
            const auto number = std::to_string(object);
            c.id = *object_id::make(object % 3 == 0   ? "rec-" + number
                                    : object % 3 == 1 ? std::string(32 - number.size(), 'a') + number
                                                      : "a-long-identifier-of-a-record-that-is-not-short-" + number);
            c.attachments.resize(random_.below(3));
        } else {
            c.id = *object_id::make(digest_of(static_cast<std::uint8_t>(object)).hex());
            c.version = random_.below(2);
        }
        c.timestamp = {static_cast<std::int64_t>(random_.below(1'000)) * 1'000'000'000};
        c.device = *device_id::make("device-" + std::to_string(run));
        c.size = random_.below(100'000'000);
        c.stored = digest_of(static_cast<std::uint8_t>(random_.below(250)));
        c.replaces.clear();
        for (const auto& each : seen) {
            if (!random_.one_in(4)) c.replaces.push_back(each);
        }
        std::sort(c.replaces.begin(), c.replaces.end());
        if (c.replaces.size() < 2) c.merge = merge_kind::none;
        if (random_.one_in(6)) erase(c);
        if (!random_.one_in(3)) seen.clear();
        seen.push_back(c.dot);
        return c;
    }
    static void erase(change& c) {
        c.action = change_action::erase;
        c.merge = merge_kind::none;
        c.size = 0;
        c.stored.reset();
        c.attachments.clear();
    }

    random_manifests random_;
    std::map<std::size_t, std::vector<dot>> seen_;
    std::map<std::uint8_t, std::uint64_t> numbers_;
};

} // namespace sealsync_tests

#endif
