#include "scripted_runner.hpp"

#include <doctest/doctest.h>

using namespace s3_tests;
using namespace std::chrono_literals;

namespace {

/// The same answers for every request: the first attempt's, then the next's; the last for ever.
scripted_http_client::script by_attempt(std::vector<scripted_answer> answers) {
    auto attempts = std::make_shared<std::map<std::string, std::size_t>>();
    return [answers = std::move(answers), attempts](const scripted_request& asked) {
        const auto attempt = (*attempts)[asked.request.url]++;
        return answers[(std::min)(attempt, answers.size() - 1)];
    };
}

/// What one request ends with, and after how many attempts.
std::pair<errc, std::size_t> single(std::vector<scripted_answer> answers, s3_effect effect = s3_effect::read) {
    scripted_runner bench{by_attempt(std::move(answers))};
    counting_job job{1, effect};
    REQUIRE(bench.run(job));
    REQUIRE(job.each_once());
    return {*job.outcomes[0], bench.client.asked()};
}
using ended = std::pair<errc, std::size_t>;

} // namespace

TEST_CASE("request_runner: no request is no work") {
    scripted_runner bench{by_attempt({status(200)})};
    counting_job job{0};
    CHECK(bench.run(job));
    CHECK(bench.client.asked() == 0);
}

TEST_CASE("request_runner: as many at once as there are connections, never more, and all end once") {
    for (const std::size_t connections : {1U, 2U, 32U}) {
        scripted_runner bench{[](const auto& asked) { return status(200, {}, milliseconds{1 + asked.number % 7}); },
                              connections};
        counting_job job{200};
        CHECK(bench.run(job));
        CHECK(job.ended_with(errc{}) == 200);
        CHECK(job.each_once());
        CHECK(bench.client.most_at_once() == connections);
        CHECK(bench.client.asked() == 200);
    }
}

TEST_CASE("request_runner: a store with no connection has one") {
    scripted_runner bench{by_attempt({status(200)}), 0};
    counting_job job{2};
    CHECK(bench.run(job));
    CHECK(bench.client.most_at_once() == 1);
}

TEST_CASE("request_runner: reads and plain writes are repeated after whatever may pass") {
    for (const auto effect : {s3_effect::read, s3_effect::write}) {
        for (const auto& passing :
             {status(500), status(502), status(503), status(503, "SlowDown"), status(429), status(409), status(408),
              status(400, "RequestTimeout"), status(400, "BadDigest"), broken(errc::connection_lost),
              broken(errc::timed_out), broken(errc::unavailable)}) {
            CHECK(single({passing, passing, status(200)}, effect) == ended{errc{}, 3});
        }
    }
}

TEST_CASE("request_runner: what would fail again is not repeated") {
    const std::pair<scripted_answer, errc> table[] = {
        {status(403), errc::access_denied},
        {status(404), errc::not_found},
        {status(404, "NoSuchBucket"), errc::invalid_argument},
        {status(412), errc::precondition_failed},
        {status(400), errc::invalid_argument},
        {status(301), errc::invalid_argument},
        {status(501), errc::unsupported},
        {status(507), errc::no_space},
        {status(413), errc::too_large},
        {broken(errc::access_denied), errc::access_denied},
        {broken(errc::too_large), errc::too_large},
        {broken(errc::invalid_argument), errc::invalid_argument},
    };
    for (const auto& [answer, code] : table) {
        CHECK(single({answer}) == ended{code, 1});
    }
}

TEST_CASE("request_runner: a conditional write that may have landed is sent once, and nobody knows") {
    for (const auto& lost : {status(500), status(500, "UnknownError"), status(502), status(503), status(504),
                             broken(errc::connection_lost), broken(errc::timed_out), broken(errc::too_large)}) {
        CHECK(single({lost, status(200)}, s3_effect::conditional_write) == ended{errc::outcome_unknown, 1});
    }
}

TEST_CASE("request_runner: a conditional write that certainly did not land is sent again") {
    for (const auto& refused :
         {status(503, "SlowDown"), status(429), status(409, "ConditionalRequestConflict"), status(409),
          broken(errc::unavailable), scripted_answer::refused(ss::failure{errc::unavailable})}) {
        CHECK(single({refused, status(200)}, s3_effect::conditional_write) == ended{errc{}, 2});
    }
    CHECK(single({status(412), status(200)}, s3_effect::conditional_write) == ended{errc::precondition_failed, 1});
}

TEST_CASE("request_runner: attempts end, and a conflict that goes on is a store that cannot now") {
    CHECK(single({status(500)}) == ended{errc::unavailable, 6});
    CHECK(single({status(503, "SlowDown")}) == ended{errc::throttled, 6});
    CHECK(single({broken(errc::connection_lost)}, s3_effect::write) == ended{errc::connection_lost, 6});
    CHECK(single({status(409)}, s3_effect::conditional_write) == ended{errc::unavailable, 6});
}

TEST_CASE("request_runner: between attempts there are pauses of simulated time, and none that are asked for are cut") {
    scripted_runner bench{by_attempt({status(503, {}, 10ms, {{"retry-after", "7"}}), status(200)})};
    counting_job job{1};
    CHECK(bench.run(job));
    CHECK(bench.client.request(1).started >= 10ms + 7s);
    CHECK(bench.client.request(1).started < 10ms + 7s + 200ms);

    scripted_runner jittered{by_attempt({status(500)})};
    counting_job six{1};
    CHECK(jittered.run(six));
    for (std::size_t i = 1; i < 6; ++i) {
        const auto pause = jittered.client.request(i).started - jittered.client.request(i - 1).started - 10ms;
        CHECK(pause >= 0ms);
        CHECK(pause <= milliseconds{100LL << (i - 1)});
    }
}

TEST_CASE("request_runner: who asks for a longer pause than anybody waits is given up at once") {
    CHECK(single({status(503, "SlowDown", 10ms, {{"retry-after", "3600"}}), status(200)}) == ended{errc::throttled, 1});
    CHECK(single({status(503, "SlowDown", 10ms, {{"retry-after", "soon"}}), status(200)}) == ended{errc{}, 2});
    CHECK(single({status(503, {}, 10ms,
                         {{"retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
                  status(200)}) == ended{errc{}, 2});
}

TEST_CASE("request_runner: other requests go on while one waits for its next attempt") {
    scripted_runner bench{[](const scripted_request& asked) {
                              if (index_of(asked) > 0) return status(200);
                              return asked.number == 0 ? status(503, {}, 10ms, {{"retry-after", "10"}}) : status(200);
                          },
                          1};
    counting_job job{50};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 50);
    CHECK(index_of(bench.client.request(50)) == 0); // the last of all
}

TEST_CASE("request_runner: the authority is asked about a refusal, once, and its word is worth one more attempt") {
    scripted_runner bench{by_attempt({status(403, "Recoverable"), status(200)})};
    counting_job job{3};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 3);
    CHECK(*bench.authority.asked == 3);
    CHECK(bench.client.asked() == 6);

    scripted_runner stubborn{by_attempt({status(403, "Recoverable")})};
    counting_job refused{1};
    CHECK(stubborn.run(refused));
    CHECK(refused.ended_with(errc::access_denied) == 1);
    CHECK(*stubborn.authority.asked == 1);
    CHECK(stubborn.client.asked() == 2);
}

TEST_CASE("request_runner: the authority is not asked about what is no refusal of its proof") {
    for (const int code : {301, 404, 409, 412, 429, 500, 503}) {
        scripted_runner bench{by_attempt({status(code, "Recoverable")})};
        counting_job job{1};
        CHECK(bench.run(job));
        CHECK(*bench.authority.asked == 0);
    }
    for (const int code : {400, 401, 403}) {
        scripted_runner bench{by_attempt({status(code, "Hopeless")})};
        counting_job job{1};
        CHECK(bench.run(job));
        CHECK(*bench.authority.asked == 1);
        CHECK(bench.client.asked() == 1);
    }
}

TEST_CASE("request_runner: a refused conditional write did not land, and may be sent with a better proof") {
    CHECK(single({status(403, "Recoverable"), status(200)}, s3_effect::conditional_write) == ended{errc{}, 2});
}

TEST_CASE("request_runner: a request that cannot be made ends with why, and the others go on") {
    scripted_runner bench{by_attempt({status(200)})};
    counting_job job{5};
    job.unready = {1, 3};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 3);
    CHECK(job.ended_with(errc::io_error) == 2);
    CHECK(job.each_once());

    counting_job secret{100};
    secret.key_prefix = "secret/";
    scripted_runner denied{by_attempt({status(200)})};
    CHECK(denied.run(secret));
    CHECK(secret.ended_with(errc::access_denied) == 100);
    CHECK(denied.client.asked() == 0);
}

TEST_CASE("request_runner: a client that does not start a request is that request's failure, with its object") {
    scripted_runner bench{[](const scripted_request& asked) {
        if (index_of(asked) != 1) return status(200);
        return scripted_answer::refused(ss::failure{errc::invalid_argument, {}, "no URL"});
    }};
    counting_job job{3};
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 2);
    CHECK(job.outcomes[1] == errc::invalid_argument);
    CHECK(job.last_failure->object() == "object 1");
    CHECK(job.last_failure->detail() == "no URL");
}

TEST_CASE("request_runner: a failure names the object, the status and the request's id") {
    scripted_runner bench{by_attempt({status(403, "AccessDenied", 10ms, {{"x-amz-request-id", "4442587FB7D0A2F9"}})})};
    counting_job job{1};
    CHECK(bench.run(job));
    CHECK(job.last_failure->object() == "object 0");
    CHECK(job.last_failure->detail() == "HTTP 403 AccessDenied (request id 4442587FB7D0A2F9)");
}

TEST_CASE("request_runner: a job that holds its requests back is asked again when one has ended") {
    scripted_runner bench{by_attempt({status(503), status(200)})};
    counting_job job{20};
    job.started_max = 2;
    job.on_end = [&](std::size_t) { ++job.started_max; };
    CHECK(bench.run(job));
    CHECK(job.ended_with(errc{}) == 20);
    CHECK(bench.client.most_at_once() == 2);
}
