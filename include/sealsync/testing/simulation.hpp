#ifndef SEALSYNC_TESTING_SIMULATION_HPP
#define SEALSYNC_TESTING_SIMULATION_HPP

#include "../conflict/keep_both.hpp"
#include "../conflict/last_write_wins.hpp"
#include "../conflict/merge_with.hpp"
#include "simulation_walk.hpp"

#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Puts the lines of all siblings together, whatever they were made on.
struct merge_of_lines {
    static constexpr policy_reads reads = policy_reads::contents;
    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        merge_with together{
            [](std::optional<bytes_view>, std::span<const bytes_view> contents) { return union_of_lines(contents); }};
        return together.resolve(siblings, base);
    }
};
static_assert(conflict_policy<merge_of_lines>);

template <>
struct simulated_policy<last_write_wins> {
    static constexpr auto rule = conflict_rule::last_write_wins;
    static constexpr const char* name = "last_write_wins";
    [[nodiscard]] static last_write_wins make() { return {}; }
};
template <>
struct simulated_policy<keep_both> {
    static constexpr auto rule = conflict_rule::keep_both;
    static constexpr const char* name = "keep_both";
    [[nodiscard]] static keep_both make() { return {}; }
};
template <>
struct simulated_policy<merge_of_lines> {
    static constexpr auto rule = conflict_rule::merge_lines;
    static constexpr const char* name = "merge_with";
    [[nodiscard]] static merge_of_lines make() { return {}; }
};

/// A world from its first step to the proof that it has converged.
template <class ConflictPolicy, class Traits = default_traits>
class simulation {
    using world_type = simulated_world<ConflictPolicy, Traits>;
    using walk_type = simulation_walk<ConflictPolicy, Traits>;
    using device = typename world_type::device;

public:
    using tracer = typename world_type::tracer;

    explicit simulation(const simulation_options& options, tracer trace = {})
        : world_{options, std::move(trace)}, walk_{world_} {}

    /// Throws `simulation_violation`.
    void run(std::span<const simulation_step> steps) {
        ++world_.count().worlds;
        for (const auto& step : steps) walk_.take(step);
        converge();
    }
    /// Edits and faults stop, every device syncs twice, once with rediscovery. Two rounds also do for merges: each
    /// device merges in its own turn, having pulled what all before it merged, and nobody edits any more.
    void converge() {
        if (world_.options().malice) world_.end_malice();
        const auto all = world_.running();
        for (auto* d : all) sync(*d, true);
        for (auto* d : all) sync(*d, false);
        for (auto* d : all) check_settled(*d);
        check_nothing_lost(*all.front());
        for (auto* d : all) check_equal(*all.front(), *d);
        check_newcomer(*all.front());
        for (auto* d : all) check_idle(*d);
    }

    /// A sync that nothing disturbs must succeed, refuse nothing and keep nothing back.
    sync_report sync(device& d, bool rediscover = false) {
        d.doing.syncing = true;
        auto done = d.engine->sync({.rediscover = rediscover});
        d.doing.syncing = false;
        walk_.judge(d, done, false);
        if (done->waiting > 0) violated(d.name + " still waits for segments");
        if (done->deferred > 0) violated(d.name + " keeps edits back");
        return *std::move(done);
    }
    [[nodiscard]] world_type& world() noexcept { return world_; }

    [[nodiscard]] simulation_counters counters() noexcept {
        auto all = world_.count();
        all.conflicts = world_.oracle().conflicts();
        return all;
    }

private:
    void check_settled(device& d) {
        if (*d.engine->pending() != 0) violated(d.name + " has edits that it did not push");
        world_.oracle().check_all(d.view, d.rows);
        walk_.look(d);
        if (world_.oracle().model().rule() == conflict_rule::merge_lines) check_merged(d);
    }

    void check_merged(const device& d) {
        const auto& model = world_.oracle().model();
        std::map<detail::object_ref, bytes> contents;
        for (const auto& [ref, versions] : rows_of(d)) {
            for (const auto& version : versions) {
                if (version.erased() || ref.type == change_type::attachment) continue;
                const auto& content = model.edits()[*model.find(version.what.dot)].content;
                const auto [at, first] = contents.emplace(ref, content);
                if (!first && at->second != content) violated(d.name + " has not merged " + model.name(ref));
            }
        }
    }

    /// Every segment that the store has is reflected, and so is everything that any device still knows.
    void check_nothing_lost(const device& d) {
        const auto& oracle = world_.oracle();
        for (const auto& [log, count] : world_.logs_in_store()) {
            for (std::uint64_t seq = 1; seq <= count; ++seq) {
                const auto* const sealed = oracle.segment(log, seq);
                if (sealed == nullptr) violated("the store has a segment that nobody sealed, of log " + log.hex());
                for (const auto edit : sealed->edits) {
                    if (!d.view.reflects(edit)) violated("lost: " + oracle.model().name(edit));
                }
            }
        }
    }

    void check_equal(const device& first, const device& second) {
        const auto& model = world_.oracle().model();
        for (std::size_t edit = 0; edit < model.edits().size(); ++edit) {
            if (first.view.reflects(edit) == second.view.reflects(edit)) continue;
            violated(first.name + " and " + second.name + " differ in " + model.name(edit));
        }
        if (rows_of(first) != rows_of(second)) violated(first.name + " and " + second.name + " hold different rows");
    }

    using row_map = std::map<detail::object_ref, std::vector<sibling_version>>;
    [[nodiscard]] static row_map rows_of(const device& d) {
        auto rows = d.rows;
        detail::unit_of_work unit{*rows.begin()};
        row_map all;
        for (const auto type : {change_type::record, change_type::profile, change_type::attachment}) {
            unit.each_object(type, {}, [&](const detail::object_ref& ref, const detail::object_row& row) {
                auto versions = row.siblings.versions();
                for (auto& version : versions) {
                    version.fetched = false; // last-write-wins fetches what it shows
                    version.gap = false;     // each remembers its own part of the past
                }
                all.emplace(ref, std::move(versions));
                return true;
            });
        }
        return all;
    }

    /// The head alone leads a newcomer to everything, attachments included.
    void check_newcomer(const device& settled) {
        auto& d = world_.join();
        ++world_.count().newcomers;
        const auto report = sync(d, false);
        if (report.requests.list > 0 && world_.store().size() > 0) violated("the head did not serve a newcomer");
        check_equal(settled, d);
        walk_.look(d);
        check_attachments(d);
    }

    void check_attachments(device& d) {
        std::set<object_id> ids;
        for (const auto& edit : world_.oracle().model().edits()) {
            if (edit.what.type == change_type::attachment) ids.insert(edit.what.id);
        }
        auto emma = d.engine->collection(walk_type::collection);
        for (const auto& id : ids) {
            if (const auto entry = emma.attachment(id); !entry || !*entry) continue; // attached in vain, then lost
            std::string read;
            const auto done = emma.read_attachment(id, [&](bytes_view part) {
                read += as_text(part);
                return result<void>{};
            });
            if (!done) violated("an attachment cannot be read: " + done.error().message());
            if (detail::sha256_of(bytes_view{read}).hex() != id.text()) violated("an attachment reads as another");
        }
    }

    /// The price of having nothing to do: one conditional GET, and now and then a listing.
    void check_idle(device& d) {
        (void)sync(d, false); // learns of nothing, but remembers the head as it is now
        const auto report = sync(d, false);
        if (!report.idle()) violated(d.name + " has something to do when all is done");
        if (report.requests.list == 0 && report.requests != request_counts{.get = 1}) {
            violated(d.name + " needs " + std::to_string(report.requests.total()) + " requests for nothing");
        }
    }

    world_type world_;
    walk_type walk_;
};

}}} // namespace sealsync::testing

#endif
