#ifndef SEALSYNC_BENCHMARKS_MANIFEST_MERGE_HISTORY_HPP
#define SEALSYNC_BENCHMARKS_MANIFEST_MERGE_HISTORY_HPP

#include "winners.hpp"

#include <sealsync/manifest/change_names.hpp>
#include <sealsync/manifest/segment.hpp>
#include <sealsync/testing/random.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace manifest_merge {

inline constexpr std::size_t device_count = 8;

struct plan {
    std::uint64_t changes = 100'000;
    unsigned repeats = 30;   ///< percent of the changes that edit an object again
    unsigned concurrent = 0; ///< percent of those that replace an older version than the newest
    std::uint64_t seed = 1;
};

/// What the devices of one vault did, edit by edit, in the order of its timestamps; so that without concurrent edits
/// the newest version of an object is the one that nobody replaced.
class history {
public:
    explicit history(const plan& how) : plan_{how}, random_{how.seed} {
        for (auto& run : runs_) run = random_id128<sealsync::run_id>();
        for (auto& name : devices_) name = random_id<sealsync::device_id>();
        for (auto& name : collections_) name = random_id<sealsync::collection_id>();
        fresh_left_ = plan_.changes - plan_.changes * plan_.repeats / 100;
        left_ = plan_.changes;
        objects_.reserve(fresh_left_);
    }

    [[nodiscard]] const sealsync::device_id& device(std::size_t number) const { return devices_[number]; }
    [[nodiscard]] std::size_t objects() const noexcept { return objects_.size(); }
    [[nodiscard]] sealsync::testing::random& random() noexcept { return random_; }

    /// Of the first `changes` edits exactly the planned part are repeats; of those after, about that part.
    [[nodiscard]] sealsync::change next(std::size_t by) {
        const auto fresh = left_ > 0 ? random_.below(left_) < fresh_left_ : random_.below(100) >= plan_.repeats;
        if (left_ > 0) --left_;
        if (fresh && fresh_left_ > 0) --fresh_left_;
        if (fresh || objects_.empty()) objects_.push_back(object{random_()});
        auto& edited = fresh ? objects_.back() : objects_[random_.below(objects_.size())];
        return edit(edited, by);
    }
    [[nodiscard]] std::size_t any_device() noexcept { return random_.below(device_count); }

    [[nodiscard]] winners shown() const {
        winners all;
        for (const auto& each : objects_) {
            const auto& one =
                *std::max_element(each.siblings.begin(), each.siblings.begin() + each.count,
                                  [&](const auto& left, const auto& right) { return beaten(left, right); });
            all.add(collection_of(each).text(), record_id(each), one.number, sealsync::stamp{one.time}.text(),
                    sealsync::name_of(one.action));
        }
        return all;
    }

private:
    struct place {
        std::uint32_t n = 0;
        std::uint32_t device = 0;
    };
    struct version {
        std::int64_t time = 0;
        place edit{};
        std::uint32_t number = 0;
        sealsync::change_action action = sealsync::change_action::insert;
    };
    struct object {
        std::uint64_t name = 0;
        std::array<version, 2> siblings{};
        std::array<place, 2> before{}; ///< what the newest sibling replaced
        std::uint8_t count = 0, count_before = 0;
    };

    template <class Id>
    [[nodiscard]] Id random_id128() {
        Id id;
        random_.fill(id.value);
        return id;
    }
    template <class Id>
    [[nodiscard]] Id random_id() {
        return *Id::make(sealsync::to_hex(random_.some_bytes(16)));
    }

    [[nodiscard]] static std::string record_id(const object& of) {
        sealsync::testing::random bits{of.name};
        return sealsync::to_hex(bits.some_bytes(16));
    }
    [[nodiscard]] const sealsync::collection_id& collection_of(const object& of) const {
        return collections_[of.name % collections_.size()];
    }
    /// A tombstone by any live sibling, else the older by the newer; no two have one timestamp.
    [[nodiscard]] static bool beaten(const version& left, const version& right) noexcept {
        const auto erased = [](const version& v) { return v.action == sealsync::change_action::erase; };
        if (erased(left) != erased(right)) return erased(left);
        return left.time < right.time;
    }

    [[nodiscard]] sealsync::change edit(object& what, std::size_t by) {
        const bool beside = what.count == 1 && random_.below(100) < plan_.concurrent;
        version made{now_ += 1'000'000'000 + static_cast<std::int64_t>(random_.below(1'000'000'000)),
                     place{++numbers_[by], static_cast<std::uint32_t>(by)}, 1};
        made.action = action_after(what, beside);
        if (!beside) {
            for (std::uint8_t i = 0; i < what.count; ++i) {
                what.before[i] = what.siblings[i].dot;
                made.number = (std::max)(made.number, what.siblings[i].number + 1);
            }
            what.count_before = std::exchange(what.count, std::uint8_t{0});
        } else if (what.count_before > 0) {
            made.number = what.siblings[0].number;
        }
        what.siblings[what.count++] = made;
        return change_of(what, made);
    }

    [[nodiscard]] sealsync::change_action action_after(const object& what, bool beside) {
        using enum sealsync::change_action;
        if (beside) return what.count_before > 0 ? update : insert;
        const auto live = std::any_of(what.siblings.begin(), what.siblings.begin() + what.count,
                                      [](const version& v) { return v.action != erase; });
        if (!live) return insert;
        return random_.below(50) == 0 ? erase : update;
    }

    [[nodiscard]] sealsync::dot dot_of(const place& at) const { return {runs_[at.device], at.n}; }

    [[nodiscard]] sealsync::change change_of(const object& what, const version& made) {
        sealsync::change c;
        c.collection = collection_of(what);
        c.id = *sealsync::object_id::make(record_id(what));
        c.version = made.number;
        c.timestamp = sealsync::stamp{made.time};
        c.device = devices_[made.dot.device];
        c.action = made.action;
        c.dot = dot_of(made.dot);
        for (std::uint8_t i = 0; i < what.count_before; ++i) c.replaces.push_back(dot_of(what.before[i]));
        std::sort(c.replaces.begin(), c.replaces.end());
        if (c.action == sealsync::change_action::erase) return c;
        c.size = 100 + random_.below(99'901);
        random_.fill(c.stored.emplace().value);
        if (random_.below(100) < 3) c.attachments.push_back(*sealsync::object_id::make(c.stored->hex()));
        return c;
    }

    plan plan_;
    sealsync::testing::random random_;
    std::array<sealsync::run_id, device_count> runs_;
    std::array<sealsync::device_id, device_count> devices_;
    std::array<sealsync::collection_id, 4> collections_;
    std::array<std::uint32_t, device_count> numbers_{};
    std::vector<object> objects_;
    std::uint64_t fresh_left_ = 0, left_ = 0;
    std::int64_t now_ = 1'700'000'000'000'000'000;
};

} // namespace manifest_merge

#endif
