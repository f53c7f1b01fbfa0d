#ifndef SEALSYNC_SYNC_DISCOVERY_HPP
#define SEALSYNC_SYNC_DISCOVERY_HPP

#include "../detail/sorted_table.hpp"
#include "../manifest/head.hpp"
#include "log_listing.hpp"
#include "log_reader.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whose log. Something that is called like a log, in another device's folder, is another one: it misleads nobody.
struct log_name {
    log_id log;
    device_id device;
    [[nodiscard]] friend bool operator==(const log_name&, const log_name&) = default;
    [[nodiscard]] friend auto operator<=>(const log_name&, const log_name&) = default;
};

/// A log as this sync has found it; how far it is merged is in the cursors.
struct incoming_log {
    std::uint64_t seq = 0;             ///< how far it is known to reach
    std::optional<digest256> stored{}; ///< of segment `seq`, if the head has announced it
    std::uint64_t listed = 0;          ///< the greatest number in the listing; 0: none
    std::uint64_t promised = 0;        ///< as far a sealed head has said it reaches: that was so once
    list<received_segment> fetched{};  ///< not merged yet, in order
    bool refused = false;              ///< nothing more of it is fetched by this sync
    bool missing = false;              ///< it was said to reach further than any segment that is there
};
using incoming_logs = sorted_table<log_name, incoming_log>;

/// Which logs there are, and how far each is known to reach.
template <class State>
class discovery {
public:
    discovery(State& state, const call_context& call) : state_{state}, call_{call} {}

    [[nodiscard]] const incoming_logs& logs() const noexcept { return logs_; }
    [[nodiscard]] incoming_logs& logs() noexcept { return logs_; }
    /// Whether the store has been listed.
    [[nodiscard]] bool listed() const noexcept { return listed_; }

    void learn(const head& announced) {
        for (const auto& entry : announced.logs) {
            auto& log = logs_[{entry.log, entry.device}];
            learn(log, entry.seq, entry.stored);
            if (state_.sealed) log.promised = (std::max)(log.promised, entry.seq);
        }
    }
    /// What heads that are gone have promised.
    void learn(const cursor_map& promised) {
        for (const auto& [log, upto] : promised) {
            auto& known = logs_[{log, upto.device}];
            learn(known, upto.seq, upto.stored == digest256{} ? std::nullopt : std::optional{upto.stored});
            known.promised = (std::max)(known.promised, upto.seq);
        }
    }

    /// Lists the devices' manifests: one LIST per thousand segments, and one HEAD for each log that the listing does
    /// not show as far as `cursors` have come. Only an object that cannot be read any more is a rollback
    /// (`errc::rolled_back`); a stale listing is not.
    [[nodiscard]] result<void> list(const cursor_map& cursors) {
        listed_ = true;
        auto done = list_segments(state_, call_, [&](typename State::keys_type::segment_name&& name) {
            const auto merged = cursors.find(name.log);
            if (merged != cursors.end() && merged->second.device != name.device) return;
            auto& log = logs_[{name.log, std::move(name.device)}];
            log.listed = (std::max)(log.listed, name.seq);
        });
        if (!done) return done;
        for (const auto& [log, cursor] : cursors) {
            const auto* known = logs_.find(log_name{log, cursor.device});
            if (known != nullptr && known->listed >= cursor.seq) continue;
            if (auto still = check_still_there(log, cursor); !still) return still;
        }
        for (auto& [name, log] : logs_) learn(log, log.listed, std::nullopt);
        return {};
    }

private:
    static void learn(incoming_log& log, std::uint64_t seq, const std::optional<digest256>& stored) {
        if (log.seq >= seq || seq > version_max) return; // what is called so is no segment
        log.seq = seq;
        log.stored = stored;
    }

    [[nodiscard]] result<void> check_still_there(const log_id& log, const cursor_row& cursor) {
        get_op op{state_.keys.segment(cursor.device, log, cursor.seq)};
        op.part = get_part::details;
        auto reply = state_.syncing.store.get_one(op, call_);
        if (reply) return {};
        if (reply.error() != errc::not_found) return std::move(reply).error().during("look for a known segment");
        return failure{errc::rolled_back, op.key.text(), "this device has merged it, but the store no longer has it"};
    }

    State& state_;
    const call_context& call_;
    incoming_logs logs_;
    bool listed_ = false;
};

}}} // namespace sealsync::detail

#endif
