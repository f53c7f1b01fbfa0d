#ifndef SEALSYNC_TESTING_FAULTY_STORAGE_HPP
#define SEALSYNC_TESTING_FAULTY_STORAGE_HPP

#include "../storage/byte_slice.hpp"
#include "../storage/storage.hpp"
#include "fault_plan.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Any storage, made as bad as its plan says. Every operation of a batch is handed to the wrapped storage on its own,
/// so that a crash can fall between two of them.
template <class Storage>
class faulty_storage {
public:
    using storage_type = Storage;

    faulty_storage(Storage inner, fault_plan plan) : inner_{std::move(inner)}, plan_{std::move(plan)} {}

    [[nodiscard]] Storage& inner() noexcept { return inner_; }
    [[nodiscard]] const fault_plan& plan() const noexcept { return plan_; }

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        for (const auto i : order(ops.size())) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            got(i, get_one(ops[i], call));
        }
        return {};
    }

    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        for (const auto i : order(ops.size())) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            stored(i, put_one(ops[i], call));
        }
        return {};
    }

    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        for (const auto i : order(keys.size())) {
            if (call.stop.stop_requested()) return detail::stopped(keys[i].text());
            removed(i, remove_one(keys[i], call));
        }
        return {};
    }

    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        if (call.stop.stop_requested()) return detail::stopped(query.prefix);
        const auto drawn = plan_.draw(request::list);
        ++plan_.locked()->counted.lists;
        return applied(drawn, query.prefix, false, [&] { return worsened(drawn, inner_.list(query, call)); });
    }

    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) {
        auto truth = inner_.probe(call);
        const auto at = plan_.locked();
        if (!truth || at->claimed) return at->claimed && truth ? *at->claimed : std::move(truth);
        if (at->conditions == condition_mode::off) truth->writes = conditional_writes::none;
        if (at->conditions == condition_mode::create_only) truth->writes = conditional_writes::create_only;
        if (at->conditions == condition_mode::ignored) truth->writes = conditional_writes::untrusted;
        return truth; // racy: no probe can tell
    }

private:
    using fate = fault_plan::fate;

    [[nodiscard]] std::vector<std::size_t> order(std::size_t count) {
        std::vector<std::size_t> indices(count);
        for (std::size_t i = 0; i < count; ++i) indices[i] = i;
        if (const auto at = plan_.locked(); at->reorders) at->rng.shuffle(indices);
        return indices;
    }

    /// What is the same for every request: crashes, and answers that say less than happened.
    template <class F>
    [[nodiscard]] auto applied(const fate& drawn, const std::string& object, bool writes, F&& apply)
        -> decltype(apply()) {
        if (drawn.crash == crash_point::before) throw simulated_crash{drawn.operation};
        const bool lost_after = drawn.is(fault::lost_answer) || drawn.is(fault::unknown_outcome);
        if (const auto refused = lost_after ? std::nullopt : refusal_of(drawn)) return refuse(*refused, object);
        auto outcome = apply();
        if (drawn.crash == crash_point::after) throw simulated_crash{drawn.operation};
        if (drawn.is(fault::lost_answer)) return refuse({errc::connection_lost, "no answer"}, object);
        if (drawn.is(fault::unknown_outcome)) {
            return refuse({writes ? errc::outcome_unknown : errc::unavailable, "500"}, object);
        }
        return outcome;
    }

    struct refusal {
        errc code;
        const char* detail;
    };
    [[nodiscard]] static failure refuse(refusal what, const std::string& object) {
        return failure{what.code, object, what.detail};
    }
    [[nodiscard]] static std::optional<refusal> refusal_of(const fate& drawn) noexcept {
        if (!drawn.suffers) return std::nullopt;
        switch (*drawn.suffers) {
        case fault::lost_request:
            return refusal{errc::connection_lost, "nothing sent"};
        case fault::conflict_answer:
            return refusal{errc::unavailable, "409"};
        case fault::throttled:
            return refusal{errc::throttled, "429"};
        case fault::unavailable:
            return refusal{errc::unavailable, "503"};
        case fault::read_only:
            return refusal{errc::read_only, "injected"};
        case fault::no_space:
            return refusal{errc::no_space, "injected"};
        case fault::hidden:
            return refusal{errc::not_found, "injected"};
        default:
            return std::nullopt;
        }
    }

    [[nodiscard]] result<get_reply> get_one(const get_op& op, const call_context& call) {
        const bool body = op.part == get_part::body;
        const auto drawn = plan_.draw(body ? request::get : request::details);
        ++(body ? plan_.locked()->counted.gets : plan_.locked()->counted.details);
        auto outcome = applied(drawn, op.key.text(), false, [&]() -> result<get_reply> {
            if (drawn.is(fault::vanished)) {
                if (auto gone = inner_remove(op.key, call); !gone) return std::move(gone).error();
            }
            if (drawn.is(fault::rolled_back)) {
                if (auto older = roll_back(op.key, call); !older) return std::move(older).error();
            }
            if (drawn.is(fault::stale_read)) {
                if (const auto older = history().older(op.key.text(), draw_number())) return answer(op, *older);
            }
            auto reply = inner_get(op, call);
            if (reply) damage(drawn, op, *reply);
            return reply;
        });
        if (outcome) {
            const auto at = plan_.locked();
            at->counted.bytes_down += outcome->body.size();
            if (body && outcome->not_modified) ++at->counted.not_modified;
        }
        return outcome;
    }

    [[nodiscard]] result<put_reply> put_one(const put_op& asked, const call_context& call) {
        const auto drawn = plan_.draw(request::put);
        {
            const auto at = plan_.locked();
            ++at->counted.puts;
            at->counted.bytes_up += asked.source != nullptr ? asked.source->size() : asked.body.size();
        }
        auto op = asked;
        if (auto refused = weaken(op)) return *std::move(refused);
        return applied(drawn, op.key.text(), true, [&]() -> result<put_reply> {
            auto body = body_of(op);
            if (!body) return std::move(body).error();
            auto reply = inner_put(op, call);
            if (reply) history().remember(op.key.text(), *std::move(body), reply->etag);
            return drawn.is(fault::duplicate_put) ? inner_put(op, call) : std::move(reply);
        });
    }

    [[nodiscard]] result<void> remove_one(const object_key& key, const call_context& call) {
        const auto drawn = plan_.draw(request::remove);
        ++plan_.locked()->counted.removes;
        return applied(drawn, key.text(), true, [&] { return inner_remove(key, call); });
    }

    /// What the store makes of the condition; a failure if it refuses.
    [[nodiscard]] std::optional<failure> weaken(put_op& op) {
        if (op.condition == write_condition::unconditional) return std::nullopt;
        const auto mode = plan_.locked()->conditions;
        const bool refused = mode == condition_mode::off ||
                             (mode == condition_mode::create_only && op.condition == write_condition::if_match);
        if (refused) return failure{errc::unsupported, op.key.text(), "501: conditional write"};
        const bool won_unduly = mode == condition_mode::racy && beaten_just_now(op) && draw_number() % 2 == 0;
        if (mode == condition_mode::ignored || won_unduly) op.condition = write_condition::unconditional;
        return std::nullopt;
    }

    /// The write would have won, had the latest version of the key come a moment later.
    [[nodiscard]] bool beaten_just_now(const put_op& op) const {
        const auto before = history().etag_before_latest(op.key.text());
        return before && *before == op.etag; // both empty: `if_absent` of what was just created
    }

    [[nodiscard]] result<list_page> worsened(const fate& drawn, result<list_page> page) {
        if (!page || page->entries.empty()) return page;
        auto& entries = page->entries;
        if (drawn.is(fault::stale_list)) {
            const auto newest = history().last_written();
            std::erase_if(entries, [&](const list_entry& entry) { return entry.key == newest; });
        }
        if (drawn.is(fault::truncated_list)) {
            entries.resize(static_cast<std::size_t>(draw_number() % entries.size()));
            page->more = false;
        }
        if (drawn.is(fault::short_page) && entries.size() > 1) {
            entries.resize(1);
            page->more = true;
        }
        return page;
    }

    void damage(const fate& drawn, const get_op& op, get_reply& reply) {
        const auto where = draw_number();
        if (drawn.is(fault::swapped_body)) {
            if (auto other = history().of_another(op.key.text(), where)) reply.body = *std::move(other);
        }
        if (reply.body.empty()) return;
        if (drawn.is(fault::truncated_body)) reply.body.resize(static_cast<std::size_t>(where % reply.body.size()));
        if (drawn.is(fault::flipped_bit)) {
            reply.body[static_cast<std::size_t>(where / 8 % reply.body.size())] ^= std::byte{1} << (where % 8);
        }
    }

    /// The answer that the store would have given when this version was the latest.
    [[nodiscard]] static result<get_reply> answer(const get_op& op, const store_history::version& version) {
        get_reply reply;
        reply.etag = version.etag;
        reply.not_modified = !op.if_none_match.empty() && op.if_none_match == version.etag;
        if (reply.not_modified) return reply;
        reply.size = version.body->size();
        if (op.part == get_part::details) return reply;
        const auto wanted = detail::wanted_range(op, reply.size);
        if (wanted.length > op.size_max) return detail::too_large(op, wanted.length);
        reply.body = to_bytes(bytes_view{*version.body}.subview(static_cast<std::size_t>(wanted.offset),
                                                                static_cast<std::size_t>(wanted.length)));
        return reply;
    }

    [[nodiscard]] result<void> roll_back(const object_key& key, const call_context& call) {
        const auto older = history().older(key.text(), draw_number());
        if (!older) return {};
        auto written = inner_put({.key = key, .body = *older->body}, call);
        if (!written) return std::move(written).error();
        history().remember(key.text(), *older->body, written->etag);
        return {};
    }

    [[nodiscard]] static result<bytes> body_of(const put_op& op) {
        if (op.source == nullptr) return to_bytes(op.body);
        bytes body(static_cast<std::size_t>(op.source->size()));
        if (auto read = op.source->read(0, body); !read) return std::move(read).error();
        return body;
    }

    // The wrapped storage, one operation at a time. A call that fails without reporting is that operation's failure.
    [[nodiscard]] result<get_reply> inner_get(const get_op& op, const call_context& call) {
        std::optional<result<get_reply>> outcome;
        const auto got = [&](std::size_t, result<get_reply> reply) { outcome.emplace(std::move(reply)); };
        return settled(inner_.get({&op, 1}, got, call), outcome, op.key);
    }
    [[nodiscard]] result<put_reply> inner_put(const put_op& op, const call_context& call) {
        std::optional<result<put_reply>> outcome;
        const auto stored = [&](std::size_t, result<put_reply> reply) { outcome.emplace(std::move(reply)); };
        return settled(inner_.put({&op, 1}, stored, call), outcome, op.key);
    }
    [[nodiscard]] result<void> inner_remove(const object_key& key, const call_context& call) {
        std::optional<result<void>> outcome;
        const auto removed = [&](std::size_t, result<void> reply) { outcome.emplace(std::move(reply)); };
        return settled(inner_.remove({&key, 1}, removed, call), outcome, key);
    }
    template <class T>
    [[nodiscard]] static result<T> settled(result<void> called, std::optional<result<T>>& outcome,
                                           const object_key& key) {
        if (outcome) return *std::move(outcome);
        if (!called) return std::move(called).error();
        return failure{errc::outcome_unknown, key.text(), "the storage reported nothing"};
    }

    [[nodiscard]] store_history& history() const noexcept { return *plan_.state_->history; }
    [[nodiscard]] std::uint64_t draw_number() { return plan_.locked()->rng(); }

    Storage inner_;
    fault_plan plan_;
};

}}} // namespace sealsync::testing

#endif
