#ifndef SEALSYNC_TESTS_S3_SCRIPTED_RUNNER_HPP
#define SEALSYNC_TESTS_S3_SCRIPTED_RUNNER_HPP

#include <sealsync/s3/request_runner.hpp>
#include <sealsync/testing/random.hpp>
#include <sealsync/testing/scripted_http_client.hpp>

namespace s3_tests {

namespace ss = sealsync;
using ss::errc;
using ss::detail::s3_effect;
using ss::testing::scripted_answer;
using ss::testing::scripted_http_client;
using ss::testing::scripted_request;
using std::chrono::milliseconds;

/// Errors whose whole document is their name; nothing else can be read.
struct word_xml {
    [[nodiscard]] static ss::s3_error_text error(ss::bytes_view document) {
        return {std::string{ss::as_text(document)}, {}, {}};
    }
    [[nodiscard]] static ss::result<ss::list_page> listing(ss::bytes_view) { return no(); }
    [[nodiscard]] static ss::result<std::vector<ss::s3_delete_fault>> delete_faults(ss::bytes_view) { return no(); }
    [[nodiscard]] static ss::result<std::string> upload_id(ss::bytes_view) { return no(); }
    [[nodiscard]] static ss::result<std::string> completed(ss::bytes_view) { return no(); }
    [[nodiscard]] static ss::result<ss::s3_part_page> parts(ss::bytes_view) { return no(); }
    [[nodiscard]] static ss::result<std::vector<ss::s3_upload>> uploads(ss::bytes_view) { return no(); }

private:
    [[nodiscard]] static ss::failure no() { return ss::failure{errc::malformed}; }
};

/// Signs nothing. It recovers from what is called "Recoverable", and refuses keys that begin with "secret".
struct counting_authority {
    std::shared_ptr<std::size_t> asked = std::make_shared<std::size_t>(0); ///< how often it was asked to recover

    [[nodiscard]] ss::result<ss::http_request> authorise(const ss::s3_request& wanted) const {
        if (wanted.key.starts_with("secret")) return ss::failure{errc::access_denied, wanted.key, "no credentials"};
        return ss::http_request{wanted.method, "http://s3.test/" + wanted.key, wanted.headers, wanted.body,
                                wanted.body_max};
    }
    [[nodiscard]] bool recover(const ss::s3_error& error) { return ++*asked, error.code == "Recoverable"; }
    [[nodiscard]] std::string describe() const { return "s3://bucket"; }
};

/// GETs of "0", "1", ...; keeps what each ended with, and how often.
struct counting_job {
    explicit counting_job(std::size_t requests, s3_effect how = s3_effect::read)
        : kind{how}, outcomes(requests), reported(requests), prepared(requests) {}

    [[nodiscard]] std::size_t count() const { return outcomes.size(); }
    [[nodiscard]] bool may_start(std::size_t i) const { return i < started_max; }
    [[nodiscard]] ss::result<ss::s3_request> request(std::size_t i) {
        ++prepared[i];
        if (std::find(unready.begin(), unready.end(), i) != unready.end()) return ss::failure{errc::io_error, name(i)};
        return ss::s3_request{ss::http_method::get, key_prefix + std::to_string(i)};
    }
    [[nodiscard]] s3_effect effect(std::size_t) const { return kind; }
    [[nodiscard]] std::string name(std::size_t i) const { return "object " + std::to_string(i); }
    [[nodiscard]] bool is_answer(int status) const { return status >= 200 && status < 300; }
    void ended(std::size_t i, ss::result<ss::http_response> outcome) {
        ++reported[i];
        if (!outcome) outcomes[i] = outcome.error().code();
        if (outcome) outcomes[i] = errc{};
        if (!outcome) last_failure = outcome.error();
        if (on_end) on_end(i);
    }

    /// How many ended like that; `errc{}` is success.
    [[nodiscard]] std::size_t ended_with(errc code) const {
        return static_cast<std::size_t>(std::count(outcomes.begin(), outcomes.end(), std::optional{code}));
    }
    [[nodiscard]] bool each_once() const {
        return std::all_of(reported.begin(), reported.end(), [](int times) { return times == 1; });
    }

    s3_effect kind;
    std::size_t started_max = ~std::size_t{0};
    std::string key_prefix{};
    std::vector<std::size_t> unready{};
    std::function<void(std::size_t)> on_end{};
    std::vector<std::optional<errc>> outcomes;
    std::vector<int> reported, prepared;
    std::optional<ss::failure> last_failure{};
};

[[nodiscard]] inline scripted_answer status(int code, std::string name = {}, milliseconds after = milliseconds{10},
                                            std::vector<ss::http_header> headers = {}) {
    return {ss::http_response{code, std::move(headers), ss::to_bytes(name)}, after};
}
[[nodiscard]] inline scripted_answer broken(errc code, milliseconds after = milliseconds{10}) {
    return {ss::failure{code, "s3.test", "scripted"}, after};
}
[[nodiscard]] inline std::size_t index_of(const scripted_request& asked) {
    return std::stoul(asked.request.url.substr(asked.request.url.rfind('/') + 1));
}

/// A runner of one call on a client whose answers a function gives.
struct scripted_runner {
    explicit scripted_runner(scripted_http_client::script answers, std::size_t connections = 32,
                             ss::retry_settings retries = {}, std::uint64_t seed = 1)
        : client{std::move(answers)}, retry{retries, seed}, runner{client, authority, retry, connections} {}

    [[nodiscard]] ss::result<void> run(counting_job& job, const ss::call_context& call = {}) {
        return runner.run(job, call);
    }

    counting_authority authority;
    scripted_http_client client;
    ss::detail::retry_policy retry;
    ss::detail::request_runner<scripted_http_client, counting_authority, word_xml> runner;
};

} // namespace s3_tests

#endif
