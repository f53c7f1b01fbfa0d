#ifndef SEALSYNC_S3_REQUEST_RUNNER_HPP
#define SEALSYNC_S3_REQUEST_RUNNER_HPP

#include "../storage/operations.hpp"
#include "outage.hpp"
#include "s3_answers.hpp"
#include "s3_xml.hpp"

#include <queue>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Requests of one kind, to be made in any order. `request(i)` is called for every attempt.
template <class J>
concept s3_job = requires(J job, std::size_t i, result<http_response> outcome) {
    { job.count() } -> std::same_as<std::size_t>;
    { job.may_start(i) } -> std::same_as<bool>; // false: not before another has ended
    { job.request(i) } -> std::same_as<result<s3_request>>;
    { job.effect(i) } -> std::same_as<s3_effect>;
    { job.name(i) } -> std::convertible_to<std::string>; // for messages
    { job.is_answer(int{}) } -> std::same_as<bool>;      // a status that `ended` wants to see
    { job.ended(i, std::move(outcome)) } -> std::same_as<void>;
};

/// Makes the requests of a job: as many at once as the store takes, each again where that is safe and may help.
/// One is for one call of a store: the call's timeout counts from its making, however many jobs it runs.
template <http_client Http, s3_authority Authority, s3_xml Xml>
class request_runner {
    using milliseconds = std::chrono::milliseconds;

public:
    request_runner(Http& http, Authority& authority, retry_policy& retry, std::size_t connections)
        : http_{http},
          authority_{authority},
          retry_{retry},
          connections_{(std::max)(connections, std::size_t{1})},
          begun_{http.monotonic()} {}

    /// The same call with fewer or more requests at once.
    [[nodiscard]] request_runner with(std::size_t connections) const {
        auto copy = *this;
        copy.connections_ = (std::max)(connections, std::size_t{1});
        return copy;
    }

    /// Every request ends once, with an answer or its failure; or the whole fails: stopped, out of time, or the store
    /// is not to be reached. What was under way may then have been applied.
    template <s3_job Job>
    [[nodiscard]] result<void> run(Job& job, const call_context& call) {
        return batch<Job>{*this, job, call}.run();
    }

private:
    static constexpr milliseconds stop_check{100};   ///< how often a stop is looked for while nothing happens
    static constexpr std::uint32_t refused_max = 32; ///< in a row that got no answer: there is nobody to ask

    template <class Job>
    class batch {
    public:
        batch(request_runner& owner, Job& job, const call_context& call)
            : owner_{owner},
              job_{job},
              call_{call},
              requests_(job.count()),
              open_{job.count()},
              window_{owner.connections_},
              end_{call.timeout.count() == 0 ? (milliseconds::max)() : owner.begun_ + call.timeout} {}
        batch(const batch&) = delete;
        batch& operator=(const batch&) = delete;
        /// Whatever ended the batch, a sink's exception too: the client's next user must not get these answers.
        ~batch() {
            if (under_way_ > 0) owner_.http_.drop();
        }

        [[nodiscard]] result<void> run() {
            while (open_ > 0) {
                const auto now = owner_.http_.monotonic();
                if (auto over = why_over(now)) return *std::move(over);
                start_all(now);
                if (open_ == 0) break;
                auto waited = owner_.http_.wait(patience(now), [this](std::uint64_t i, result<http_response> outcome) {
                    --under_way_;
                    take(static_cast<std::size_t>(i), std::move(outcome));
                });
                if (!waited) return waited;
                if (unreachable_) return *unreachable_;
            }
            return {};
        }

    private:
        struct state {
            std::uint32_t attempts = 0;
            std::uint32_t round = 0; ///< of the window, when it was started
            bool recovered = false;  ///< the authority has already changed its mind once
        };
        struct due {
            milliseconds when;
            std::size_t request;
            [[nodiscard]] friend bool operator<(const due& a, const due& b) noexcept { return a.when > b.when; }
        };

        [[nodiscard]] std::optional<failure> why_over(milliseconds now) const {
            if (call_.stop.stop_requested()) return failure{errc::cancelled, owner_.authority_.describe()};
            if (now < end_) return std::nullopt;
            return failure{errc::timed_out, owner_.authority_.describe(), "the call took too long"};
        }

        [[nodiscard]] milliseconds patience(milliseconds now) const {
            const auto until = (std::min)({now + stop_check, end_, next_start()});
            return (std::max)(until - now, milliseconds{1});
        }

        /// When something may be started, even if nothing ends before.
        [[nodiscard]] milliseconds next_start() const {
            const auto again = again_.empty() ? end_ : again_.top().when;
            if (!outage_) return under_way_ < window_ ? again : end_;
            const auto scout = outage_->next();
            if (!scout) return end_;
            return may_begin() ? *scout : (std::max)(*scout, again);
        }

        [[nodiscard]] bool may_begin() const { return next_ < requests_.size() && job_.may_start(next_); }

        void start_all(milliseconds now) {
            if (outage_) return send_scouts(now);
            while (!outage_ && under_way_ < window_ && !again_.empty() && again_.top().when <= now) {
                const auto i = again_.top().request;
                again_.pop();
                start(i);
            }
            while (!outage_ && under_way_ < window_ && may_begin()) start(next_++);
        }

        /// More than one only if a request cannot be made, and thus says nothing.
        void send_scouts(milliseconds now) {
            while (outage_ && outage_->next().value_or(end_) <= now && !unreachable_) {
                const bool waiting = !again_.empty() && again_.top().when <= now;
                if (!waiting && !may_begin()) return;
                const auto i = waiting ? again_.top().request : next_++;
                if (waiting) again_.pop();
                outage_->sent(i);
                start(i);
            }
        }

        void start(std::size_t i) {
            ++requests_[i].attempts;
            requests_[i].round = round_;
            auto wanted = job_.request(i);
            if (!wanted) return end(i, std::move(wanted).error());
            auto request = owner_.authority_.authorise(*wanted);
            if (!request) return end(i, std::move(request).error());
            if (end_ != (milliseconds::max)()) {
                request->timeout = (std::max)(end_ - owner_.http_.monotonic(), milliseconds{1});
            }
            if (auto begun = owner_.http_.start(i, *request); !begun) return take_failure(i, std::move(begun).error());
            ++under_way_;
        }

        void take(std::size_t i, result<http_response> outcome) {
            if (!outcome) return take_failure(i, std::move(outcome).error());
            reached();
            if (job_.is_answer(outcome->status)) {
                owner_.retry_.succeeded(requests_[i].attempts);
                widen();
                return end(i, std::move(outcome));
            }
            const auto error = error_of(*outcome);
            const auto code = errc_of(error, job_.effect(i));
            if (refuses_proof(error.status) && !requests_[i].recovered && owner_.authority_.recover(error)) {
                requests_[i].recovered = true;
                again_.push({owner_.http_.monotonic(), i});
                return;
            }
            if (code == errc::throttled && requests_[i].round == round_) narrow();
            if (may_repeat(code) && repeat(i, retry_after(*outcome))) return;
            // A 409 that goes on is a store that cannot now, not another sync.
            end(i, failure{code == errc::busy ? errc::unavailable : code, job_.name(i), describe(error, *outcome)});
        }

        void reached() {
            refused_ = 0;
            outage_.reset();
            owner_.retry_.reached();
        }

        void take_failure(std::size_t i, failure why) {
            const auto cause = why.code();
            auto named = transport_failure(std::move(why), job_.effect(i), job_.name(i));
            const bool gone = cause == errc::unavailable || cause == errc::connection_lost || cause == errc::timed_out;
            if (cause == errc::too_large) reached(); // it has said so much
            if (cause != errc::too_large) ++refused_;
            if (gone && is_away(cause)) return wait_for_store(i, std::move(named));
            if (may_repeat(named.code()) && repeat(i, std::nullopt)) return;
            if (refused_ >= refused_max) unreachable_ = named;
            end(i, std::move(named));
        }

        /// One connection that cannot be made is enough to look before others try; one that breaks may be the fault of
        /// that very request.
        [[nodiscard]] bool is_away(errc cause) {
            if (!outage_ && (cause == errc::unavailable || refused_ >= refused_max)) {
                outage_.emplace(owner_.http_.monotonic(), owner_.retry_);
            }
            return outage_.has_value();
        }

        void wait_for_store(std::size_t i, failure why) {
            const auto now = owner_.http_.monotonic();
            const bool goes_on = outage_->failed(i, now);
            const bool too_late = under_way_ == 0 && outage_->next().value_or(now) >= end_;
            if (!goes_on || too_late) {
                owner_.retry_.gave_up();
                unreachable_ = failure{why.code(), why.object(), why.detail() + outage_->length(now)};
            }
            if (!may_repeat(why.code())) return end(i, std::move(why));
            --requests_[i].attempts; // it got nowhere
            again_.push({now, i});
        }

        [[nodiscard]] bool repeat(std::size_t i, std::optional<milliseconds> asked) {
            const auto pause = owner_.retry_.next(requests_[i].attempts, asked);
            if (!pause) return false;
            const auto when = owner_.http_.monotonic() + *pause;
            if (when >= end_) return false;
            again_.push({when, i});
            return true;
        }

        void end(std::size_t i, result<http_response> outcome) {
            --open_;
            if (outage_) outage_->returned(i);
            job_.ended(i, std::move(outcome));
        }

        // A store that asks for less gets half as much at once, and slowly more again (additive increase,
        // multiplicative decrease: Chiu, Jain, 1989). All that were under way then are one such question.
        void narrow() noexcept {
            window_ = (std::max)(window_ / 2, std::size_t{1});
            since_narrowed_ = 0;
            ++round_;
        }
        void widen() noexcept {
            if (window_ >= owner_.connections_ || ++since_narrowed_ < window_) return;
            ++window_;
            since_narrowed_ = 0;
        }

        /// A store may say 400 of an expired token, and on HEAD it says no more than that.
        [[nodiscard]] static bool refuses_proof(int status) noexcept {
            return status == 400 || status == 401 || status == 403;
        }

        [[nodiscard]] static s3_error error_of(const http_response& answer) {
            auto said = Xml::error(answer.body);
            s3_error error{answer.status, std::move(said.code), std::move(said.message), std::move(said.request_id),
                           parse_http_date(answer.header("date"))};
            if (const auto id = header_of_request_id(answer); !id.empty()) error.request_id = id;
            return error;
        }

        request_runner& owner_;
        Job& job_;
        const call_context& call_;
        std::vector<state> requests_;
        std::priority_queue<due> again_;
        std::size_t next_ = 0, under_way_ = 0, open_;
        std::size_t window_, since_narrowed_ = 0;
        std::uint32_t refused_ = 0, round_ = 0;
        std::optional<outage> outage_;
        std::optional<failure> unreachable_;
        milliseconds end_;
    };

    Http& http_;
    Authority& authority_;
    retry_policy& retry_;
    std::size_t connections_;
    milliseconds begun_;
};

}}} // namespace sealsync::detail

#endif
