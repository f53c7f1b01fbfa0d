#ifndef SEALSYNC_TESTING_FAULT_PLAN_HPP
#define SEALSYNC_TESTING_FAULT_PLAN_HPP

#include "../storage/operations.hpp"
#include "random.hpp"
#include "simulated_crash.hpp"
#include "store_history.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What a simulated store can do wrong to one operation.
enum class fault : std::uint8_t {
    lost_request,    ///< nothing happens; `errc::connection_lost`
    lost_answer,     ///< applied; `errc::connection_lost`
    conflict_answer, ///< 409: nothing happens, try again; `errc::unavailable`
    throttled,       ///< 429: nothing happens; `errc::throttled`
    unknown_outcome, ///< 500 after applying; `errc::outcome_unknown` for writes, `errc::unavailable` else
    unavailable,     ///< 503: nothing happens; `errc::unavailable`
    read_only,       ///< writes are refused; `errc::read_only`
    no_space,        ///< puts are refused; `errc::no_space`
    duplicate_put,   ///< a put arrives twice; the second answer is the one that is seen
    stale_read,      ///< a get is answered with an older version of an overwritten object, whole and with its etag
    hidden,          ///< a get is answered `errc::not_found` although the object is there
    stale_list,      ///< a listing lacks the keys that were written last
    truncated_list,  ///< a listing ends early and says that it is complete
    short_page,      ///< a listing has one entry and says that there is more
    truncated_body,  ///< a get returns a part of the bytes as if it were all
    flipped_bit,     ///< a get returns one wrong bit
    swapped_body,    ///< a get returns another object's bytes
    rolled_back,     ///< before a get, the store goes back to an older version of the object, for good
    vanished,        ///< before a get, the object is deleted, for good
};
inline constexpr std::size_t fault_count = 19;

/// What a simulated store makes of conditional writes.
enum class condition_mode : std::uint8_t {
    as_is,       ///< as the wrapped store does
    off,         ///< refused with `errc::unsupported`
    create_only, ///< `if_absent` works, `if_match` is refused
    ignored,     ///< accepted, and written whatever is there
    racy,        ///< accepted, but half of the writes that lose to the latest version win nevertheless
};

enum class crash_point : std::uint8_t { before, after };

enum class request : std::uint8_t { get, details, put, remove, list };

/// What a faulty store was asked for, as the client counts: a duplicate or lost request is one request.
struct traffic {
    std::uint64_t gets = 0, not_modified = 0, details = 0, puts = 0, removes = 0, lists = 0;
    std::uint64_t bytes_up = 0, bytes_down = 0;

    [[nodiscard]] std::uint64_t requests() const noexcept { return gets + details + puts + removes + lists; }
    [[nodiscard]] friend bool operator==(const traffic&, const traffic&) = default;
};

/// What goes wrong, when. A handle: the engine owns its storage by value, and the test keeps a copy of the plan that
/// steers it. Operations are numbered from 0 over the plan's life, each of a batch on its own. The same seed and the
/// same calls give the same faults. Thread-safe, but only one thread is reproducible.
class fault_plan {
public:
    explicit fault_plan(std::uint64_t seed = 0) : state_{std::make_shared<state>(seed)} {}

    /// Another plan for the same store: own numbers, faults and traffic, but it knows the same past.
    [[nodiscard]] fault_plan another(std::uint64_t seed) const {
        fault_plan made{seed};
        made.state_->history = state_->history;
        return made;
    }

    /// Each operation that the fault can happen to suffers it with this probability, but for at most one fault.
    void chance(fault what, double probability) { locked()->chances[index(what)] = probability; }
    /// Operation number `operation` suffers it, if it can. One fault an operation.
    void at(std::uint64_t operation, fault what) { locked()->planned[operation] = what; }
    /// The next operation that the fault can happen to suffers it.
    void next(fault what) { locked()->pending.push_back(what); }
    /// Throws `simulated_crash` at operation number `operation`: before or after it is applied.
    void crash_at(std::uint64_t operation, crash_point when) { locked()->crash = {operation, when}; }
    /// No chances, no planned faults, no crash; conditions, order and what `probe` says stay.
    void calm() {
        const auto at = locked();
        at->chances = {};
        at->planned.clear();
        at->pending.clear();
        at->crash.reset();
    }

    void conditions(condition_mode mode) { locked()->conditions = mode; }
    /// What `probe` answers instead of the truth.
    void claim(storage_capabilities capabilities) { locked()->claimed = capabilities; }
    /// The operations of a batch complete in random order.
    void reorder(bool on) { locked()->reorders = on; }

    [[nodiscard]] std::uint64_t operations() const { return locked()->operations; }
    [[nodiscard]] testing::traffic traffic() const { return locked()->counted; }
    void reset_traffic() { locked()->counted = {}; }
    /// How often each fault has happened.
    [[nodiscard]] std::uint64_t happened(fault what) const { return locked()->happened[index(what)]; }

private:
    template <class Storage>
    friend class faulty_storage;

    struct crash_order {
        std::uint64_t operation;
        crash_point when;
    };
    struct state {
        explicit state(std::uint64_t seed) : rng{seed} {}
        std::mutex mutex;
        random rng;
        std::array<double, fault_count> chances{};
        std::array<std::uint64_t, fault_count> happened{};
        std::map<std::uint64_t, fault> planned;
        std::deque<fault> pending;
        std::optional<crash_order> crash;
        condition_mode conditions = condition_mode::as_is;
        std::optional<storage_capabilities> claimed;
        bool reorders = false;
        std::uint64_t operations = 0;
        testing::traffic counted;
        std::shared_ptr<store_history> history = std::make_shared<store_history>();
    };
    class locked_state {
    public:
        explicit locked_state(state& of) : lock_{of.mutex}, state_{&of} {}
        [[nodiscard]] state* operator->() const noexcept { return state_; }

    private:
        std::unique_lock<std::mutex> lock_;
        state* state_;
    };

    [[nodiscard]] static constexpr std::size_t index(fault what) noexcept { return static_cast<std::size_t>(what); }
    [[nodiscard]] locked_state locked() const { return locked_state{*state_}; }

    /// What one operation is to suffer.
    struct fate {
        std::uint64_t operation = 0;
        std::optional<fault> suffers{};
        std::optional<crash_point> crash{};
        [[nodiscard]] bool is(fault what) const noexcept { return suffers == what; }
    };
    [[nodiscard]] fate draw(request kind) {
        const auto at = locked();
        fate drawn{at->operations++};
        if (at->crash && at->crash->operation == drawn.operation) drawn.crash = at->crash->when;
        if (const auto planned = at->planned.find(drawn.operation); planned != at->planned.end()) {
            if (can_happen(planned->second, kind)) drawn.suffers = planned->second;
        }
        const auto pending =
            std::find_if(at->pending.begin(), at->pending.end(), [&](fault what) { return can_happen(what, kind); });
        if (!drawn.suffers && pending != at->pending.end()) {
            drawn.suffers = *pending;
            at->pending.erase(pending);
        }
        for (std::size_t i = 0; i < fault_count && !drawn.suffers; ++i) {
            const auto what = static_cast<fault>(i);
            if (at->chances[i] > 0 && can_happen(what, kind) && at->rng.chance(at->chances[i])) drawn.suffers = what;
        }
        if (drawn.suffers) ++at->happened[index(*drawn.suffers)];
        return drawn;
    }

    [[nodiscard]] static constexpr bool can_happen(fault what, request kind) noexcept {
        switch (what) {
        case fault::conflict_answer:
        case fault::read_only:
            return kind == request::put || kind == request::remove;
        case fault::no_space:
        case fault::duplicate_put:
            return kind == request::put;
        case fault::stale_read:
        case fault::hidden:
        case fault::rolled_back:
        case fault::vanished:
            return kind == request::get || kind == request::details;
        case fault::truncated_body:
        case fault::flipped_bit:
        case fault::swapped_body:
            return kind == request::get;
        case fault::stale_list:
        case fault::truncated_list:
        case fault::short_page:
            return kind == request::list;
        default:
            return true;
        }
    }

    std::shared_ptr<state> state_;
};

}}} // namespace sealsync::testing

#endif
