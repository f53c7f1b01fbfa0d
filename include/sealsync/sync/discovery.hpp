#ifndef SEALSYNC_SYNC_DISCOVERY_HPP
#define SEALSYNC_SYNC_DISCOVERY_HPP

#include "announcement.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Which logs there are, and how far each is known to reach.
template <class State>
class discovery {
public:
    struct target {
        device_id device;
        std::uint64_t seq = 0;
        std::optional<digest256> stored; ///< of segment `seq`, as announced
    };
    using target_map = std::map<log_id, target>;
    using cursor_map = std::map<log_id, cursor_row>;

    discovery(State& state, const call_context& call) : state_{state}, call_{call} {}

    [[nodiscard]] const target_map& targets() const noexcept { return targets_; }
    [[nodiscard]] bool listed() const noexcept { return listed_; }
    /// The greatest number of a log in the listing; 0 if it has none.
    [[nodiscard]] std::uint64_t listed_up_to(const log_id& log) const {
        const auto at = listed_up_to_.find(log);
        return at == listed_up_to_.end() ? 0 : at->second;
    }

    void learn(const head& announced) {
        for (const auto& entry : announced.logs) learn(entry.log, {entry.device, entry.seq, entry.stored});
    }

    /// Lists the devices' manifests: one LIST per thousand segments, and one HEAD for each log that the listing does
    /// not show as far as `cursors` have come. Only an object that cannot be read any more is a rollback
    /// (`errc::rolled_back`); a stale listing is not.
    [[nodiscard]] result<void> list(const cursor_map& cursors) {
        listed_ = true;
        target_map found;
        auto done = state_.store.each_key(state_.keys.devices_prefix(), call_, [&](const list_entry& entry) {
            auto name = state_.keys.parse_segment(entry.key);
            if (!name) return;
            auto& log = found[name->log];
            if (log.seq < name->seq) log = {std::move(name->device), name->seq, std::nullopt};
        });
        if (!done) return done;
        for (const auto& [log, cursor] : cursors) {
            const auto at = found.find(log);
            if (at != found.end() && at->second.seq >= cursor.seq) continue;
            if (auto still = check_still_there(log, cursor); !still) return still;
        }
        for (auto& [log, newest] : found) {
            listed_up_to_[log] = newest.seq;
            learn(log, std::move(newest));
        }
        return {};
    }

private:
    void learn(const log_id& log, target newest) {
        auto& known = targets_[log];
        if (known.seq < newest.seq) known = std::move(newest);
    }

    [[nodiscard]] result<void> check_still_there(const log_id& log, const cursor_row& cursor) {
        get_op op{state_.keys.segment(cursor.device, log, cursor.seq)};
        op.part = get_part::details;
        auto reply = state_.store.get_one(op, call_);
        if (reply) return {};
        if (reply.error() != errc::not_found) return std::move(reply).error().during("look for a known segment");
        return failure{errc::rolled_back, op.key.text(), "this device has merged it, but the store no longer has it"};
    }

    State& state_;
    const call_context& call_;
    target_map targets_;
    std::map<log_id, std::uint64_t> listed_up_to_;
    bool listed_ = false;
};

}}} // namespace sealsync::detail

#endif
