#ifndef SEALSYNC_S3_CAPABILITY_PROBE_HPP
#define SEALSYNC_S3_CAPABILITY_PROBE_HPP

#include "../storage/storage.hpp"
#include "object_jobs.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What was tried on a store, and what it answered: for people.
struct probe_step {
    std::string tried{}, answered{};
    bool as_hoped = false;
};
struct probe_report {
    storage_capabilities found{};
    std::vector<probe_step> steps{};
};

namespace detail {

/// Finds out what conditional writes are worth, by trying: stores refuse them, ignore them, take them only in part or
/// not under a race, and say so nowhere. Needs a `put` that sends an etag as it is given.
///
/// Requests, on two keys that it removes again, where nothing is retried: 45 for `full`, 46 with unquoted etags, 23 for
/// `create_only` where If-Match is refused, 4 for `untrusted` where conditions are ignored, 3 or 4 for `none`. Fails if
/// the store does; then nothing was found out.
template <storage Storage>
class capability_probe {
public:
    /// `key` is one that nobody else uses: random.
    capability_probe(Storage& store, const std::string& key, const call_context& call)
        : store_{store}, call_{call}, key_{*object_key::make(key)}, raced_{*object_key::make(key + "-raced")} {}

    [[nodiscard]] result<probe_report> run() {
        auto done = find_out();
        const std::array<object_key, 2> keys{key_, raced_};
        requests_.remove += keys.size();
        auto removed = store_.remove(
            keys, [](std::size_t, result<void>) {}, call_); // two small objects, if it fails
        if (!done) return std::move(done).error().during("probe the store's conditional writes");
        if (!removed) return std::move(removed).error().during("remove the probe's objects");
        return std::move(report_);
    }

    /// So far, repetitions not counted.
    [[nodiscard]] const request_counts& requests() const noexcept { return requests_; }

private:
    static constexpr std::size_t racers = 16;
    static constexpr const char* stale = "\"00000000000000000000000000000000\"";

    [[nodiscard]] result<void> find_out() {
        auto created = creates_once();
        if (!created) return std::move(created).error();
        if (!*created) return {};
        report_.found.writes = conditional_writes::create_only;
        auto replaces = replaces_what_was_read();
        if (!replaces) return std::move(replaces).error();
        report_.found.unquoted_etags &= *replaces;
        if (*replaces) report_.found.writes = conditional_writes::full;
        return {};
    }

    [[nodiscard]] result<bool> creates_once() {
        auto first =
            attempt("create an object that is not there", {key_, "first", nullptr, write_condition::if_absent}, errc{});
        if (!first) return first;
        if (!*first) return refused();
        auto again = attempt("create it again", {key_, "second", nullptr, write_condition::if_absent},
                             errc::precondition_failed);
        if (!again) return again;
        if (!*again) return settle(conditional_writes::untrusted);
        auto winners = race("sixteen writers create one object at once", write_condition::if_absent, {});
        if (!winners) return winners;
        return *winners ? result<bool>{true} : settle(conditional_writes::untrusted);
    }

    [[nodiscard]] result<bool> refused() {
        if (last_ != errc::unsupported && last_ != errc::invalid_argument) return settle(conditional_writes::untrusted);
        // It may be the condition, or the whole bucket. Swift says 501 before it looks at bucket or credentials.
        auto plain = attempt("write it without a condition", {key_, "plain"}, errc{});
        if (!plain) return plain;
        return *plain ? settle(conditional_writes::none)
                      : result<bool>{failure{last_, {}, report_.steps.back().answered}};
    }

    [[nodiscard]] result<bool> replaces_what_was_read() {
        auto there = read(key_);
        if (!there) return std::move(there).error();
        const auto etag = there->etag;
        if (etag.empty() || is_weak(etag)) {
            report_.steps.push_back({"read its etag", etag.empty() ? "none" : "a weak one", false});
            return false;
        }
        auto refused = attempt("replace another version of it", match("stale", stale), errc::precondition_failed);
        if (!refused || !*refused) return refused;
        auto replaced = attempt("replace the version that was read", match("third", etag), errc{});
        if (!replaced) return replaced;
        if (!*replaced && last_ != errc::precondition_failed && last_ != errc::not_found) return false;
        if (!*replaced) {
            auto bare = attempt("the same, its etag without quotes", match("third", without_quotes(etag)), errc{});
            if (!bare || !*bare) return bare;
            report_.found.unquoted_etags = true;
        }
        put_op missing = match("ghost", as_taken(stale));
        missing.key = raced_;
        if (auto removed = remove(raced_); !removed) return std::move(removed).error();
        auto ghost = attempt("replace an object that is not there", missing, errc::precondition_failed);
        if (!ghost || (!*ghost && last_ != errc::not_found)) return ghost;
        return race("sixteen writers replace one version at once", write_condition::if_match, "begin");
    }

    /// True if the answer is the one that was hoped for: `errc{}` is success.
    [[nodiscard]] result<bool> attempt(std::string what, const put_op& op, errc hoped) {
        result<put_reply> outcome{failure{errc::outcome_unknown, op.key.text()}};
        ++requests_.put;
        auto done = store_.put(
            {&op, 1}, [&](std::size_t, result<put_reply> reply) { outcome = std::move(reply); }, call_);
        if (!done) return std::move(done).error();
        last_ = outcome ? errc{} : outcome.error().code();
        if (!outcome && !is_verdict(last_)) return std::move(outcome).error();
        report_.steps.push_back({std::move(what), outcome ? "done" : words_of(outcome.error()), last_ == hoped});
        return last_ == hoped;
    }
    [[nodiscard]] static std::string words_of(const failure& why) {
        const std::string what = text_of(why.code()).what;
        return why.detail().empty() ? what : what + " (" + why.detail() + ")";
    }
    /// What says something about conditions, and not about the network or the account.
    [[nodiscard]] static bool is_verdict(errc code) noexcept {
        return code == errc::precondition_failed || code == errc::not_found || code == errc::unsupported ||
               code == errc::invalid_argument;
    }
    /// Ceph answers 500 to who loses a race, and R2 takes one write a second of a key.
    [[nodiscard]] static bool is_defeat(errc code) noexcept {
        return is_verdict(code) || code == errc::outcome_unknown || code == errc::throttled;
    }

    /// True if at most one write was taken, and the object is what that one wrote.
    [[nodiscard]] result<bool> race(std::string what, write_condition condition, std::string_view begin) {
        std::string etag;
        if (condition == write_condition::if_match) {
            const put_op first{raced_, begin, nullptr, write_condition::if_absent};
            auto begun = attempt("create an object for a race", first, errc{});
            if (!begun || !*begun) return begun;
            auto there = read(raced_);
            if (!there) return std::move(there).error();
            etag = as_taken(there->etag);
        }
        std::vector<std::string> bodies;
        std::vector<put_op> ops;
        for (std::size_t i = 0; i < racers; ++i) bodies.push_back("racer " + std::to_string(i));
        for (const auto& body : bodies) ops.push_back({raced_, body, nullptr, condition, etag});
        std::vector<std::size_t> winners;
        std::optional<failure> broken;
        requests_.put += ops.size();
        auto done = store_.put(
            ops,
            [&](std::size_t i, result<put_reply> reply) {
                if (reply) winners.push_back(i);
                if (!reply && !is_defeat(reply.error().code()) && !broken) broken = std::move(reply).error();
            },
            call_);
        if (!done) return std::move(done).error();
        if (broken) return *broken;
        auto there = read(raced_);
        if (!there && there.error() != errc::not_found) return std::move(there).error();
        const auto left = there ? as_text(there->body) : std::string_view{};
        // Where none was told that it won, one may have: the answer of a winner can be lost.
        const bool held = winners.empty() ? left == begin || left.starts_with("racer ")
                                          : winners.size() == 1 && left == bodies[winners.front()];
        report_.steps.push_back({std::move(what), std::to_string(winners.size()) + " were told that they had", held});
        return held;
    }

    [[nodiscard]] std::string as_taken(const std::string& etag) const {
        return report_.found.unquoted_etags ? without_quotes(etag) : etag;
    }
    [[nodiscard]] put_op match(std::string_view body, std::string etag) const {
        return {key_, body, nullptr, write_condition::if_match, std::move(etag)};
    }
    [[nodiscard]] result<get_reply> read(const object_key& key) {
        const get_op op{key};
        result<get_reply> found{failure{errc::outcome_unknown, key.text()}};
        ++requests_.get;
        auto done = store_.get(
            {&op, 1}, [&](std::size_t, result<get_reply> reply) { found = std::move(reply); }, call_);
        if (!done) return std::move(done).error();
        return found;
    }
    [[nodiscard]] result<void> remove(const object_key& key) {
        result<void> outcome;
        ++requests_.remove;
        auto done = store_.remove(
            {&key, 1}, [&](std::size_t, result<void> removed) { outcome = std::move(removed); }, call_);
        return done ? outcome : done;
    }
    [[nodiscard]] bool settle(conditional_writes found) noexcept {
        report_.found.writes = found;
        return false;
    }

    Storage& store_;
    const call_context& call_;
    object_key key_, raced_;
    errc last_{};
    probe_report report_;
    request_counts requests_;
};

} // namespace detail

}} // namespace sealsync

#endif
