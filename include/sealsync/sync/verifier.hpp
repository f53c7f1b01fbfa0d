#ifndef SEALSYNC_SYNC_VERIFIER_HPP
#define SEALSYNC_SYNC_VERIFIER_HPP

#include "attachment_reader.hpp"
#include "discovery.hpp"
#include "log_reader.hpp"

#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

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

struct listed_segment {
    const log_id* log;
    const device_id* device;
    std::uint64_t seq = 0;
};

/// Log by log, each in order.
[[nodiscard]] inline std::vector<listed_segment> segments_of(const std::map<log_id, listed_log>& logs) {
    std::vector<listed_segment> all;
    for (const auto& [id, log] : logs) {
        for (const auto seq : log.numbers) all.push_back({&id, &log.device, seq});
    }
    return all;
}

/// One GET per segment, many at once, and `visit(segment, result<bytes>)` for each in the order given; it returns
/// whether to go on. Holds `batch_bytes_max`, but for one larger segment: what comes beyond is asked for again.
template <class State, class Visit>
[[nodiscard]] result<void> read_segments(State& state, std::span<const listed_segment> wanted, const call_context& call,
                                         Visit&& visit) {
    const auto most = state.settings.batch_objects_max;
    for (auto at_once = (std::min<std::size_t>)(most, 16); !wanted.empty();) {
        std::vector<get_op> ops;
        for (const auto& one : wanted.first((std::min)(at_once, wanted.size()))) {
            get_op op{state.keys.segment(*one.device, *one.log, one.seq)};
            op.size_max = state.settings.sealed_manifest_bytes_max();
            ops.push_back(std::move(op));
        }
        std::vector<std::optional<result<bytes>>> bodies(ops.size());
        std::size_t held = 0;
        const auto keep = [&](std::size_t i, result<get_reply> reply) {
            if (reply && held > state.settings.batch_bytes_max) return;
            held += reply ? reply->body.size() : 0;
            bodies[i] = reply ? result<bytes>{std::move(reply->body)} : result<bytes>{std::move(reply).error()};
        };
        if (auto done = state.store.get(ops, keep, call); !done) return done;
        std::size_t read = 0;
        for (; read < bodies.size() && bodies[read]; ++read) {
            const auto go_on = visit(wanted[read], *std::move(bodies[read]));
            if (!go_on || !*go_on) return go_on ? result<void>{} : result<void>{go_on.error()};
        }
        if (read == 0 && ops.size() == 1) return failure{errc::outcome_unknown, ops.front().key.text(), "no answer"};
        at_once = read == bodies.size() ? (std::min)(most, at_once * 4) : (std::max<std::size_t>)(1, at_once / 2);
        wanted = wanted.subspan(read);
    }
    return {};
}

template <class State>
[[nodiscard]] result<void> each_segment(State& state, const call_context& call,
                                        function_ref<bool(const segment&)> visit) {
    auto logs = list_logs(state, call);
    if (!logs) return std::move(logs).error();
    log_reader<State> reader{state};
    return read_segments(state, segments_of(*logs), call, [&](const listed_segment& one, result<bytes> body) {
        if (!body) return result<bool>{std::move(body).error()};
        auto opened = reader.open(*one.device, *one.log, one.seq, *body, std::nullopt);
        if (!opened) return result<bool>{std::move(opened).error()};
        return result<bool>{visit(opened->content)};
    });
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
        if (auto read = read_logs(*logs); !read) return read;
        if (auto local = compare_with_cursors(*logs); !local) return local;
        find_listed();
        if (auto read = read_blobs(); !read) return read;
        if (auto read = read_attachments(); !read) return read;
        return count_orphans();
    }

    /// How far a log has been read.
    struct chain {
        const log_id* log = nullptr;
        std::uint64_t expected = 1;
        std::optional<digest256> previous{};
    };

    [[nodiscard]] result<void> read_logs(const std::map<log_id, listed_log>& logs) {
        report_.logs = logs.size();
        chain so_far;
        return read_segments(state_, segments_of(logs), call_, [&](const listed_segment& one, result<bytes> body) {
            if (so_far.log != one.log) so_far = {one.log};
            return check_segment(so_far, one, std::move(body));
        });
    }

    [[nodiscard]] result<bool> check_segment(chain& so_far, const listed_segment& one, result<bytes> body) {
        for (; so_far.expected < one.seq; ++so_far.expected, so_far.previous.reset()) {
            report_.problems.push_back(
                failure{errc::missing_object, state_.keys.segment(*one.device, *one.log, so_far.expected).text()});
        }
        auto got = body ? reader_.open(*one.device, *one.log, one.seq, *body, so_far.previous)
                        : result<received_segment>{std::move(body).error()};
        ++so_far.expected;
        so_far.previous.reset();
        if (!got && fatal(got.error())) return std::move(got).error();
        if (!got) return report_.problems.push_back(std::move(got).error()), true;
        so_far.previous = got->stored;
        ++report_.segments;
        note(got->content);
        return true;
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

    [[nodiscard]] bool stands(const object_ref& ref, const change& c) const {
        return !replaced_.contains(c.edit) && c.action != change_action::erase && !unlisted_.contains(ref);
    }

    /// Many at once, as the settings allow.
    [[nodiscard]] result<void> read_blobs() {
        std::vector<const change*> batch;
        std::uint64_t size = 0;
        for (const auto& [ref, change] : named_) {
            if (change.type == change_type::attachment || !stands(ref, change)) continue;
            const bool full = batch.size() >= state_.settings.batch_objects_max ||
                              size + change.size > state_.settings.batch_bytes_max;
            if (full && !batch.empty()) {
                if (auto read = read_batch(batch); !read) return read;
                batch.clear();
                size = 0;
            }
            batch.push_back(&change);
            size += change.size;
        }
        return batch.empty() ? result<void>{} : read_batch(batch);
    }

    [[nodiscard]] result<void> read_batch(std::span<const change* const> batch) {
        std::vector<get_op> ops;
        std::vector<std::optional<failure>> found;
        for (const auto* c : batch) {
            ops.push_back({state_.key_of(*c)});
            ops.back().size_max = c->size;
            found.emplace_back(failure{errc::outcome_unknown, ops.back().key.text(), "no answer"});
        }
        const auto check = [&](std::size_t i, result<get_reply> reply) {
            auto checked = check_blob(*batch[i], ops[i].key, std::move(reply));
            found[i] = checked ? std::nullopt : std::optional{std::move(checked).error()};
            show_progress();
        };
        if (auto done = state_.store.get(ops, check, call_); !done) return done;
        for (auto& one : found) {
            if (one && fatal(*one)) return *std::move(one);
        }
        for (auto& one : found) {
            if (one) report_.problems.push_back(*std::move(one));
        }
        return {};
    }

    [[nodiscard]] result<void> check_blob(const change& c, const object_key& key, result<get_reply> reply) {
        if (!reply && reply.error() == errc::not_found) return failure{errc::missing_object, key.text()};
        if (!reply && reply.error() == errc::too_large) {
            return failure{errc::tampered, key.text(), "longer than its segment says"};
        }
        if (!reply) return std::move(reply).error();
        ++report_.objects;
        report_.bytes += reply->body.size();
        if (state_.sync_cipher.digest(reply->body) != c.stored) {
            return failure{errc::tampered, key.text(), "not the bytes whose digest its segment has"};
        }
        bytes plain;
        const auto edit = c.edit.text();
        auto opened = state_.sync_cipher.open(state_.context_of(c, edit), reply->body, plain);
        if (!opened) return failure{opened.error().code(), key.text(), opened.error().detail()};
        return {};
    }

    /// Each once for all the names that the same bytes have.
    [[nodiscard]] result<void> read_attachments() {
        std::set<object_ref> done;
        for (const auto& [ref, change] : named_) {
            if (change.type != change_type::attachment || !stands(ref, change) || !done.insert(ref).second) continue;
            ++report_.attachments;
            report_.bytes += change.size;
            auto read = attachment_download<State>{state_, state_.sync_cipher, change, call_}.run(
                [](bytes_view) { return result<void>{}; });
            if (!read && fatal(read.error())) return read;
            if (!read) report_.problems.push_back(std::move(read).error());
            show_progress();
        }
        return {};
    }

    void show_progress() const {
        const sync_progress progress{sync_phase::discovering, report_.objects + report_.attachments, named_.size(),
                                     report_.bytes};
        if (options_.observer) options_.observer(progress);
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
    log_reader<State> reader_{state_};
    verify_report report_;
    std::vector<std::pair<object_ref, change>> named_;
    std::set<dot> replaced_;
    std::set<std::string> keys_;
    std::set<object_ref> unlisted_; ///< attachments that only replaced versions list
};

}}} // namespace sealsync::detail

#endif
