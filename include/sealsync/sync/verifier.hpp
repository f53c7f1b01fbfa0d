#ifndef SEALSYNC_SYNC_VERIFIER_HPP
#define SEALSYNC_SYNC_VERIFIER_HPP

#include "attachment_reader.hpp"
#include "discovery.hpp"
#include "log_reader.hpp"
#include "progress_meter.hpp"
#include "segment_fetcher.hpp"
#include "stored_content.hpp"

#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Every segment that the store lists: log by log, each in order.
template <class State>
[[nodiscard]] result<list<segment_place>> listed_segments(State& state, const call_context& call) {
    list<segment_place> all;
    auto done = list_segments(state, call, [&](typename State::keys_type::segment_name&& name) {
        all.push_back({name.log, std::move(name.device), name.seq});
    });
    if (!done) return std::move(done).error();
    sort_stably(all, [](const segment_place& a, const segment_place& b) {
        return std::tie(a.log, a.seq) < std::tie(b.log, b.seq);
    });
    return all;
}

/// One GET per segment, many at once, and `visit(place, result<bytes>)` for each in the order given; it returns whether
/// to go on.
template <class State>
[[nodiscard]] result<void> read_segments(State& state, std::span<const segment_place> wanted, const call_context& call,
                                         function_ref<result<bool>(const segment_place&, result<bytes>)> visit) {
    segment_fetcher<State> fetcher{state, call, 16};
    while (!wanted.empty()) {
        auto answers = fetcher.fetch(wanted);
        if (!answers) return std::move(answers).error();
        std::size_t read = 0;
        for (; read < answers->size() && (*answers)[read].taken; ++read) {
            const auto go_on = visit(wanted[read], std::move((*answers)[read].body));
            if (!go_on) return go_on.error();
            if (!*go_on) return {};
        }
        wanted = wanted.subspan(read);
    }
    return {};
}

template <class State>
[[nodiscard]] result<void> each_segment(State& state, const call_context& call,
                                        function_ref<bool(const segment&)> visit) {
    const auto listed = listed_segments(state, call);
    if (!listed) return listed.error();
    log_reader<State> reader{state};
    return read_segments(state, *listed, call, [&](const segment_place& one, result<bytes> body) -> result<bool> {
        if (!body) return std::move(body).error();
        auto opened = reader.open(one.device, one.log, one.seq, *body, std::nullopt);
        if (!opened) return std::move(opened).error();
        return visit(opened->content);
    });
}

/// Reads all that a vault should have and compares it with what its segments say.
template <class State>
class verifier {
public:
    verifier(State& state, const sync_options& options)
        : state_{state}, call_{options.stop}, progress_{options.observer, state.syncing.store} {}

    [[nodiscard]] result<verify_report> run() {
        state_.syncing.store.reset();
        auto checked = check();
        if (!checked && checked.error() != errc::cancelled) return std::move(checked).error().during("verify");
        report_.stopped = !checked;
        return std::move(report_);
    }

private:
    [[nodiscard]] result<void> check() {
        const auto listed = listed_segments(state_, call_);
        if (!listed) return listed.error();
        if (auto read = read_logs(*listed); !read) return read;
        if (auto local = compare_with_cursors(*listed); !local) return local;
        find_listed();
        progress_.expect(sync_phase::discovering, named_.size());
        if (auto read = read_blobs(); !read) return read;
        if (auto read = read_attachments(); !read) return read;
        return count_orphans();
    }

    /// How far a log has been read.
    struct chain {
        log_id log{};
        std::uint64_t expected = 1;
        std::optional<digest256> previous{};
    };

    [[nodiscard]] result<void> read_logs(std::span<const segment_place> listed) {
        chain so_far;
        return read_segments(state_, listed, call_, [&](const segment_place& one, result<bytes> body) {
            if (report_.logs == 0 || so_far.log != one.log) {
                so_far = {one.log};
                ++report_.logs;
            }
            return check_segment(so_far, one, std::move(body));
        });
    }

    [[nodiscard]] result<bool> check_segment(chain& so_far, const segment_place& one, result<bytes> body) {
        if (so_far.expected < one.seq) {
            const auto missing = one.seq - so_far.expected;
            report_.problems.push_back(failure{errc::missing_object,
                                               state_.keys.segment(one.device, one.log, so_far.expected).text(),
                                               missing == 1 ? "" : "and " + std::to_string(missing - 1) + " after it"});
            so_far.expected = one.seq;
            so_far.previous.reset();
        }
        auto got = body ? reader_.open(one.device, one.log, one.seq, *body, so_far.previous)
                        : result<received_segment>{std::move(body).error()};
        ++so_far.expected;
        so_far.previous.reset();
        if (!got && fatal(got.error())) return std::move(got).error();
        if (!got) {
            report_.problems.push_back(std::move(got).error());
            return true;
        }
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
            auto& found = replaced_.contains(change.dot) ? unlisted_ : listed;
            for (const auto& id : change.attachments) found.insert({change_type::attachment, change.collection, id});
        }
        for (const auto& ref : listed) unlisted_.erase(ref);
    }

    /// A log that is shorter than what this device has merged has lost what others may never see.
    [[nodiscard]] result<void> compare_with_cursors(std::span<const segment_place> listed) {
        std::map<log_id, std::uint64_t> reaches;
        for (const auto& one : listed) reaches[one.log] = one.seq;
        const auto compare = [&](const cursor_map& known, errc code, const char* why) {
            for (const auto& [id, upto] : known) {
                const auto log = reaches.find(id);
                if (log != reaches.end() && log->second >= upto.seq) continue;
                report_.problems.push_back(failure{code, state_.keys.segment(upto.device, id, upto.seq).text(), why});
            }
        };
        return state_.local.inspect([&](auto& unit) -> result<void> {
            compare(unit.cursors(), errc::rolled_back, "this device has merged it, but the store does not list it");
            compare(unit.promised(), errc::missing_object,
                    "a sealed head has named it, but the store does not list it");
            return {};
        });
    }

    [[nodiscard]] bool stands(const object_ref& ref, const change& c) const {
        return !replaced_.contains(c.dot) && c.action != change_action::erase && !unlisted_.contains(ref);
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
        list<get_op> ops;
        list<std::optional<failure>> found;
        for (const auto* c : batch) {
            ops.push_back(get_of(state_, *c));
            found.push_back(failure{errc::outcome_unknown, ops.back().key.text(), "no answer"});
        }
        const auto check = [&](std::size_t i, result<get_reply> reply) {
            report_.objects += reply ? 1 : 0;
            report_.bytes += reply ? reply->body.size() : 0;
            auto opened = open_content(state_, *batch[i], std::move(reply));
            found[i] = opened ? std::nullopt : std::optional{std::move(opened).error()};
            progress_.advance(1);
        };
        if (auto done = state_.syncing.store.get(ops, check, call_); !done) return done;
        for (auto& one : found) {
            if (one && fatal(*one)) return *std::move(one);
        }
        for (auto& one : found) {
            if (one) report_.problems.push_back(*std::move(one));
        }
        return {};
    }

    /// Each once for all the names that the same bytes have.
    [[nodiscard]] result<void> read_attachments() {
        std::set<object_ref> done;
        for (const auto& [ref, change] : named_) {
            if (change.type != change_type::attachment || !stands(ref, change) || !done.insert(ref).second) continue;
            ++report_.attachments;
            report_.bytes += change.size;
            auto read =
                attachment_download<State>{state_, change, call_}.run([](bytes_view) { return result<void>{}; });
            if (!read && fatal(read.error())) return read;
            if (!read) report_.problems.push_back(std::move(read).error());
            progress_.advance(1);
        }
        return {};
    }

    /// Counts what the store holds besides what segments name. Only the content of a collection can be an orphan; a
    /// version that was replaced is none, because the segment that named it is still there.
    [[nodiscard]] result<void> count_orphans() {
        return state_.syncing.store.each_key(state_.keys.root() + "/", call_, [&](const list_entry& entry) {
            if (keys_.contains(entry.key)) return;
            const auto parts = state_.keys.parse(entry.key);
            if (!parts) {
                ++report_.foreign;
            } else if (!parts->collection.empty()) {
                ++report_.orphans;
            }
        });
    }

    [[nodiscard]] static bool fatal(const failure& why) {
        return why == errc::cancelled || why.kind() == error_kind::retry || why.kind() == error_kind::closed;
    }

    State& state_;
    call_context call_;
    progress_meter progress_;
    log_reader<State> reader_{state_};
    verify_report report_;
    std::vector<std::pair<object_ref, change>> named_;
    std::set<dot> replaced_;
    std::set<std::string> keys_;
    std::set<object_ref> unlisted_; ///< attachments that only replaced versions list
};

}}} // namespace sealsync::detail

#endif
