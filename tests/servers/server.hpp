#ifndef SEALSYNC_TESTS_SERVERS_SERVER_HPP
#define SEALSYNC_TESTS_SERVERS_SERVER_HPP

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

/// The real S3 servers that tests/servers/servers.sh started, which says in the environment where they are.
namespace servers {

[[nodiscard]] inline const char* variable(const std::string& name) {
    return std::getenv(("SEALSYNC_S3_" + name).c_str());
}

/// Skips a test where its server does not run: TEST_CASE("..." * servers::need("CEPH"))
[[nodiscard]] inline doctest::skip need(const std::string& name) { return doctest::skip{variable(name) == nullptr}; }

/// CEPH, CEPH_TLS, CEPH_VIRTUAL_HOST: one store, reached in three ways. SWIFT refuses conditional writes (501), S3RVER
/// does them unconditionally.
struct server {
    std::string endpoint, access_key, secret_key, region;
    std::string ca_file; ///< empty: not TLS

    [[nodiscard]] static server find(const std::string& name) {
        const char* text = variable(name);
        if (text == nullptr) throw std::runtime_error{"SEALSYNC_S3_" + name + " is not set: tests/run.sh sets it"};
        std::istringstream fields{text};
        server out;
        for (auto* field : {&out.endpoint, &out.access_key, &out.secret_key, &out.region}) {
            std::getline(fields, *field, ',');
        }
        std::getline(fields, out.ca_file);
        return out;
    }
    [[nodiscard]] bool virtual_host() const { return endpoint.find("//s3.localhost") != std::string::npos; }
};

[[nodiscard]] inline std::string quoted(const std::string& argument) {
    std::string out = "'";
    for (const char c : argument) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return out + "'";
}

/// The URL with the user's name and password, as curl takes them there: one of Swift's names has a colon.
[[nodiscard]] inline std::string with_credentials(const server& at, const std::string& url) {
    const auto host = url.find("//") + 2;
    auto user = at.access_key;
    if (const auto colon = user.find(':'); colon != std::string::npos) user.replace(colon, 1, "%3A");
    return url.substr(0, host) + user + ":" + at.secret_key + "@" + url.substr(host);
}

/// The status that curl, which signs by itself, gets for a request; 0: no answer. What our tests are set up with is not
/// ours. `url` is encoded, `options` are curl's.
[[nodiscard]] inline int curl(const server& at, const std::string& url,
                              std::initializer_list<std::string> options = {}) {
    std::string command = "curl --silent --noproxy '*' --max-time 60 --output /dev/null --write-out '%{http_code}'"
                          " --header x-amz-content-sha256:UNSIGNED-PAYLOAD --aws-sigv4 aws:amz:" +
                          at.region + ":s3 " + quoted(with_credentials(at, url));
    if (!at.ca_file.empty()) command += " --cacert " + quoted(at.ca_file);
    for (const auto& option : options) command += " " + quoted(option);
    auto* answer = ::popen(command.c_str(), "r");
    int status = 0;
    const bool read = answer != nullptr && std::fscanf(answer, "%d", &status) == 1;
    if (answer != nullptr) ::pclose(answer);
    return read ? status : 0;
}

/// A new bucket, which goes with its server.
class bucket {
public:
    explicit bucket(server at) : server_(std::move(at)) {
        static std::atomic<int> made{0};
        name_ = "test-" + std::to_string(::getpid()) + "-" + std::to_string(++made);
        const int status = curl(server_, url(), {"--request", "PUT"});
        if (status != 200) {
            throw std::runtime_error{url() + ": making the bucket was answered with " + std::to_string(status)};
        }
    }
    explicit bucket(const std::string& server_name) : bucket(server::find(server_name)) {}

    [[nodiscard]] const server& at() const noexcept { return server_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// `s3://bucket/prefix?endpoint=...`, as s3_location and the command line take it.
    [[nodiscard]] std::string location(const std::string& prefix = {}) const {
        return "s3://" + name_ + "/" + prefix + "?endpoint=" + server_.endpoint + "&region=" + server_.region +
               (server_.virtual_host() ? "&style=virtual" : "");
    }
    /// Of the bucket, or of a key, encoded.
    [[nodiscard]] std::string url(const std::string& key = {}) const {
        const auto path = key.empty() ? std::string{} : "/" + key;
        if (!server_.virtual_host()) return server_.endpoint + "/" + name_ + path;
        const auto host = server_.endpoint.find("//") + 2;
        return server_.endpoint.substr(0, host) + name_ + "." + server_.endpoint.substr(host) + path;
    }

private:
    server server_;
    std::string name_;
};

/// Ceph's own record of the requests to a bucket, from now on. Only for requests in path style.
class access_log {
public:
    explicit access_log(bucket of) : of_{std::move(of)}, path_{variable("CEPH_LOG")}, from_{size()} {
        (void)read_to_marker(); // what was asked before may be written only now
    }

    /// "PUT /bucket/key" and the like, of all requests since the log was opened, or read, in the order of their
    /// answers.
    [[nodiscard]] std::vector<std::string> requests() { return read_to_marker(); }

private:
    /// The log is written by a thread of its own, in order: once it has the marker, it has all before.
    [[nodiscard]] std::vector<std::string> read_to_marker() {
        static std::atomic<int> marks{0};
        const auto marker = "marker-" + std::to_string(::getpid()) + "-" + std::to_string(++marks) + "-";
        (void)curl(of_.at(), of_.url(marker));
        for (std::vector<std::string> found;; found.clear()) {
            std::ifstream log{path_};
            log.seekg(from_);
            for (std::string line; std::getline(log, line) && !log.eof();) {
                if (line.find(marker) != std::string::npos) return from_ = log.tellg(), found;
                if (auto request = request_of(line); !request.empty()) found.push_back(std::move(request));
            }
        }
    }

    /// Empty if the line tells of something else.
    [[nodiscard]] std::string request_of(const std::string& line) const {
        const auto begin = line.find('"') + 1;
        auto request = line.substr(begin, line.find(" HTTP/", begin) - begin);
        const auto path = request.substr(request.find(' ') + 1);
        const bool ours = line.find(" beast: ") != std::string::npos &&
                          path.substr(0, path.find_first_of("/?", 1)) == "/" + of_.name();
        return ours ? request : std::string{};
    }

    [[nodiscard]] std::streamoff size() const { return std::ifstream{path_, std::ios::ate}.tellg(); }

    bucket of_;
    std::string path_;
    std::streamoff from_;
};

} // namespace servers

#endif
