#ifndef SEALSYNC_TESTS_S3_SCRIPTED_BUCKET_HPP
#define SEALSYNC_TESTS_S3_SCRIPTED_BUCKET_HPP

#include "../http/fake_s3.hpp"
#include "plain_s3_crypto.hpp"

#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>
#include <sealsync/s3/basic_s3_storage.hpp>
#include <sealsync/testing/scripted_http_client.hpp>

#include <deque>

namespace s3_tests {

namespace ss = sealsync;

/// Addresses everything in one bucket and signs nothing.
struct open_authority {
    std::shared_ptr<int> recoveries = std::make_shared<int>(0); ///< how often it was asked whether it can

    [[nodiscard]] ss::result<ss::http_request> authorise(const ss::s3_request& wanted) {
        ss::http_request made{wanted.method, "http://s3.test/bucket"};
        if (!wanted.key.empty()) made.url += "/" + ss::uri_encoded(wanted.key, ss::slashes::kept);
        if (!wanted.query.empty()) made.url += "?" + ss::canonical_query(wanted.query);
        made.headers = wanted.headers;
        made.body = wanted.body;
        made.body_max = wanted.body_max;
        return made;
    }
    /// It recovers from what a test calls "Recoverable".
    [[nodiscard]] bool recover(const ss::s3_error& error) { return ++*recoveries, error.code == "Recoverable"; }
    [[nodiscard]] std::string describe() const { return "s3://bucket"; }
};

using storage_type =
    ss::basic_s3_storage<ss::testing::scripted_http_client, open_authority, ss::pugixml_s3_xml, plain_s3_crypto>;

/// A store whose other end is a fake bucket in this process, in simulated time; and a list of what goes wrong first.
class scripted_bucket {
public:
    explicit scripted_bucket(http_tests::fake_s3_settings settings = {}, ss::s3_settings with = {})
        : fake{std::make_shared<http_tests::fake_s3>(std::move(settings))},
          client{[this](const ss::testing::scripted_request& asked) { return answer(asked); }},
          store{[this] { return ss::result<ss::testing::scripted_http_client>{client}; }, authority, "vaults/", with} {}
    scripted_bucket(const scripted_bucket&) = delete;
    scripted_bucket& operator=(const scripted_bucket&) = delete;

    /// What becomes of the next request that has come to its turn; `applied`: the bucket acts on it all the same.
    struct fault {
        ss::result<ss::http_response> outcome;
        bool applied = false;
    };
    void fail_next(fault one) { faults.push_back(std::move(one)); }
    void fail_next(int status, std::string body = {}, std::vector<ss::http_header> headers = {}) {
        fail_next({ss::http_response{status, std::move(headers), ss::to_bytes(body)}});
    }

    [[nodiscard]] std::string method(std::size_t i) const { return std::string{ss::name_of(client.request(i).request.method)}; }

    std::shared_ptr<http_tests::fake_s3> fake;
    std::deque<fault> faults;
    open_authority authority;
    ss::testing::scripted_http_client client;
    storage_type store;

private:
    [[nodiscard]] ss::testing::scripted_answer answer(const ss::testing::scripted_request& asked) {
        std::optional<fault> wrong;
        if (!faults.empty()) {
            wrong = std::move(faults.front());
            faults.pop_front();
            if (!wrong->applied) return {std::move(wrong->outcome)};
        }
        auto given = serve(asked);
        if (wrong) return {std::move(wrong->outcome)};
        return {std::move(given)};
    }

    [[nodiscard]] ss::result<ss::http_response> serve(const ss::testing::scripted_request& asked) {
        http_tests::request sent;
        sent.method = ss::name_of(asked.request.method);
        sent.target = asked.request.url.substr(std::string_view{"http://s3.test"}.size());
        sent.headers = asked.request.headers;
        sent.headers.push_back({"content-length", std::to_string(asked.body.size())});
        sent.body = ss::as_text(asked.body);
        const auto given = fake->handle(sent);
        ss::http_response made{given.status, given.headers, {}};
        if (asked.request.method != ss::http_method::head) {
            made.body = ss::to_bytes(given.body);
        }
        if (made.header("content-length").empty()) made.headers.push_back({"content-length", std::to_string(given.body.size())});
        if (made.body.size() > asked.request.body_max) return ss::failure{ss::errc::too_large};
        return made;
    }
};

} // namespace s3_tests

#endif
