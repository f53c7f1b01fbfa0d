#ifndef SEALSYNC_TESTING_SCRIPTED_HTTP_CLIENT_HPP
#define SEALSYNC_TESTING_SCRIPTED_HTTP_CLIENT_HPP

#include "../http/http_client.hpp"

#include <functional>
#include <map>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What becomes of an exchange: the outcome, and after how much simulated time.
struct scripted_answer {
    result<http_response> outcome;
    std::chrono::milliseconds after{0};
    bool begun = true; ///< false: `start` fails with the outcome, which is a failure then

    /// It stalls: `errc::timed_out` after the request's own timeout, or what the client has for such.
    [[nodiscard]] static scripted_answer never() {
        return {failure{errc::timed_out, {}, "the script never answers"}, (std::chrono::milliseconds::max)()};
    }
    [[nodiscard]] static scripted_answer refused(failure why) { return {std::move(why), {}, false}; }
};

/// A request as the script's server has it.
struct scripted_request {
    std::size_t number = 0; ///< from 0, in the order of their starts
    std::chrono::milliseconds started{0};
    http_request request{}; ///< its `body` views that below
    bytes body{};
};

/// A client whose answers a function gives, in simulated time: nobody connects, nobody sleeps, and every run is the
/// same. Copies are handles to one client, so that a test sees what a storage that owns its copy has asked. The script
/// is called by `start`; it may be a server's whole semantics. Not thread-safe.
class scripted_http_client {
public:
    using script = std::function<scripted_answer(const scripted_request&)>;

    explicit scripted_http_client(script answers, std::chrono::milliseconds stall_time = std::chrono::seconds{30})
        : state_{std::make_shared<state>(std::move(answers), stall_time)} {}

    [[nodiscard]] result<void> start(std::uint64_t id, const http_request& request) {
        auto asked = std::make_unique<scripted_request>(
            scripted_request{state_->asked.size(), state_->now, request, to_bytes(request.body)});
        asked->request.body = asked->body;
        const auto& recorded = *state_->asked.emplace_back(std::move(asked));
        auto answer = state_->answers(recorded);
        if (!answer.begun) return std::move(answer.outcome).error();
        const auto due = limit(recorded, answer);
        const auto room = state_->uses_room ? request.room : std::span<std::byte>{};
        state_->under_way.emplace(std::pair{due, recorded.number}, exchange{id, std::move(answer.outcome), room});
        state_->most_at_once = (std::max)(state_->most_at_once, state_->under_way.size());
        return {};
    }

    /// Moves the time to the next answer, or by `time` if none comes sooner.
    [[nodiscard]] result<void> wait(std::chrono::milliseconds time, http_sink done) {
        auto& under_way = state_->under_way;
        const auto until = state_->now + time, next = under_way.empty() ? until : under_way.begin()->first.first;
        state_->now = (std::max)(state_->now, (std::min)(until, next));
        // What `done` starts is reported by the next wait, so that a script without delays cannot keep us for ever.
        const auto started = state_->asked.size();
        while (!under_way.empty()) {
            const auto [due, number] = under_way.begin()->first;
            if (due > state_->now || number >= started) break;
            auto ended = std::move(under_way.extract(under_way.begin()).mapped());
            if (ended.outcome) fill_room(*ended.outcome, ended.room);
            done(ended.id, std::move(ended.outcome));
        }
        return {};
    }

    void drop() { state_->under_way.clear(); }
    [[nodiscard]] std::chrono::milliseconds monotonic() const noexcept { return state_->now; }

    /// Whether bodies go into the room that requests have for them, as they do unless told otherwise.
    void use_room(bool use) noexcept { state_->uses_room = use; }
    void set_script(script answers) { state_->answers = std::move(answers); }
    [[nodiscard]] std::size_t asked() const noexcept { return state_->asked.size(); }
    /// Of every start so far, those that failed included.
    [[nodiscard]] const scripted_request& request(std::size_t number) const noexcept { return *state_->asked[number]; }
    [[nodiscard]] std::size_t under_way() const noexcept { return state_->under_way.size(); }
    [[nodiscard]] std::size_t most_at_once() const noexcept { return state_->most_at_once; }

private:
    struct exchange {
        std::uint64_t id;
        result<http_response> outcome;
        std::span<std::byte> room;
    };
    struct state {
        state(script how, std::chrono::milliseconds stall) : answers{std::move(how)}, stall_time{stall} {}
        script answers;
        std::chrono::milliseconds stall_time;
        std::chrono::milliseconds now{0};
        std::vector<std::unique_ptr<scripted_request>> asked;
        std::map<std::pair<std::chrono::milliseconds, std::size_t>, exchange> under_way;
        std::size_t most_at_once = 0;
        bool uses_room = true;
    };

    static void fill_room(http_response& answer, std::span<std::byte> room) {
        if (!answer.good() || answer.body.empty() || answer.body.size() > room.size()) return;
        std::copy(answer.body.begin(), answer.body.end(), room.begin());
        answer.in_room = std::exchange(answer.body, bytes{}).size();
    }

    /// What the contract of http_client makes of the script's answer; returns when it is due.
    [[nodiscard]] std::chrono::milliseconds limit(const scripted_request& asked, scripted_answer& answer) const {
        const auto timeout = asked.request.timeout;
        const auto longest = timeout.count() > 0 ? timeout : state_->stall_time;
        if (answer.after >= longest && (timeout.count() > 0 || answer.after == (std::chrono::milliseconds::max)())) {
            answer = {failure{errc::timed_out, {}, "no answer in " + std::to_string(longest.count()) + " ms"}, longest};
        }
        if (answer.outcome && answer.outcome->body.size() > asked.request.body_max) {
            answer.outcome = failure{errc::too_large, {}, "a body of " + std::to_string(answer.outcome->body.size())};
        }
        return asked.started + answer.after;
    }

    std::shared_ptr<state> state_;
};

static_assert(http_client<scripted_http_client>);

}}} // namespace sealsync::testing

#endif
