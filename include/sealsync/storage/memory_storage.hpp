#ifndef SEALSYNC_STORAGE_MEMORY_STORAGE_HPP
#define SEALSYNC_STORAGE_MEMORY_STORAGE_HPP

#include "../detail/content_hash.hpp"
#include "byte_slice.hpp"
#include "storage.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A store in memory, for tests and for programs that sync within one process. A handle: copies are the same store.
/// Thread-safe; no lock is held during a callback. Conditional writes are full, etags are hashes of the content.
class memory_storage {
public:
    /// Asked for the time of every answer. Called under no lock; must itself be thread-safe.
    using clock_function = std::function<wall_time()>;

    memory_storage() : memory_storage{clock_function{}} {}
    /// Without a clock the store dates nothing.
    explicit memory_storage(clock_function now) : state_{new state{std::move(now)}} {}

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        for (std::size_t i = 0; i < ops.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            got(i, get_one(ops[i]));
        }
        return {};
    }

    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        for (std::size_t i = 0; i < ops.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            stored(i, put_one(ops[i]));
        }
        return {};
    }

    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(keys[i].text());
            {
                const std::scoped_lock lock{state_->mutex};
                state_->objects.erase(keys[i].text());
            }
            removed(i, result<void>{});
        }
        return {};
    }

    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        if (call.stop.stop_requested()) return detail::stopped(query.prefix);
        list_page page;
        page.date = now();
        const std::scoped_lock lock{state_->mutex};
        const auto& objects = state_->objects;
        auto at = query.after < query.prefix ? objects.lower_bound(query.prefix) : objects.upper_bound(query.after);
        for (; at != objects.end() && at->first.starts_with(query.prefix); ++at) {
            if (page.entries.size() >= std::max<std::size_t>(query.limit, 1)) {
                page.more = true;
                break;
            }
            page.entries.push_back({at->first, at->second->body.size(), at->second->modified});
        }
        return page;
    }

    [[nodiscard]] result<storage_capabilities> probe(const call_context&) {
        return storage_capabilities{conditional_writes::full, false};
    }

    /// A store of its own that begins with what this one holds now.
    [[nodiscard]] memory_storage snapshot() const {
        memory_storage copy{state_->now};
        const std::scoped_lock lock{state_->mutex};
        copy.state_->objects = state_->objects;
        return copy;
    }

    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock{state_->mutex};
        return state_->objects.size();
    }

private:
    struct object {
        bytes body;
        std::string etag;
        std::optional<wall_time> modified;
    };
    /// Never changed once stored, so that copies of the store and readers may share it.
    using shared_object = std::shared_ptr<const object>;
    using object_map = std::map<std::string, shared_object>;
    struct state {
        explicit state(clock_function clock) : now{std::move(clock)} {}
        const clock_function now;
        std::mutex mutex;
        object_map objects;
    };
    [[nodiscard]] std::optional<wall_time> now() const {
        return state_->now ? std::optional{state_->now()} : std::nullopt;
    }

    [[nodiscard]] result<get_reply> get_one(const get_op& op) {
        get_reply reply;
        reply.date = now();
        const auto found = find(op.key);
        if (!found) return failure{errc::not_found, op.key.text()};
        reply.etag = found->etag;
        reply.last_modified = found->modified;
        if (!op.if_none_match.empty() && op.if_none_match == found->etag) {
            reply.not_modified = true;
            return reply;
        }
        reply.size = found->body.size();
        if (op.part == get_part::details) return reply;
        const auto wanted = detail::wanted_range(op, reply.size);
        if (wanted.length > op.size_max) return detail::too_large(op, wanted.length);
        reply.body = to_bytes(bytes_view{found->body}.subview(static_cast<std::size_t>(wanted.offset),
                                                              static_cast<std::size_t>(wanted.length)));
        return reply;
    }

    /// Null if there is none.
    [[nodiscard]] shared_object find(const object_key& key) const {
        const std::scoped_lock lock{state_->mutex};
        const auto at = state_->objects.find(key.text());
        return at == state_->objects.end() ? nullptr : at->second;
    }

    [[nodiscard]] result<put_reply> put_one(const put_op& op) {
        bytes body = to_bytes(op.body);
        if (op.source != nullptr) {
            body.resize(static_cast<std::size_t>(op.source->size()));
            if (auto read = op.source->read(0, body); !read) return std::move(read).error();
        }
        auto etag = detail::content_etag(body);
        put_reply reply{std::move(etag), now()};
        shared_object made{new object{std::move(body), reply.etag, reply.date}};

        const std::scoped_lock lock{state_->mutex};
        const auto at = state_->objects.find(op.key.text());
        const bool exists = at != state_->objects.end();
        if (op.condition == write_condition::if_absent && exists) {
            return failure{errc::precondition_failed, op.key.text(), "it exists"};
        }
        if (op.condition == write_condition::if_match && (!exists || at->second->etag != op.etag)) {
            return failure{errc::precondition_failed, op.key.text(), exists ? "it has changed" : "it is gone"};
        }
        if (exists) {
            at->second.swap(made); // what it replaces is freed under no lock
        } else {
            state_->objects.emplace(op.key.text(), std::move(made));
        }
        return reply;
    }

    std::shared_ptr<state> state_;
};

static_assert(storage<memory_storage>);

}} // namespace sealsync

#endif
