#ifndef SEALSYNC_TESTING_SIMULATED_STORAGE_HPP
#define SEALSYNC_TESTING_SIMULATED_STORAGE_HPP

#include "../storage/storage.hpp"

#include <functional>
#include <map>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What happens between the requests of one device: other devices go on, and its own user edits. A handle; calls are
/// numbered from 0 over its life.
class interruptions {
public:
    /// Runs `what` before call number `call`, once.
    void before(std::uint64_t call, std::function<void()> what) { state_->planned.emplace(call, std::move(what)); }
    void clear() { state_->planned.clear(); }
    [[nodiscard]] std::uint64_t calls() const noexcept { return state_->calls; }
    /// Told of every object before it is put.
    void observe(std::function<void(const put_op&)> puts) { state_->puts = std::move(puts); }

private:
    template <class Storage>
    friend class simulated_storage;

    struct state {
        std::multimap<std::uint64_t, std::function<void()>> planned;
        std::function<void(const put_op&)> puts;
        std::uint64_t calls = 0;
    };

    void pass() const {
        const auto call = state_->calls++;
        while (true) { // one by one: what runs may plan more, or clear
            const auto at = state_->planned.find(call);
            if (at == state_->planned.end()) return;
            const auto what = std::move(at->second);
            state_->planned.erase(at);
            what();
        }
    }

    std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// A storage, with what happens meanwhile. No lock of the engine is held during a storage call, so anything may.
template <class Storage>
class simulated_storage {
public:
    simulated_storage(Storage inner, interruptions meanwhile)
        : inner_{std::move(inner)}, meanwhile_{std::move(meanwhile)} {}

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        meanwhile_.pass();
        return inner_.get(ops, got, call);
    }
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        meanwhile_.pass();
        for (const auto& op : ops) {
            if (meanwhile_.state_->puts) meanwhile_.state_->puts(op);
        }
        return inner_.put(ops, stored, call);
    }
    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        meanwhile_.pass();
        return inner_.remove(keys, removed, call);
    }
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        meanwhile_.pass();
        return inner_.list(query, call);
    }
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) { return inner_.probe(call); }

private:
    Storage inner_;
    interruptions meanwhile_;
};

}}} // namespace sealsync::testing

#endif
