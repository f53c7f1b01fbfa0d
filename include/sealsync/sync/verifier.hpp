#ifndef SEALSYNC_SYNC_VERIFIER_HPP
#define SEALSYNC_SYNC_VERIFIER_HPP

#include "attachment_reader.hpp"
#include "discovery.hpp"
#include "log_reader.hpp"

#include <set>

namespace sealsync::inline SEALSYNC_ABI::detail {

/// The logs as a listing shows them, each with the numbers of its segments.
struct listed_log {
    device_id device;
    std::vector<std::uint64_t> numbers; ///< ascending
};

template <class State>
[[nodiscard]] result<std::map<log_id, listed_log>> list_logs(State& state, const call_context& call) {
    std::map<log_id, listed_log> logs;
    auto done = state.store.each_key(state.keys.devices_prefix(), call, [&](const list_entry& entry) {
        auto name = state.keys.parse_segment(entry.key);
        if (!name) return;
        auto& log = logs[name->log];
        log.device = std::move(name->device);
        log.numbers.push_back(name->seq);
    });
    if (!done) return std::move(done).error();
    return logs;
}

template <class State>
[[nodiscard]] result<received_segment> read_segment(State& state, const listed_log& log, const log_id& id,
                                                    std::uint64_t seq, const std::optional<digest256>& previous,
                                                    const call_context& call) {
    get_op op{state.keys.segment(log.device, id, seq)};
    op.size_max = state.settings.sealed_manifest_bytes_max();
    auto reply = state.store.get_one(op, call);
    if (!reply) return std::move(reply).error();
    return log_reader<State>{state}.open(log.device, id, seq, reply->body, previous);
}

template <class State>
[[nodiscard]] result<void> each_segment(State& state, const call_context& call,
                                        function_ref<bool(const segment&)> visit) {
    auto logs = list_logs(state, call);
    if (!logs) return std::move(logs).error();
    for (const auto& [id, log] : *logs) {
        for (const auto seq : log.numbers) {
            auto got = read_segment(state, log, id, seq, std::nullopt, call);
            if (!got) return std::move(got).error();
            if (!visit(got->content)) return {};
        }
    }
    return {};
}

/// Reads all that a vault should have and compares it with what its segments say.
template <class State>
class verifier {
public:
    verifier(State& state, const sync_options& options) : state_{state}, options_{options}, call_{options.stop} {}

    [[nodiscard]] result<verify_report> run() {
        auto checked = check();
        if (!checked && checked.error() != errc::cancelled) return std::move(checked).error().during("verify");
        report_.stopped = !checked;
        return std::move(report_);
    }

private:
    [[nodiscard]] result<void> check() {
        auto logs = list_logs(state_, call_);
        if (!logs) return std::move(logs).error();
        for (const auto& [id, log] : *logs) {
            if (auto read = read_log(id, log); !read) return read;
        }
        if (auto local = compare_with_cursors(*logs); !local) return local;
        find_listed();
        for (const auto& [ref, change] : named_) {
            if (replaced_.contains(change.edit) || change.action == change_action::erase) continue;
            if (unlisted_.contains(ref)) continue;
            if (auto read = read_object(change); !read) return read;
        }
        return count_orphans();
    }

    [[nodiscard]] result<void> read_log(const log_id& id, const listed_log& log) {
        ++report_.logs;
        std::optional<digest256> previous;
        std::uint64_t expected = 1;
        for (const auto seq : log.numbers) {
            for (; expected < seq; ++expected, previous.reset()) {
                report_.problems.push_back(
                    failure{errc::missing_object, state_.keys.segment(log.device, id, expected).text()});
            }
            auto got = read_segment(state_, log, id, seq, previous, call_);
            if (!got && fatal(got.error())) return std::move(got).error();
            if (got) {
                ++report_.segments;
                previous = got->stored;
                note(got->content);
            } else {
                previous.reset();
                report_.problems.push_back(std::move(got).error());
            }
            ++expected;
        }
        return {};
    }

    void note(const segment& s) {
        for (const auto& c : s.changes) {
            for (const auto& old : c.replaces) replaced_.insert(old);
            if (c.stored) keys_.insert(state_.key_of(c).text());
            if (c.type == change_type::attachment) {
                keys_.insert(state_.keys.attachment_metadata(c.collection, c.id).text());
            }
            named_.emplace_back(ref_of(c), c);
        }
    }

    /// An attachment whose records have all been replaced or erased is needed no more. One that no record ever listed
    /// is the application's to know about.
    void find_listed() {
        std::set<object_ref> listed;
        for (const auto& [ref, change] : named_) {
            auto& found = replaced_.contains(change.edit) ? unlisted_ : listed;
            for (const auto& id : change.attachments) found.insert({change_type::attachment, change.collection, id});
        }
        for (const auto& ref : listed) unlisted_.erase(ref);
    }

    /// A log that is shorter than what this device has merged has lost what others may never see.
    [[nodiscard]] result<void> compare_with_cursors(const std::map<log_id, listed_log>& logs) {
        auto cursors =
            state_.inspect([](auto& unit) -> result<std::map<log_id, cursor_row>> { return unit.cursors(); });
        if (!cursors) return std::move(cursors).error();
        for (const auto& [id, cursor] : *cursors) {
            const auto log = logs.find(id);
            if (log != logs.end() && log->second.numbers.back() >= cursor.seq) continue;
            report_.problems.push_back(failure{errc::rolled_back,
                                               state_.keys.segment(cursor.device, id, cursor.seq).text(),
                                               "this device has merged it, but the store does not list it"});
        }
        return {};
    }

    [[nodiscard]] result<void> read_object(const change& c) {
        auto read = c.type == change_type::attachment ? read_attachment_once(c) : read_blob(c);
        if (!read && fatal(read.error())) return read;
        if (!read) report_.problems.push_back(std::move(read).error());
        const sync_progress progress{sync_phase::discovering, report_.objects + report_.attachments, named_.size(),
                                     report_.bytes};
        if (options_.observer) options_.observer(progress);
        return {};
    }

    [[nodiscard]] result<void> read_blob(const change& c) {
        get_op op{state_.key_of(c)};
        op.size_max = c.size;
        auto reply = state_.store.get_one(op, call_);
        if (!reply && reply.error() == errc::not_found) return failure{errc::missing_object, op.key.text()};
        if (!reply && reply.error() == errc::too_large) {
            return failure{errc::tampered, op.key.text(), "longer than its segment says"};
        }
        if (!reply) return std::move(reply).error();
        ++report_.objects;
        report_.bytes += reply->body.size();
        if (state_.sync_cipher.digest(reply->body) != c.stored) {
            return failure{errc::tampered, op.key.text(), "not the bytes whose digest its segment has"};
        }
        bytes plain;
        const auto edit = c.edit.text();
        auto opened = state_.sync_cipher.open(state_.context_of(c, edit), reply->body, plain);
        if (!opened) return failure{opened.error().code(), op.key.text(), opened.error().detail()};
        return {};
    }

    /// Once for all the names that the same bytes have.
    [[nodiscard]] result<void> read_attachment_once(const change& c) {
        if (!attachments_.insert(ref_of(c)).second) return {};
        ++report_.attachments;
        report_.bytes += c.size;
        return attachment_download<State>{state_, state_.sync_cipher, c, call_}.run(
            [](bytes_view) { return result<void>{}; });
    }

    /// Replaced versions stay until they are collected; only what no segment ever named is an orphan.
    [[nodiscard]] result<void> count_orphans() {
        return state_.store.each_key(state_.keys.root() + "/", call_, [&](const list_entry& entry) {
            if (keys_.contains(entry.key) || state_.keys.parse_segment(entry.key) || fixed(entry.key)) return;
            ++(entry.key.ends_with(".blob") ? report_.orphans : report_.foreign);
        });
    }
    [[nodiscard]] bool fixed(std::string_view key) const {
        return key == state_.keys.head().text() || key == state_.keys.master_key().text() ||
               key == state_.keys.vault().text();
    }

    [[nodiscard]] static bool fatal(const failure& why) {
        return why == errc::cancelled || why.kind() == error_kind::retry || why.kind() == error_kind::closed;
    }

    State& state_;
    const sync_options& options_;
    call_context call_;
    verify_report report_;
    std::vector<std::pair<object_ref, change>> named_;
    std::set<dot> replaced_;
    std::set<std::string> keys_;
    std::set<object_ref> attachments_;
    std::set<object_ref> unlisted_; ///< attachments that only replaced versions list
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
