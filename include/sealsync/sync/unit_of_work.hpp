#ifndef SEALSYNC_SYNC_UNIT_OF_WORK_HPP
#define SEALSYNC_SYNC_UNIT_OF_WORK_HPP

#include "../manifest/dot_set.hpp"
#include "../replica/replica.hpp"
#include "facts.hpp"
#include "rows.hpp"

#include <map>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What changes with almost every unit of work, in one row.
struct local_state {
    stamp last;                      ///< of the hybrid clock
    std::uint64_t outbox_next = 1;   ///< places in the outbox are never used twice
    std::uint64_t outbox_joined = 0; ///< up to here, edits of one group may have others between them
    std::uint64_t live = 0;          ///< records that are not erased, for the mass-delete guard
};

/// A replica transaction that speaks of objects, cursors and edits instead of bytes. After the first failure every
/// read gives nothing and every write does nothing; `status()` and `commit()` tell it, and nothing is kept. Check
/// `status()` before anything read is acted on outside of the unit.
template <class Transaction>
class unit_of_work {
public:
    explicit unit_of_work(Transaction transaction) : transaction_{std::move(transaction)} {}

    [[nodiscard]] const result<void>& status() const noexcept { return status_; }
    void fail(failure why) {
        if (status_) status_ = std::move(why);
    }

    [[nodiscard]] result<void> commit() {
        for (const auto& [run, met] : met_) {
            if (met.changed) store_row(replica_table::met, met_key(run), met.numbers.encode());
        }
        if (state_changed_) store_state();
        if (!status_) return status_;
        return transaction_.commit();
    }

    // Facts: one small row each. A text that is absent is empty, a number 0.
    [[nodiscard]] bool has(const fact<std::string>& which) { return load_fact(which.name).has_value(); }
    [[nodiscard]] bool has(const fact<std::uint64_t>& which) { return load_fact(which.name).has_value(); }
    [[nodiscard]] std::string get(const fact<std::string>& which) {
        const auto value = load_fact(which.name);
        return value ? std::string{as_text(*value)} : std::string{};
    }
    [[nodiscard]] std::uint64_t get(const fact<std::uint64_t>& which) {
        const auto value = load_fact(which.name);
        if (!value) return 0;
        wire_reader in{*value};
        return in.number();
    }
    void set(const fact<std::string>& which, std::string_view value) { store_fact(which.name, value); }
    void set(const fact<std::uint64_t>& which, std::uint64_t value) {
        wire_writer out;
        out.number(value);
        store_fact(which.name, out.view());
    }
    template <class T>
    void erase(const fact<T>& which) {
        erase_row(replica_table::header, which.name);
    }

    // A fact of each of many things, by its id.
    template <class T>
    [[nodiscard]] bool has(const fact_of_each<T>& which, std::string_view id) {
        return load_fact(name_of(which, id)).has_value();
    }
    template <class T>
    [[nodiscard]] T get(const fact_of_each<T>& which, std::string_view id) {
        return get(fact<T>{name_of(which, id)});
    }
    template <class T, class Value>
    void set(const fact_of_each<T>& which, std::string_view id, const Value& value) {
        set(fact<T>{name_of(which, id)}, value);
    }
    template <class T>
    void erase(const fact_of_each<T>& which, std::string_view id) {
        erase_row(replica_table::header, name_of(which, id));
    }
    /// `visit(id, value)`.
    void each(const fact_of_each<std::string>& which, function_ref<void(std::string_view, std::string_view)> visit) {
        scan(replica_table::header, which.prefix, which.prefix, [&](bytes_view key, bytes_view value) {
            visit(as_text(key).substr(which.prefix.size()), as_text(value));
            return true;
        });
    }
    [[nodiscard]] std::vector<std::string> ids(const fact_of_each<std::uint64_t>& which) {
        std::vector<std::string> all;
        each({which.prefix}, [&](std::string_view id, std::string_view) { all.emplace_back(id); });
        return all;
    }

    [[nodiscard]] local_state& state() {
        if (!state_) load_state();
        state_changed_ = true;
        return *state_;
    }

    // Objects.
    [[nodiscard]] object_row object(const object_ref& ref) {
        return load_row<object_row>(replica_table::object, ref.key(), ref).value_or(object_row{});
    }
    /// `was_live`: whether the object had a live version before, for the count of records.
    void store_object(const object_ref& ref, const object_row& row, bool was_live) {
        store_row(replica_table::object, ref.key(), encode(row));
        const bool is_live = row.siblings.live();
        if (ref.type != change_type::record || was_live == is_live) return;
        state().live += is_live ? 1 : std::uint64_t{0} - 1;
    }
    /// Every object of a kind, of one collection or (an empty id) of all; `visit(ref, row)` returns whether to go on.
    void each_object(change_type type, const collection_id& collection,
                     function_ref<bool(const object_ref&, const object_row&)> visit) {
        auto prefix = object_ref::key_prefix(type, collection);
        if (collection.empty()) prefix.resize(1);
        scan(replica_table::object, prefix, prefix, [&](bytes_view key, bytes_view value) {
            const auto ref = object_ref::parse(key);
            if (!ref) {
                fail(corrupt("an object's key"));
                return false;
            }
            const auto row = decode<object_row>(value, *ref);
            if (!row) {
                fail(row.error());
                return false;
            }
            return visit(*ref, *row);
        });
    }

    // Contents: the plaintext of a version.
    [[nodiscard]] static bytes content_key(const object_ref& ref, const sibling_version& version) {
        constexpr std::size_t dot_and_digest = 64;
        wire_writer out;
        out.reserve(ref.collection.text().size() + ref.id.text().size() + dot_and_digest);
        write_ref(out, ref);
        write_dot(out, version.what.dot);
        if (version.twin && version.what.stored) out.raw(bytes_view{std::span{version.what.stored->value}});
        return std::move(out).take();
    }
    [[nodiscard]] std::optional<bytes> content(const object_ref& ref, const sibling_version& version) {
        return load(replica_table::content, content_key(ref, version));
    }
    void store_content(const object_ref& ref, const sibling_version& version, bytes_view content) {
        store_row(replica_table::content, content_key(ref, version), content);
    }
    void erase_content(const object_ref& ref, const sibling_version& version) {
        erase_row(replica_table::content, content_key(ref, version));
    }

    // Contents that were fetched before the versions they belong to are committed, with the objects' names.
    /// `visit(content key, name)`.
    void each_staged(function_ref<void(bytes_view, std::string_view)> visit) {
        scan(replica_table::staged, {}, {}, [&](bytes_view key, bytes_view name) {
            visit(key, as_text(name));
            return true;
        });
    }
    /// Forgets every staged content: nobody needs them any more.
    void drop_staged() {
        list<bytes> keys;
        each_staged([&](bytes_view key, std::string_view) { keys.push_back(to_bytes(key)); });
        for (const auto& key : keys) unstage(key, false);
    }
    void stage(bytes_view content_key, std::string_view name, bytes_view content) {
        store_row(replica_table::staged, content_key, name);
        store_row(replica_table::content, content_key, content);
    }
    void unstage(bytes_view content_key, bool keep_content) {
        erase_row(replica_table::staged, content_key);
        if (!keep_content) erase_row(replica_table::content, content_key);
    }

    /// Notes whether objects wait for a content, or for a merge.
    void note_unsettled(bool unfetched, bool unmerged) {
        set(facts::unfetched, unfetched ? 1 : 0);
        set(facts::unmerged, unmerged ? 1 : 0);
    }

    // The outbox.
    /// A group has the number of its first place, or of an earlier one.
    [[nodiscard]] std::uint64_t append_outbox(const outbox_row& row) {
        const auto place = state().outbox_next++;
        SEALSYNC_ASSERT(row.group <= place);
        store_row(replica_table::outbox, scoped(place), encode(row));
        return place;
    }
    [[nodiscard]] std::optional<outbox_row> outbox(std::uint64_t place) {
        return load_row<outbox_row>(replica_table::outbox, scoped(place), {});
    }
    /// Makes one group of two; gives its number.
    [[nodiscard]] std::uint64_t join_groups(std::uint64_t left, std::uint64_t right) {
        const auto kept = (std::min)(left, right), dropped = (std::max)(left, right);
        struct moved_row {
            std::uint64_t place;
            outbox_row row;
        };
        list<moved_row> moved;
        each_outbox(dropped, [&](std::uint64_t place, const outbox_row& row) {
            if (row.group == dropped) moved.push_back({place, row});
            return true;
        });
        for (auto& [place, row] : moved) {
            row.group = kept;
            store_row(replica_table::outbox, scoped(place), encode(row));
        }
        return kept;
    }
    /// The lowest place of an edit that waits; the greatest number if none does.
    [[nodiscard]] std::uint64_t first_in_outbox() {
        auto first = (std::numeric_limits<std::uint64_t>::max)();
        each_outbox(0, [&](std::uint64_t place, const outbox_row&) {
            first = place;
            return false;
        });
        return first;
    }
    void erase_outbox(std::uint64_t place) { erase_row(replica_table::outbox, scoped(place)); }
    [[nodiscard]] bool in_outbox(std::uint64_t place) { return load(replica_table::outbox, scoped(place)).has_value(); }
    /// In the order the edits were made; `visit(place, row)` returns whether to go on.
    void each_outbox(std::uint64_t from, function_ref<bool(std::uint64_t, const outbox_row&)> visit) {
        scan(replica_table::outbox, scope_key(), scoped(from), [&](bytes_view key, bytes_view value) {
            const auto row = decode<outbox_row>(value);
            if (!row) {
                fail(row.error());
                return false;
            }
            wire_reader in{key.subview(1)};
            return visit(in.ordered(), *row);
        });
    }

    // Where the bytes of attachments not yet uploaded are.
    [[nodiscard]] std::optional<bytes> source(const object_ref& ref) { return load(replica_table::source, ref.key()); }
    void store_source(const object_ref& ref, bytes_view source) { store_row(replica_table::source, ref.key(), source); }
    void erase_source(const object_ref& ref) { erase_row(replica_table::source, ref.key()); }

    // Cursors.
    [[nodiscard]] cursor_map cursors() {
        cursor_map all;
        scan(replica_table::cursor, scope_key(), scope_key(), [&](bytes_view key, bytes_view value) {
            auto row = decode<cursor_row>(value);
            wire_reader in{key.subview(1)};
            const log_id log{in.template array<16>()};
            if (!row || !in.done()) {
                fail(corrupt("a cursor"));
                return false;
            }
            all.emplace(log, *std::move(row));
            return true;
        });
        return all;
    }
    /// Forgets the head's etag: the head was compared with other cursors.
    void store_cursor(const log_id& log, const cursor_row& row) {
        store_row(replica_table::cursor, cursor_key(log), encode(row));
        erase(facts::head_etag);
    }

    // How far logs were said to reach, where that is further than the cursors have come.
    [[nodiscard]] cursor_map promised() {
        cursor_map all;
        scan(replica_table::header, facts::promised.prefix, facts::promised.prefix,
             [&](bytes_view key, bytes_view value) {
                 const auto log = log_id::parse(as_text(key).substr(facts::promised.prefix.size()));
                 auto row = decode<cursor_row>(value);
                 if (!log || !row) fail(corrupt("what a log was said to reach"));
                 if (log && row) all.emplace(*log, *std::move(row));
                 return log && row;
             });
        return all;
    }
    void store_promised(const log_id& log, const cursor_row& upto) {
        store_fact(name_of(facts::promised, log.hex()), encode(upto));
    }

    [[nodiscard]] std::optional<pending_segment> pending() {
        return load_row<pending_segment>(replica_table::header, facts::pending.name, {});
    }
    void store_pending(const pending_segment& row) { store_fact(facts::pending.name, encode(row)); }
    void erase_pending() { erase(facts::pending); }

    /// Places in the outbox that a push has taken: others may know their edits.
    [[nodiscard]] interval_set taken() {
        const auto value = load_fact(facts::taken.name);
        if (!value) return {};
        auto places = interval_set::decode(*value);
        if (!places) fail(corrupt("the places taken"));
        return places ? *std::move(places) : interval_set{};
    }
    void store_taken(const interval_set& places) { store_fact(facts::taken.name, places.encode()); }

    void store_sent(const sent_contents& row) {
        SEALSYNC_ASSERT(!row.items.empty());
        store_fact(name_of(facts::sent, std::to_string(row.items.front().outbox)), encode(row));
    }
    void each_sent(function_ref<void(std::string_view, const sent_contents&)> visit) {
        scan(replica_table::header, facts::sent.prefix, facts::sent.prefix, [&](bytes_view key, bytes_view value) {
            const auto row = decode<sent_contents>(value);
            if (row) visit(as_text(key), *row);
            if (!row) fail(row.error());
            return row.has_value();
        });
    }
    /// Forgets what was sent of edits below this place of the outbox: none of them waits any more.
    void drop_sent_below(std::uint64_t place) {
        std::vector<std::string> names;
        each_sent([&](std::string_view name, const sent_contents& row) {
            if (all_of(row.items, [&](const auto& item) { return item.outbox < place; }))
                names.push_back(std::string{name});
        });
        for (const auto& name : names) erase_row(replica_table::header, name);
    }

    // Edits met: models `met_edits`.
    struct met_run {
        interval_set numbers;
        bool changed = false;
    };
    using met_map = std::map<run_id, met_run>;
    /// What has been read and inserted, for a unit that goes on where this one ends, while nobody else commits any.
    [[nodiscard]] met_map take_met() noexcept { return std::exchange(met_, {}); }
    void resume_met(met_map met) noexcept { met_ = std::move(met); }
    [[nodiscard]] bool contains(const dot& edit) { return met_of(edit.run).numbers.contains(edit.n); }
    void insert(const dot& edit) {
        auto& met = met_of(edit.run);
        met.numbers.insert(edit.n);
        met.changed = true;
    }

    // Ids of the versions that stand beside a shown one.
    struct derived_row {
        object_ref object;
        sealsync::dot dot;
    };
    [[nodiscard]] std::optional<derived_row> derived(const collection_id& collection, std::string_view id) {
        const auto value = load(replica_table::derived, derived_key(collection, id));
        if (!value) return std::nullopt;
        wire_reader in{*value};
        derived_row row{read_ref(in), read_dot(in)};
        if (!in.done()) {
            fail(corrupt("a derived id"));
            return std::nullopt;
        }
        return row;
    }
    void store_derived(std::string_view id, const derived_row& row) {
        wire_writer out;
        write_ref(out, row.object);
        write_dot(out, row.dot);
        store_row(replica_table::derived, derived_key(row.object.collection, id), out.view());
    }
    void erase_derived(const collection_id& collection, std::string_view id) {
        erase_row(replica_table::derived, derived_key(collection, id));
    }

private:
    [[nodiscard]] static failure corrupt(std::string what) {
        return failure{errc::replica_corrupt, "replica", std::move(what) + " does not decode"};
    }

    // The account is scope 0; the scopes of shared collections will have numbers of their own.
    [[nodiscard]] static bytes scope_key() { return bytes{std::byte{0}}; }
    [[nodiscard]] static bytes scoped(std::uint64_t number) {
        wire_writer out;
        out.reserve(1 + sizeof number);
        out.byte(0);
        out.ordered(number);
        return std::move(out).take();
    }
    [[nodiscard]] static bytes cursor_key(const log_id& log) {
        auto key = scope_key();
        append(key, bytes_view{std::span{log.value}});
        return key;
    }
    [[nodiscard]] static bytes met_key(const run_id& run) { return cursor_key(log_id{run.value}); }
    [[nodiscard]] static bytes derived_key(const collection_id& collection, std::string_view id) {
        wire_writer out;
        out.counted(collection.text());
        out.raw(id);
        return std::move(out).take();
    }

    met_run& met_of(const run_id& run) {
        const auto known = met_.find(run);
        if (known != met_.end()) return known->second;
        auto& met = met_[run];
        if (const auto value = load(replica_table::met, met_key(run))) {
            auto numbers = interval_set::decode(*value);
            if (numbers) {
                met.numbers = *std::move(numbers);
            } else {
                fail(corrupt("the edits met"));
            }
        }
        return met;
    }

    void load_state() {
        state_.emplace();
        const auto value = load_fact(facts::state.name);
        if (!value) return;
        wire_reader in{*value};
        state_->last.nanoseconds = static_cast<std::int64_t>(in.number());
        state_->outbox_next = in.number();
        state_->outbox_joined = in.number();
        state_->live = in.number();
        if (!in.done()) fail(corrupt("the local state"));
    }
    void store_state() {
        wire_writer out;
        out.number(static_cast<std::uint64_t>(state_->last.nanoseconds));
        out.number(state_->outbox_next);
        out.number(state_->outbox_joined);
        out.number(state_->live);
        store_fact(facts::state.name, out.view());
    }

    template <class T>
    [[nodiscard]] std::string_view name_of(const fact_of_each<T>& which, std::string_view id) {
        name_.assign(which.prefix).append(id);
        return name_;
    }
    [[nodiscard]] std::optional<bytes> load_fact(std::string_view name) { return load(replica_table::header, name); }
    void store_fact(std::string_view name, bytes_view value) { store_row(replica_table::header, name, value); }

    [[nodiscard]] std::optional<bytes> load(replica_table table, bytes_view key) {
        if (!status_) return std::nullopt;
        auto value = transaction_.load(table, key);
        if (!value) {
            fail(std::move(value).error());
            return std::nullopt;
        }
        return *std::move(value);
    }
    template <class Row>
    [[nodiscard]] std::optional<Row> load_row(replica_table table, bytes_view key, const object_ref& owner) {
        const auto value = load(table, key);
        if (!value) return std::nullopt;
        auto row = decode<Row>(*value, owner);
        if (!row) {
            fail(std::move(row).error());
            return std::nullopt;
        }
        return *std::move(row);
    }
    void store_row(replica_table table, bytes_view key, bytes_view value) {
        if (!status_) return;
        status_ = transaction_.store(table, key, value);
    }
    void erase_row(replica_table table, bytes_view key) {
        if (!status_) return;
        status_ = transaction_.erase(table, key);
    }
    void scan(replica_table table, bytes_view prefix, bytes_view from, row_visitor visit) {
        if (!status_) return;
        auto within = [&](bytes_view key, bytes_view value) {
            return as_text(key).starts_with(as_text(prefix)) && visit(key, value);
        };
        auto done = transaction_.scan(table, from, within);
        if (!done) fail(std::move(done).error());
    }

    Transaction transaction_;
    std::string name_; ///< of a fact of one of many, put together
    result<void> status_;
    std::optional<local_state> state_;
    bool state_changed_ = false;
    met_map met_;
};

}}} // namespace sealsync::detail

#endif
