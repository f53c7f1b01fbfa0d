#ifndef SEALSYNC_TESTING_SIMULATION_WALK_HPP
#define SEALSYNC_TESTING_SIMULATION_WALK_HPP

#include "simulated_world.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Takes a world through its steps. Whatever a step finds broken is thrown as `simulation_violation`.
template <class ConflictPolicy, class Traits = default_traits>
class simulation_walk {
public:
    using world_type = simulated_world<ConflictPolicy, Traits>;
    using device = typename world_type::device;

    explicit simulation_walk(world_type& world) : world_{world} {}

    void take(const simulation_step& step) {
        const auto running = world_.running();
        auto& d = *running[step.device % running.size()];
        ++world_.count().steps;
        random rng{step.salt};
        if (!d.frozen) d.clock.advance(std::chrono::seconds{rng.below(5000)});
        take(d, step.kind, rng);
    }

    /// What one sync did, counted and judged.
    void judge(device& d, const result<sync_report>& done, bool disturbed) {
        ++world_.count().syncs;
        if (!done) {
            ++world_.count().failed_syncs;
            world_.say(d, "fails to sync: " + done.error().message());
            const auto kind = done.error().kind();
            const bool excused = kind == error_kind::retry || kind == error_kind::closed || world_.options().malice;
            if (!disturbed || !excused) violated(d.name + " cannot sync: " + done.error().message());
            return;
        }
        world_.count().waits += done->waiting;
        world_.count().deferred += done->deferred;
        world_.count().refusals += done->refusals.size();
        world_.count().clones_noticed += done->cloned ? 1 : 0;
        world_.count().unannounced += done->announced ? 0 : 1;
        if (world_.tracing()) world_.say(d, "syncs: " + text_of(*done));
        if (disturbed && world_.options().malice) return;
        if (!done->refusals.empty()) violated(d.name + " refuses: " + done->refusals.front().message());
    }

    /// Everything that the application can read is what the model says.
    void look(device& d) {
        for (const auto& id : record_ids) look_at(d, id);
        const auto listed = d.engine->collection(collection).list();
        if (!listed) return excuse(d, listed.error(), false);
        std::size_t live = 0;
        for (const auto& ref : model().objects(change_type::record)) {
            live += model().present(d.view, model().siblings(d.view, ref)).shown ? 1 : 0;
        }
        if (listed->size() != live) violated(d.name + " lists another number of records than it must");
    }

    static constexpr const char* collection = "emma";
    static constexpr std::array<const char*, 6> record_ids{"rec-1", "rec-12", "rec-2", "notes", "a b/c", "~x"};

private:
    void take(device& d, step_kind kind, random& rng) {
        switch (kind) {
        case step_kind::sync:
            return sync(d, rng);
        case step_kind::look:
            return look(d);
        case step_kind::turn_clock:
            return turn_clock(d, rng);
        case step_kind::back_up:
            world_.say(d, "is backed up");
            return d.backups.push_back(d.back_up());
        case step_kind::restore:
            return restore(d, rng);
        case step_kind::clone:
            return clone(d);
        case step_kind::die:
            return die(d);
        case step_kind::join:
            return join();
        default:
            return edit(d, kind, rng);
        }
    }

    // Edits.

    void edit(device& d, step_kind kind, random& rng) {
        if (rng.chance(world_.options().crashes / 4)) d.disk.crash_at(d.disk.calls() + rng.below(30), any_side(rng));
        world_.survive(d, [&] { make_edit(d, kind, rng); });
        d.disk.calm();
    }

    void make_edit(device& d, step_kind kind, random& rng) {
        const auto before = d.doing;
        d.doing = world_type::intent_of(d);
        auto emma = d.engine->collection(collection);
        switch (kind) {
        case step_kind::put_if_current:
            put_if_current(d, emma, rng);
            break;
        case step_kind::update:
            update(d, emma, rng);
            break;
        case step_kind::erase:
            acknowledge(d, emma.erase(any_id(rng)));
            break;
        case step_kind::edit_beside:
            edit_beside(d, emma, rng);
            break;
        case step_kind::attach:
            attach(d, emma, rng);
            break;
        case step_kind::put_profile:
            acknowledge(d, emma.put_profile(any_content(rng)));
            break;
        default:
            acknowledge(d, emma.put(any_id(rng), any_content(rng)));
        }
        d.doing = before;
    }

    template <class Collection>
    void put_if_current(device& d, Collection& emma, random& rng) {
        const auto id = any_id(rng);
        const auto now = emma.get(id);
        if (!now || !*now) return;
        acknowledge(d, emma.put(id, any_content(rng), if_current((*now)->version)));
    }

    template <class Collection>
    void update(device& d, Collection& emma, random& rng) {
        d.doing.together = true;
        auto ids = record_ids;
        rng.shuffle(ids);
        const auto count = 2 + rng.below(3);
        acknowledge(d, emma.update([&](auto& batch) {
            for (std::size_t i = 0; i < count; ++i) {
                if (rng.chance(0.2)) {
                    batch.erase(ids[i]);
                } else {
                    batch.put(ids[i], any_content(rng));
                }
            }
        }));
    }

    /// In a world whose policy shows nothing beside, an edit like any other.
    template <class Collection>
    void edit_beside(device& d, Collection& emma, random& rng) {
        const auto all = emma.conflicts();
        if (!all || all->empty()) return;
        const auto& entry = (*all)[static_cast<std::size_t>(rng.below(all->size()))];
        const auto& beside = entry.conflicts[static_cast<std::size_t>(rng.below(entry.conflicts.size()))];
        d.doing.derived = beside.version.dot;
        if (rng.chance(0.6)) {
            acknowledge(d, emma.erase(beside.id));
        } else {
            acknowledge(d, emma.put(beside.id, any_content(rng)));
        }
    }

    /// Few different bytes and names, so that devices meet on them.
    template <class Collection>
    void attach(device& d, Collection& emma, random& rng) {
        const auto scan = attachment_text(rng.below(4));
        const auto name = "scan " + std::to_string(rng.below(3));
        const auto id = emma.attach(attachment_source::from_bytes(scan), {name, "text/plain"});
        if (!id) return acknowledge(d, id);
        acknowledge(d, emma.put(any_id(rng), any_content(rng), {{}, {*id}}));
    }

    /// What was acknowledged has been committed: the oracle has seen it.
    template <class T>
    void acknowledge(device& d, const result<T>& answer) {
        if (answer) {
            if constexpr (std::is_same_v<T, version>) {
                const auto known = model().find(answer->dot);
                if (!known || !d.view.known.contains(*known)) violated(d.name + " acknowledges what it did not commit");
            }
            return;
        }
        ++world_.count().refused_edits;
        excuse(d, answer.error(), world_.options().malice);
    }

    // Syncs.

    void sync(device& d, random& rng) {
        plan(d, rng);
        const sync_options how{.rediscover = rng.chance(0.1)};
        const auto lost = lost_answers(d), happened = all_faults(d);
        world_.survive(d, [&] {
            d.busy = true;
            d.doing = world_type::intent_of(d);
            d.doing.syncing = true;
            const auto done = d.engine->sync(how);
            d.doing.syncing = false;
            judge(d, done, true);
        });
        d.busy = false;
        d.doing.syncing = false;
        d.calm();
        world_.count().lost_answers += lost_answers(d) - lost;
        world_.count().faults += all_faults(d) - happened;
    }

    /// What goes wrong during the next sync, and what others do between its requests.
    void plan(device& d, random& rng) {
        const auto& options = world_.options();
        const auto first = d.faults.operations();
        for (std::uint64_t i = 0; i < 40 && options.faults > 0; ++i) {
            if (rng.chance(options.faults)) d.faults.at(first + i, any_fault(rng));
        }
        if (options.replica_faults > 0) d.disk.chance(errc::no_space, options.replica_faults);
        if (rng.chance(options.crashes)) {
            if (rng.chance(0.5)) {
                d.faults.crash_at(first + rng.below(16), any_side(rng));
            } else {
                d.disk.crash_at(d.disk.calls() + rng.below(120), any_side(rng));
            }
        }
        if (!rng.chance(options.interruptions)) return;
        for (auto count = 1 + rng.below(3); count > 0; --count) {
            d.meanwhile.before(d.meanwhile.calls() + rng.below(8), [this, &d, salt = rng()] { interrupt(d, salt); });
        }
    }

    void interrupt(device& d, std::uint64_t salt) {
        random rng{salt};
        const auto running = world_.running();
        auto& other = *running[static_cast<std::size_t>(rng.below(running.size()))];
        ++world_.count().interruptions;
        if (&other == &d) {
            world_.say(d, "is edited meanwhile");
            return make_edit(d, any_edit(rng), rng); // a crash is the sync's
        }
        if (other.busy) return;
        world_.say(d, "is in the middle of its sync");
        if (rng.chance(0.3)) return edit(other, any_edit(rng), rng);
        if (rng.chance(0.5)) edit(other, any_edit(rng), rng);
        sync(other, rng);
    }

    // Calamities.

    void turn_clock(device& d, random& rng) {
        const auto hours = static_cast<int>(rng.below(20'000)) - 10'000;
        world_.say(d, "turns its clock by " + std::to_string(hours) + " hours");
        d.clock.advance(std::chrono::hours{hours});
    }
    void restore(device& d, random& rng) {
        if (d.backups.empty()) return;
        world_.say(d, "is restored from a backup");
        world_.restore(d, d.backups[static_cast<std::size_t>(rng.below(d.backups.size()))]);
    }
    void clone(device& d) {
        if (world_.running().size() >= world_type::running_max) return;
        const auto& copy = world_.clone(d);
        world_.say(d, "is copied: " + copy.name);
    }
    void die(device& d) {
        if (world_.running().size() <= 2) return;
        world_.say(d, "dies");
        world_.die(d);
    }
    void join() {
        if (world_.running().size() >= world_type::running_max) return;
        ++world_.count().newcomers;
        world_.say(world_.join(), "joins");
    }

    // Looking.

    void look_at(device& d, const char* id) {
        auto emma = d.engine->collection(collection);
        const auto record = emma.get(id);
        const auto expected = model().present(d.view, siblings(d, id));
        if (is_unread(d, expected.shown)) return must_be_missing(d, id, record);
        if (!record) return excuse(d, record.error(), false);
        if (record->has_value() != expected.shown.has_value()) violated(d.name + " shows or hides " + id + " wrongly");
        if (!expected.shown) return;
        const auto& shown = model().edits()[*expected.shown];
        if ((*record)->version.dot != shown.what.dot || (*record)->content != shown.content || (*record)->id != id) {
            violated(d.name + " shows another version of " + id + " than " + model().name(*expected.shown));
        }
        if ((*record)->conflicts.size() != expected.beside.size()) violated(d.name + " shows too much beside " + id);
        for (std::size_t i = 0; i < expected.beside.size(); ++i) {
            const auto beside = emma.get((*record)->conflicts[i].id);
            if (is_unread(d, expected.beside[i])) {
                must_be_missing(d, id, beside);
                continue;
            }
            if (!beside || !*beside || (*beside)->content != model().edits()[expected.beside[i]].content) {
                violated(d.name + " cannot read what stands beside " + id);
            }
        }
    }

    [[nodiscard]] std::vector<std::size_t> siblings(device& d, std::string_view id) const {
        const plaintext_cipher names;
        const auto key = object_id::make(names.keyed_id(id_purpose::record, collection, id));
        return model().siblings(d.view, {change_type::record, *collection_id::make(collection), *key});
    }

    /// A content that a malicious store keeps to itself cannot be shown.
    [[nodiscard]] bool is_unread(const device& d, const std::optional<std::size_t>& edit) const {
        return edit && d.view.unread.contains(*edit);
    }
    template <class T>
    void must_be_missing(device& d, std::string_view id, const result<T>& got) const {
        if (got) violated(d.name + " shows another content of " + std::string{id} + " than the one it lacks");
        excuse(d, got.error(), world_.options().malice);
    }
    /// Nor is it erased unseen; nor edited beside others, if it would have told the record's name: `hidden`.
    void excuse(device& d, const failure& why, bool hidden) const {
        if (why != errc::no_space && !(hidden && why == errc::missing_object)) {
            violated(d.name + " refuses an edit or a look: " + why.message());
        }
    }

    // What is drawn.

    [[nodiscard]] static const char* any_id(random& rng) {
        return record_ids[static_cast<std::size_t>(rng.below(record_ids.size()))];
    }
    /// Mostly new, sometimes what somebody else may write, too.
    [[nodiscard]] static std::string any_content(random& rng) {
        if (rng.chance(0.15)) return "same " + std::to_string(rng.below(3));
        if (rng.chance(0.05)) return {};
        return "line " + std::to_string(rng.below(1'000'000));
    }
    [[nodiscard]] static std::string attachment_text(std::uint64_t which) {
        return std::string(static_cast<std::size_t>(which * 70), static_cast<char>('a' + which));
    }
    [[nodiscard]] static step_kind any_edit(random& rng) {
        return static_cast<step_kind>(rng.below(static_cast<std::uint64_t>(step_kind::sync)));
    }
    [[nodiscard]] static crash_point any_side(random& rng) {
        return rng.chance(0.5) ? crash_point::before : crash_point::after;
    }
    [[nodiscard]] fault any_fault(random& rng) const {
        static constexpr auto honest = static_cast<std::uint64_t>(fault::hidden);
        if (world_.options().malice && rng.chance(0.4)) return one_of(rng, malicious);
        const auto drawn = static_cast<fault>(rng.below(honest));
        return drawn == fault::lost_request || rng.chance(0.3) ? fault::lost_answer : drawn;
    }
    static constexpr std::array<fault, 6> malicious{fault::hidden,       fault::truncated_body, fault::flipped_bit,
                                                    fault::swapped_body, fault::rolled_back,    fault::vanished};
    [[nodiscard]] static fault one_of(random& rng, const std::array<fault, 6>& menu) {
        return menu[static_cast<std::size_t>(rng.below(menu.size()))];
    }

    // What is counted.

    [[nodiscard]] static std::uint64_t lost_answers(const device& d) {
        return d.faults.happened(fault::lost_answer) + d.faults.happened(fault::unknown_outcome);
    }
    [[nodiscard]] static std::uint64_t all_faults(const device& d) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < fault_count; ++i) sum += d.faults.happened(static_cast<fault>(i));
        return sum;
    }
    [[nodiscard]] static std::string text_of(const sync_report& report) {
        return "pulled " + std::to_string(report.pulled) + ", pushed " + std::to_string(report.pushed) + ", waiting " +
               std::to_string(report.waiting) + (report.announced ? "" : ", not announced") +
               (report.refusals.empty() ? "" : ", refused: " + report.refusals.front().message());
    }

    [[nodiscard]] const simulation_model& model() const noexcept { return world_.oracle().model(); }

    world_type& world_;
};

}}} // namespace sealsync::testing

#endif
