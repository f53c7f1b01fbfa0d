#ifndef SEALSYNC_S3_BASIC_S3_STORAGE_HPP
#define SEALSYNC_S3_BASIC_S3_STORAGE_HPP

#include "capability_probe.hpp"
#include "multipart_upload.hpp"
#include "ranged_download.hpp"

#include <functional>
#include <memory>
#include <mutex>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Objects in a bucket of any S3-compatible service. A handle: copies are the same store. Thread-safe: each call
/// borrows an HTTP client, and gives it back with its connections open. docs/s3.md
///
/// Retries what may be repeated (`s3_settings::retry`): reads, and writes of the same bytes. A conditional write is
/// sent again only if it certainly did not land; if nobody knows, it is `errc::outcome_unknown`: read back. Sources
/// above `multipart_above` are uploaded in parts; such a write takes no condition, since not all stores honour one.
template <http_client Http, s3_authority Authority, s3_xml Xml, s3_crypto Crypto>
class basic_s3_storage {
public:
    /// Makes a client for one more caller at the same time.
    using client_factory = std::function<result<Http>()>;

    /// `prefix` stands before every key in the bucket: empty, or with a slash at its end.
    basic_s3_storage(client_factory connect, Authority authority, std::string prefix = {}, s3_settings settings = {})
        : state_{std::make_shared<state>(std::move(connect), std::move(authority), std::move(prefix), settings)} {}

    /// One request an operation.
    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(state_->settings.connections);
        detail::get_job job{state_->prefix, ops, got};
        if (auto done = runner.run(job, call); !done) return done;
        return complete_ranges(runner, job.take_sizeless(), ops, got, call);
    }

    /// One request an operation; above `multipart_above` as `detail::multipart_upload` says.
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        std::vector<std::size_t> whole, parted;
        for (std::size_t i = 0; i < ops.size(); ++i) (is_large(ops[i]) ? parted : whole).push_back(i);
        auto runner = by->runner(state_->settings.connections);
        if (parted.empty()) return put_whole(runner, ops, stored, call);

        std::vector<put_op> some;
        for (const auto i : whole) some.push_back(ops[i]);
        const auto renamed = [&](std::size_t i, result<put_reply> reply) { stored(whole[i], std::move(reply)); };
        if (auto done = put_whole(runner, some, renamed, call); !done) return done;
        auto single = runner.with(1);
        for (const auto i : parted) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            stored(i, put_in_parts(single, by->get().crypto, ops[i], call));
        }
        return {};
    }

    /// One request for a thousand keys, if they are many and the store takes that; else one each.
    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(state_->settings.connections);
        if (keys.size() < few_keys) return remove_each(runner, keys, removed, call);

        std::vector<std::size_t> left;
        const auto sift = [&](std::size_t i, result<void> outcome) {
            if (!outcome && outcome.error() == errc::unsupported) return left.push_back(i);
            removed(i, std::move(outcome));
        };
        detail::multi_delete_job<Xml, Crypto> job{state_->prefix, keys, by->get().crypto, sift};
        if (auto done = runner.run(job, call); !done) return done;
        std::vector<object_key> rest;
        for (const auto i : left) rest.push_back(keys[i]);
        const auto renamed = [&](std::size_t i, result<void> outcome) { removed(left[i], std::move(outcome)); };
        return remove_each(runner, rest, renamed, call);
    }

    /// One request. `errc::unsupported` if the store does not list in order, or does not go on where it is told.
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(1);
        detail::single_job job{listing(query), detail::s3_effect::read, listed(query)};
        if (auto done = runner.run(job, call); !done) return std::move(done).error();
        auto answer = job.take();
        if (!answer) return std::move(answer).error();
        auto page = Xml::listing(answer->body);
        if (!page) return detail::unreadable(page.error(), listed(query), *answer);
        page->date = parse_http_date(answer->header("date"));
        return tidied(*std::move(page), query);
    }

    /// No request if it was asked before, or told by `assume`; else about fifty: `probe_anew`.
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) {
        if (const auto known = state_->capabilities()) return *known;
        auto report = probe_anew(call);
        if (!report) return std::move(report).error();
        return report->found;
    }

    /// Tries the store's conditional writes on two objects of its own, and tells what it answered. Makes about a dozen
    /// calls of this store, to each of which the timeout of `call` applies.
    [[nodiscard]] result<probe_report> probe_anew(const call_context& call) {
        std::array<std::byte, 8> random{};
        if (auto drawn = Crypto{}.random(random); !drawn) return std::move(drawn).error();
        state_->assume(std::nullopt); // etags are sent as they are
        detail::capability_probe<basic_s3_storage> probe{*this, "sealsync-probe-" + to_hex(random), call};
        auto report = probe.run();
        state_->add(probe.requests());
        if (report) state_->assume(report->found);
        return report;
    }
    /// Of all probes so far, those that failed included.
    [[nodiscard]] request_counts probe_requests() const { return state_->probe_requests(); }

    /// What an earlier probe of the same `identity()` has found.
    void assume(const storage_capabilities& known) { state_->assume(known); }
    [[nodiscard]] std::string identity() const { return state_->authority.describe() + "/" + state_->prefix; }

    /// Hands an object of any size to `sink` in order, holding `held_bytes_max` at most; tells what it is, without the
    /// body. `errc::source_changed` if it was overwritten meanwhile. One request per `part_bytes`, several at once.
    [[nodiscard]] result<get_reply> download(const object_key& key, function_ref<result<void>(bytes_view)> sink,
                                             const call_context& call = {}) {
        auto by = borrow();
        if (!by) return std::move(by).error();
        auto runner = by->runner(state_->settings.connections);
        return detail::download(runner, state_->prefix, key, state_->settings, sink, call);
    }

private:
    using runner_type = detail::request_runner<Http, Authority, Xml>;
    static constexpr std::size_t few_keys = 4;

    struct session {
        Http http;
        Authority authority;
        Crypto crypto;
        detail::retry_policy retry;
    };

    struct state {
        state(client_factory made, Authority proof, std::string before, s3_settings with)
            : connect{std::move(made)}, authority{std::move(proof)}, prefix{std::move(before)}, settings{with} {}

        [[nodiscard]] std::optional<storage_capabilities> capabilities() {
            const std::scoped_lock lock{mutex};
            return known;
        }
        void assume(std::optional<storage_capabilities> found) {
            const std::scoped_lock lock{mutex};
            known = found;
        }

        void add(const request_counts& more) {
            const std::scoped_lock lock{mutex};
            probed += more;
        }
        [[nodiscard]] request_counts probe_requests() {
            const std::scoped_lock lock{mutex};
            return probed;
        }

        const client_factory connect;
        const Authority authority;
        const std::string prefix;
        const s3_settings settings;
        std::mutex mutex;
        std::optional<storage_capabilities> known;
        request_counts probed;
        std::vector<std::unique_ptr<session>> idle;
    };

    /// A session for the length of a call.
    class lease {
    public:
        lease(std::shared_ptr<state> from, std::unique_ptr<session> one)
            : from_{std::move(from)}, one_{std::move(one)} {}
        lease(lease&&) noexcept = default;
        ~lease() {
            if (!one_) return;
            const std::scoped_lock lock{from_->mutex};
            from_->idle.push_back(std::move(one_));
        }
        [[nodiscard]] session& get() noexcept { return *one_; }
        [[nodiscard]] runner_type runner(std::size_t connections) {
            return {one_->http, one_->authority, one_->retry, connections};
        }

    private:
        std::shared_ptr<state> from_;
        std::unique_ptr<session> one_;
    };

    [[nodiscard]] result<lease> borrow() {
        {
            const std::scoped_lock lock{state_->mutex};
            if (!state_->idle.empty()) {
                auto one = std::move(state_->idle.back());
                state_->idle.pop_back();
                return lease{state_, std::move(one)};
            }
        }
        auto http = state_->connect();
        if (!http) return std::move(http).error();
        Crypto crypto;
        std::uint64_t seed = 0;
        if (auto drawn = crypto.random(std::as_writable_bytes(std::span{&seed, 1})); !drawn) {
            return std::move(drawn).error();
        }
        return lease{state_,
                     std::unique_ptr<session>{new session{
                         *std::move(http), state_->authority, std::move(crypto), {state_->settings.retry, seed}}}};
    }

    /// The sizes of objects whose range was missed by an answer that did not tell them.
    [[nodiscard]] result<void> complete_ranges(runner_type& runner, const std::vector<std::size_t>& which,
                                               std::span<const get_op> ops, get_sink got, const call_context& call) {
        if (which.empty()) return {};
        std::vector<get_op> details;
        for (const auto i : which) details.push_back({ops[i].key, get_part::details});
        const auto renamed = [&](std::size_t i, result<get_reply> reply) { got(which[i], std::move(reply)); };
        detail::get_job job{state_->prefix, details, renamed};
        return runner.run(job, call);
    }

    [[nodiscard]] bool is_large(const put_op& op) const noexcept {
        return op.source != nullptr && op.source->size() > state_->settings.multipart_above;
    }

    [[nodiscard]] result<void> put_whole(runner_type& runner, std::span<const put_op> ops, put_sink stored,
                                         const call_context& call) {
        const auto known = state_->capabilities();
        detail::put_job job{state_->prefix, ops, !known || !known->unquoted_etags, state_->settings.held_bytes_max,
                            stored};
        return runner.run(job, call);
    }

    [[nodiscard]] result<put_reply> put_in_parts(runner_type& runner, Crypto& crypto, const put_op& op,
                                                 const call_context& call) {
        if (op.condition != write_condition::unconditional) {
            return failure{errc::unsupported, op.key.text(), "a conditional write of so large an object"};
        }
        return detail::multipart_upload<runner_type, Xml, Crypto>{runner, crypto, state_->prefix, state_->settings,
                                                                  call}
            .run(op);
    }

    [[nodiscard]] result<void> remove_each(runner_type& runner, std::span<const object_key> keys, remove_sink removed,
                                           const call_context& call) {
        detail::remove_job job{state_->prefix, keys, removed};
        return runner.run(job, call);
    }

    /// For messages: a prefix may be empty.
    [[nodiscard]] std::string listed(const list_query& query) const {
        return query.prefix.empty() ? identity() : query.prefix;
    }

    [[nodiscard]] s3_request listing(const list_query& query) const {
        s3_request wanted;
        wanted.body_max = s3_document_max;
        wanted.query = {{"list-type", "2"},
                        {"encoding-type", "url"}, // XML has no form for every byte that a key may have
                        {"max-keys", std::to_string((std::clamp)(query.limit, std::size_t{1}, std::size_t{1000}))},
                        {"prefix", state_->prefix + query.prefix}};
        if (!query.after.empty()) wanted.query.push_back({"start-after", state_->prefix + query.after});
        return wanted;
    }

    /// Keys without the store's prefix, and only what was asked for: in order, after where the last page ended, and no
    /// more than that.
    [[nodiscard]] result<list_page> tidied(list_page page, const list_query& query) const {
        const std::string* last = nullptr;
        for (auto& entry : page.entries) {
            if (!entry.key.starts_with(state_->prefix)) return disorder(query, "it lists what has another prefix");
            entry.key.erase(0, state_->prefix.size());
            if (last != nullptr && entry.key <= *last) return disorder(query, "its listings are not in order");
            last = &entry.key;
        }
        std::erase_if(page.entries, [&](const list_entry& entry) {
            return entry.key <= query.after || !entry.key.starts_with(query.prefix);
        });
        if (page.entries.empty() && page.more) return disorder(query, "its listings do not go on");
        if (const auto most = (std::max)(query.limit, std::size_t{1}); page.entries.size() > most) {
            page.entries.resize(most);
            page.more = true;
        }
        return page;
    }
    [[nodiscard]] failure disorder(const list_query& query, const char* why) const {
        return failure{errc::unsupported, listed(query), why};
    }

    std::shared_ptr<state> state_;
};

}} // namespace sealsync

#endif
