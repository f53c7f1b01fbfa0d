#ifndef SEALSYNC_SYNC_METERED_STORAGE_HPP
#define SEALSYNC_SYNC_METERED_STORAGE_HPP

#include "any_storage.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether a failure is of the store as a whole, and says nothing of the object that was asked for: to ask for another
/// is no use. Every other failure is that object's own, and holds up no other.
[[nodiscard]] inline bool is_of_the_store(const failure& why) noexcept {
    switch (why.code()) {
    case errc::unavailable:
    case errc::timed_out:
    case errc::connection_lost:
    case errc::outcome_unknown:
    case errc::throttled:
    case errc::busy:
    case errc::cancelled:
    case errc::closed:
        return true;
    default:
        return false;
    }
}

/// A storage with its meter: every request and every byte of a body that an operation asks for.
class metered_storage {
public:
    explicit metered_storage(any_storage storage) : storage_{std::move(storage)} {}

    struct meter {
        request_counts requests;
        std::uint64_t sent = 0, received = 0;
    };
    [[nodiscard]] const meter& read() const noexcept { return meter_; }
    void reset() noexcept { meter_ = {}; }

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) {
        for (const auto& op : ops) ++(op.part == get_part::body ? meter_.requests.get : meter_.requests.head);
        return storage_.get(
            ops,
            [&](std::size_t i, result<get_reply> reply) {
                if (reply) meter_.received += reply->body.size();
                sink(i, std::move(reply));
            },
            call);
    }
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) {
        meter_.requests.put += ops.size();
        for (const auto& op : ops) meter_.sent += op.source ? op.source->size() : op.body.size();
        return storage_.put(ops, sink, call);
    }
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        ++meter_.requests.list;
        return storage_.list(query, call);
    }
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) {
        const auto before = storage_.probe_requests();
        auto found = storage_.probe(call);
        meter_.requests += storage_.probe_requests() - before;
        return found;
    }
    [[nodiscard]] std::string identity() const { return storage_.identity(); }
    void assume(const storage_capabilities& found) { storage_.assume(found); }

    // Most calls are a batch of one.
    [[nodiscard]] result<get_reply> get_one(const get_op& op, const call_context& call) {
        result<get_reply> answer{unanswered(op.key)};
        auto done = get(
            {&op, 1}, [&](std::size_t, result<get_reply> reply) { answer = std::move(reply); }, call);
        if (!done) return std::move(done).error();
        return answer;
    }
    [[nodiscard]] result<put_reply> put_one(const put_op& op, const call_context& call) {
        result<put_reply> answer{unanswered(op.key)};
        auto done = put(
            {&op, 1}, [&](std::size_t, result<put_reply> reply) { answer = std::move(reply); }, call);
        if (!done) return std::move(done).error();
        return answer;
    }
    /// One PUT for each of `ops`. Fails with the first failure that is not forgiven, or if one was not answered.
    [[nodiscard]] result<void> put_all(std::span<const put_op> ops, const call_context& call,
                                       function_ref<bool(std::size_t)> forgiven) {
        return put_all(ops, call, forgiven, [](std::size_t) {});
    }
    /// Calls `stored(index)` for each that the store took, whatever becomes of the others.
    [[nodiscard]] result<void> put_each(std::span<const put_op> ops, const call_context& call,
                                        function_ref<void(std::size_t)> stored) {
        return put_all(
            ops, call, [](std::size_t) { return false; }, stored);
    }
    [[nodiscard]] result<void> put_all(std::span<const put_op> ops, const call_context& call,
                                       function_ref<bool(std::size_t)> forgiven,
                                       function_ref<void(std::size_t)> stored) {
        if (ops.empty()) return {};
        std::optional<failure> broken;
        std::size_t answered = 0;
        const auto take = [&](std::size_t i, result<put_reply> reply) {
            ++answered;
            if (reply) stored(i);
            if (!reply && !broken && !forgiven(i)) broken = std::move(reply).error();
        };
        auto done = put(ops, take, call);
        if (broken) return *std::move(broken);
        if (done && answered < ops.size()) {
            return failure{errc::outcome_unknown, ops.front().key.text(), "not every put was answered"};
        }
        return done;
    }
    [[nodiscard]] result<void> put_all(std::span<const put_op> ops, const call_context& call) {
        return put_all(ops, call, [](std::size_t) { return false; });
    }
    /// Every key under `prefix`, page by page; `visit(entry)` returns nothing.
    [[nodiscard]] result<void> each_key(std::string prefix, const call_context& call,
                                        function_ref<void(const list_entry&)> visit) {
        list_query query{std::move(prefix)};
        while (true) {
            auto page = list(query, call);
            if (!page) return std::move(page).error().during("list");
            for (const auto& entry : page->entries) visit(entry);
            if (!page->more || page->entries.empty()) return {};
            query.after = page->entries.back().key;
        }
    }

private:
    [[nodiscard]] static failure unanswered(const object_key& key) {
        return failure{errc::outcome_unknown, key.text(), "the storage policy gave no answer"};
    }

    any_storage storage_;
    meter meter_;
};

}}} // namespace sealsync::detail

#endif
