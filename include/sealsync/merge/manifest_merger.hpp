#ifndef SEALSYNC_MERGE_MANIFEST_MERGER_HPP
#define SEALSYNC_MERGE_MANIFEST_MERGER_HPP

#include "../executor.hpp"
#include "../manifest/canonical_changes.hpp"
#include "../manifest/checkpoint_layout.hpp"
#include "merge_lane.hpp"
#include "merge_views.hpp"

#include <atomic>
#include <memory>
#include <numeric>

namespace sealsync { inline namespace SEALSYNC_ABI {

struct merge_settings {
    std::string collection_field; ///< the layout's: `family_member_id`
    manifest_limits limits{};
    std::uint64_t seed = 0;      ///< of the hash: give a random one where ids are chosen by others, or they can collide
    executor* workers = nullptr; ///< threads that may help; none: the calling thread. Must outlive the merger
    vector_level level = best_level(); ///< that the scan uses; the processor must have it
};

/// Merges manifests of any number of devices, in any order and grouping, as often as they come: the siblings of every
/// object, its winner, and what changed. Nothing is sorted; merging into a standing state costs what is new.
/// The meaning is `sibling_set`'s: versions known, less those that a known version of the same object replaces. A
/// manifest that is refused changes nothing. Compact segments are read row by row, those in the canonical layout are
/// scanned; whatever that does not take goes to `Reader`, which says what JSON means: see `canonical_changes`.
///
/// Not thread-safe: one thread at a time. Threads may read together while none feeds it or takes what changed.
template <class Reader = canonical_changes>
class basic_manifest_merger {
public:
    explicit basic_manifest_merger(merge_settings settings) : state_{std::make_unique<state>(std::move(settings))} {}

    /// Merges a manifest. Fails as `Reader` does, and nothing is changed.
    [[nodiscard]] result<merge_counts> add(bytes_view manifest) {
        auto& lane = state_->lanes.front();
        lane.stage.clear();
        if (auto ok = lane.read(manifest); !ok) return std::move(ok).error();
        return fold_first();
    }

    /// Merges several, with the threads of `workers` if there are any. Fails as `Reader` does at the first that is
    /// refused, which the failure names by its place: those before it are merged, it and those after it are not.
    [[nodiscard]] result<merge_counts> add(std::span<const bytes_view> manifests) {
        merge_counts counts;
        for (std::size_t begin = 0; begin < manifests.size();) {
            const auto wave = manifests.subspan(begin, wave_size(manifests.subspan(begin)));
            std::vector<staged_part> staged(wave.size());
            auto refused = read(wave, staged);
            counts += fold(staged);
            if (refused) return std::move(*refused).during("manifest " + std::to_string(begin + staged.size()));
            begin += wave.size();
        }
        return counts;
    }

    /// Merges the changes of a manifest that has been read. They must hold what `detail::check_change` asks, and no
    /// number over 2^53 - 1, which every codec has seen to.
    merge_counts add(const segment& s) {
        auto& stage = state_->lanes.front().stage;
        stage.clear();
        change_viewer viewer;
        for (const auto& each : s.changes) stage.stage(viewer(each));
        return fold_first();
    }

    /// Merges a checkpoint, as its parts have been read: what its author had merged, and what was left of it. The
    /// result is that of the logs it covers, less what its author has dropped since. Costs what is known, not only what
    /// is new. Fails with `errc::invalid_argument` if these are not all parts of one checkpoint, in order; nothing is
    /// changed.
    [[nodiscard]] result<merge_counts> add_checkpoint(std::span<const checkpoint> parts) {
        if (auto whole = detail::check_parts(parts); !whole) return std::move(whole).error();
        auto& stage = state_->lanes.front().stage;
        stage.clear();
        change_viewer viewer;
        std::vector<detail::indexed_dot> left;
        for (const auto& part : parts) {
            for (const auto& each : part.siblings) {
                stage.stage(viewer(each));
                left.push_back({each.dot.n, state_->texts.index_of(each.dot.run)});
            }
        }
        drop_what_was_met(parts, std::move(left));
        const auto counts = fold_first();
        join_met(parts, state_->covered);
        return counts;
    }

    /// Objects known, deleted ones included.
    [[nodiscard]] std::size_t objects() const noexcept {
        std::size_t all = 0;
        for (const auto& each : state_->shards) all += each.objects();
        return all;
    }
    /// Of the state, without the buffers that reading uses.
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        std::size_t all = 0;
        for (const auto& each : state_->shards) all += each.bytes_held();
        return all + state_->covered.bytes_held();
    }

    /// Slots that are passed by to find every object once, one or a few for each: more tell of a seed that is known.
    [[nodiscard]] std::size_t probes() const noexcept {
        std::size_t all = 0;
        for (const auto& each : state_->shards) all += each.probes();
        return all;
    }

    /// `id` is empty for a profile.
    [[nodiscard]] std::optional<object_view> find(change_type type, std::string_view collection,
                                                  std::string_view id) const {
        const auto number = state_->texts.collections.known(collection);
        if (number == detail::no_index) return std::nullopt;
        detail::merge_entry like{};
        const auto form = detail::put_id(id, like.id);
        like.collection = number;
        like.version_and_facts = detail::merge_entry::facts(type, change_action::insert, form, false);
        const auto hash = detail::staged_changes::hash_of(state_->hash, like, state_->texts.collections.hash(number));
        const auto& shard = state_->shards[hash % state_->shards.size()];
        const auto at = shard.find(like, hash, form == detail::id_form::long_ ? id : std::string_view{});
        if (at == detail::no_index) return std::nullopt;
        return object_view{shard, at};
    }

    /// Calls `f(object_view)` for each object, in no particular order.
    template <class F>
    void for_each_object(F&& f) const {
        for (const auto& shard : state_->shards) {
            shard.for_each([&](std::uint32_t at) { f(object_view{shard, at}); });
        }
    }

    /// Calls `f(object_view, version_view)` for each object that has a winner, tombstones included.
    template <class F>
    void for_each_winner(F&& f) const {
        for_each_object([&](const object_view& object) {
            if (const auto winner = object.winner()) f(object, *winner);
        });
    }

    /// Calls `f(object_view)` for each object that is new or whose siblings changed since the last call, once each.
    /// Costs what changed.
    template <class F>
    void take_changed(F&& f) {
        for (auto& shard : state_->shards) {
            shard.take_changed([&](std::uint32_t at) { f(object_view{shard, at}); });
        }
    }

private:
    using lane_type = detail::merge_lane<Reader>;

    /// Its parts refer to each other, so that it stays where it is when the merger moves.
    struct state {
        explicit state(merge_settings settings)
            : hash{settings.seed}, texts{hash}, limits{settings.limits}, workers{settings.workers} {
            const auto width = workers == nullptr ? std::size_t{1} : (std::min)(workers->width(), lanes_max);
            lanes.reserve(width);
            shards.reserve(std::bit_ceil(width));
            for (std::size_t i = 0; i < width; ++i) {
                lanes.emplace_back(settings.collection_field, settings.limits, settings.level, hash);
            }
            for (std::size_t i = 0; i < std::bit_ceil(width); ++i) shards.emplace_back(hash, texts, covered);
        }

        detail::seeded_hash hash;
        detail::repeated_texts texts;
        detail::covered_edits covered;
        manifest_limits limits;
        executor* workers;
        std::vector<lane_type> lanes;
        std::vector<detail::object_shard> shards;
    };

    /// Of what a lane has staged, one manifest's.
    struct staged_part {
        std::size_t lane = 0, begin = 0, end = 0;
    };

    static constexpr std::size_t lanes_max = 16, block_size = 64;
    static constexpr std::size_t lane_bytes = std::size_t{1} << 20U, wave_bytes = 64 * lane_bytes;

    /// How many manifests are read before they are merged: one; with several lanes so many that none waits long for
    /// another, but no more, so that what they stage is mostly still near when it is merged. What is staged is at most
    /// `wave_bytes` for each lane, and a manifest more for each.
    [[nodiscard]] std::size_t wave_size(std::span<const bytes_view> manifests) const noexcept {
        const auto lanes = state_->lanes.size();
        if (lanes == 1) return 1;
        std::size_t size = 0, all = 0, enough = lane_bytes;
        while (size < manifests.size() && (size % lanes != 0 || all < lanes * enough)) {
            const auto staged = staged_bytes(manifests[size++]);
            all += staged;
            enough = std::clamp(staged / 4 * 3, enough, wave_bytes);
        }
        return size;
    }
    /// About what its changes need when they are staged, if it is read to its end.
    [[nodiscard]] std::size_t staged_bytes(bytes_view manifest) const noexcept {
        constexpr std::size_t row = 80, text = 400;
        const auto size = (std::min)(manifest.size(), std::size_t{state_->limits.bytes_max});
        return (size / (is_compact(manifest) ? row : text) + 1) * sizeof(detail::merge_entry);
    }

    void run(std::size_t parts, function_ref<void(std::size_t)> f) {
        if (state_->workers == nullptr || parts == 1) {
            for (std::size_t i = 0; i < parts; ++i) f(i);
        } else {
            state_->workers->run(parts, f);
        }
    }

    /// The lanes read what is next, the largest first, so that they end together. Where the first is refused `staged`
    /// ends, and that and what stands behind it is not staged.
    [[nodiscard]] std::optional<failure> read(std::span<const bytes_view> wave, std::vector<staged_part>& staged) {
        std::vector<std::size_t> order(wave.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](auto left, auto right) { return wave[left].size() > wave[right].size(); });
        std::vector<std::optional<failure>> refused(wave.size());
        std::atomic<std::size_t> turn{0};
        run(state_->lanes.size(), [&](std::size_t which) {
            auto& lane = state_->lanes[which];
            lane.stage.clear();
            for (auto at = turn++; at < order.size(); at = turn++) {
                const auto place = order[at], begin = lane.stage.size();
                if (auto ok = lane.read(wave[place]); !ok) refused[place] = std::move(ok).error();
                staged[place] = {which, begin, lane.stage.size()};
            }
        });
        const auto first =
            std::find_if(refused.begin(), refused.end(), [](const auto& each) { return each.has_value(); });
        if (first == refused.end()) return std::nullopt;
        const auto kept = static_cast<std::size_t>(first - refused.begin());
        staged.resize(kept);
        return std::move(*first);
    }

    void join_met(std::span<const checkpoint> parts, detail::covered_edits& covered) {
        for (const auto& part : parts) {
            for (const auto& each : part.met) covered.join(state_->texts.index_of(each.run), each.edits);
        }
    }
    /// `left` are the dots of the checkpoint's siblings.
    void drop_what_was_met(std::span<const checkpoint> parts, std::vector<detail::indexed_dot> left) {
        detail::covered_edits met;
        join_met(parts, met);
        const auto before = [](const detail::indexed_dot& a, const detail::indexed_dot& b) {
            return std::tie(a.run, a.n) < std::tie(b.run, b.n);
        };
        std::sort(left.begin(), left.end(), before);
        for (auto& shard : state_->shards) {
            shard.drop_if([&](const detail::merge_entry& version) {
                const detail::indexed_dot dot{version.n, version.run};
                return met.contains(version) && !std::binary_search(left.begin(), left.end(), dot, before);
            });
        }
    }

    /// Merges what the first lane has staged.
    merge_counts fold_first() {
        const staged_part all{0, 0, state_->lanes.front().stage.size()};
        return fold({&all, 1});
    }
    /// Each shard takes from all parts what is its own.
    merge_counts fold(std::span<const staged_part> parts) {
        for (auto& lane : state_->lanes) lane.stage.share_texts(state_->texts);
        const auto shards = state_->shards.size();
        std::vector<merge_counts> counts(shards);
        run(shards, [&](std::size_t which) {
            merge_counts own;
            for (const auto& each : parts) fold(each, which, own);
            counts[which] = own;
        });
        merge_counts all;
        for (const auto& each : counts) all += each;
        return all;
    }
    /// In blocks, each in steps, so that the memory that all of a block need is asked for before any waits for it; the
    /// table's while the block before is merged.
    void fold(const staged_part& from, std::size_t which, merge_counts& counts) {
        auto& stage = state_->lanes[from.lane].stage;
        auto& shard = state_->shards[which];
        std::array<block, 2> blocks;
        auto at = take_own(blocks[0], from.begin, from.end, which, stage);
        for (std::size_t i = 0; blocks[i].count > 0; i = 1 - i) {
            at = take_own(blocks[1 - i], at, from.end, which, stage);
            merge(blocks[i], stage, shard, counts);
        }
    }
    struct block {
        std::size_t count = 0;
        std::array<std::size_t, block_size> staged;
    };
    /// The next that are of this shard. Returns where it ended.
    [[nodiscard]] std::size_t take_own(block& own, std::size_t at, std::size_t end, std::size_t which,
                                       const detail::staged_changes& stage) const noexcept {
        const auto others = state_->shards.size() - 1;
        own.count = 0;
        for (; at < end && own.count < block_size; ++at) {
            own.staged[own.count] = at;
            own.count += std::size_t{(stage.hash(at) & others) == which};
        }
        const auto& shard = state_->shards[which];
        for (std::size_t i = 0; i < own.count; ++i) shard.prefetch(stage.hash(own.staged[i]));
        return at;
    }
    /// Those of which no object is guessed, mostly of new ones, are merged while memory brings the others' objects: as
    /// what is guessed depends on the hash alone, none of one kind is about the object of one of the other. (If the
    /// stage has other numbers than the shard, what history says of the versions themselves is asked for in vain.)
    static void merge(const block& own, detail::staged_changes& stage, detail::object_shard& shard,
                      merge_counts& counts) {
        std::array<std::size_t, block_size> fresh, met;
        std::array<std::uint32_t, block_size> objects; // of those that were met
        std::array<detail::sibling_walk, block_size> walks;
        std::size_t fresh_count = 0, met_count = 0;
        for (std::size_t i = 0; i < own.count; ++i) {
            const auto staged = own.staged[i];
            const auto at = shard.guess(stage.hash(staged));
            fresh[fresh_count] = met[met_count] = staged;
            objects[met_count] = at;
            walks[met_count] = {&stage[staged], at, at};
            fresh_count += std::size_t{at == detail::no_index};
            met_count += std::size_t{at != detail::no_index};
        }
        shard.prefetch_objects(std::span{walks}.first(met_count));
        for (std::size_t i = 0; i < fresh_count; ++i) {
            const auto& version = stage.shared(fresh[i]);
            counts += shard.merge(version, stage.hash(fresh[i]), stage.rest(version));
        }
        shard.prefetch_siblings(std::span{walks}.first(met_count));
        for (std::size_t i = 0; i < met_count; ++i) {
            const auto& version = stage.shared(met[i]);
            counts += shard.merge(version, stage.hash(met[i]), stage.rest(version), objects[i]);
        }
    }

    std::unique_ptr<state> state_;
};

using manifest_merger = basic_manifest_merger<>;

}} // namespace sealsync

#endif
