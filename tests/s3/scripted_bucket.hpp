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
        made.room = wanted.room;
        return made;
    }
    /// It recovers from what a test calls "Recoverable".
    [[nodiscard]] bool recover(const ss::s3_error& error) { return ++*recoveries, error.code == "Recoverable"; }
    [[nodiscard]] std::string describe() const { return "s3://bucket"; }
};

/// Its MD5 is what fake_s3 makes its etags of, as it is with real ones.
struct bucket_crypto : plain_s3_crypto {
    [[nodiscard]] std::array<std::byte, 16> md5(ss::bytes_view data) const {
        std::array<std::byte, 16> value{};
        SEALSYNC_ASSERT(ss::from_hex(ss::detail::content_etag(data), value));
        return value;
    }
};

using storage_type =
    ss::basic_s3_storage<ss::testing::scripted_http_client, open_authority, ss::pugixml_s3_xml, bucket_crypto>;

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

    void fail_next(ss::errc code, bool applied = false) {
        fail_next({ss::failure{code, "s3.test", "scripted"}, applied});
    }
    /// Asked about every request first: an answer that it gives is sent, and the bucket does not hear of the request.
    using interceptor =
        std::function<std::optional<ss::testing::scripted_answer>(const ss::testing::scripted_request&)>;

    /// "GET /bucket/vaults/a?b=c", of the request of that number.
    [[nodiscard]] std::string line(std::size_t i) const {
        const auto& asked = client.request(i).request;
        return std::string{ss::name_of(asked.method)} + " " +
               asked.url.substr(std::string_view{"http://s3.test"}.size());
    }
    [[nodiscard]] std::vector<std::string> lines(std::size_t from = 0) const {
        std::vector<std::string> all;
        for (auto i = from; i < client.asked(); ++i) all.push_back(line(i));
        return all;
    }
    /// A header as it was sent; "-" if it was not.
    [[nodiscard]] std::string sent(std::size_t i, std::string_view name) const {
        for (const auto& one : client.request(i).request.headers) {
            if (one.name == name) return one.value;
        }
        return "-";
    }

    std::shared_ptr<http_tests::fake_s3> fake;
    std::deque<fault> faults;
    interceptor intercept;
    open_authority authority;
    ss::testing::scripted_http_client client;
    storage_type store;

private:
    [[nodiscard]] ss::testing::scripted_answer answer(const ss::testing::scripted_request& asked) {
        if (intercept) {
            if (auto given = intercept(asked)) return *std::move(given);
        }
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
        if (made.header("content-length").empty())
            made.headers.push_back({"content-length", std::to_string(given.body.size())});
        if (made.body.size() > asked.request.body_max) return ss::failure{ss::errc::too_large};
        return made;
    }
};

} // namespace s3_tests

#endif
