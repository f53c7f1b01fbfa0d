#ifndef SEALSYNC_TESTS_EXT_CURL_NGINX_SERVER_HPP
#define SEALSYNC_TESTS_EXT_CURL_NGINX_SERVER_HPP

#include "../../http/sockets.hpp"
#include "../../storage/scratch_folder.hpp"

#include <csignal>
#include <cstdlib>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>

namespace curl_tests {

/// nginx with TLS and HTTP/2 on 127.0.0.1, with a certificate of its own for that address. It ends with this object.
/// Its answers tell the protocol (`x-protocol`) and the connection (`x-connection`).
class nginx_server {
public:
    [[nodiscard]] static bool is_there() {
        return std::system("command -v nginx >/dev/null && command -v openssl >/dev/null") == 0;
    }

    nginx_server() {
        make_certificate();
        folder_.write("www/small", "hello over TLS");
        folder_.write("www/large", std::string(1'000'000, 'x'));
        folder_.write("nginx.conf", configuration());
        start();
        listener_.close();
    }
    nginx_server(const nginx_server&) = delete;
    nginx_server& operator=(const nginx_server&) = delete;
    ~nginx_server() {
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
    }

    [[nodiscard]] std::string certificate() const { return path("certificate.pem"); }
    [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
    [[nodiscard]] std::string url(const std::string& target) const { return "https://" + listener_.host() + target; }
    [[nodiscard]] std::string log() const { return folder_.read("error.log"); }

private:
    /// nginx takes over sockets that it inherits: they can be connected to before it has started, and no port has to be
    /// guessed.
    void start() {
        const auto sockets = std::to_string(listener_.get()) + ";";
        // The signal may come before the new program, when its handler is still the one of the tests.
        sigset_t ending;
        ::sigemptyset(&ending);
        ::sigaddset(&ending, SIGTERM);
        ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
        process_ = ::fork();
        if (process_ == 0) {
            std::signal(SIGTERM, SIG_DFL);
            ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
            become_nginx(sockets);
        }
        ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
    }

    [[noreturn]] void become_nginx(const std::string& sockets) const {
#ifdef __linux__
        ::prctl(PR_SET_PDEATHSIG, SIGTERM); // a test that crashes leaves nothing running
#endif
        ::setenv("NGINX", sockets.c_str(), 1);
        ::execlp("nginx", "nginx", "-p", path("").c_str(), "-e", path("error.log").c_str(), "-c",
                 path("nginx.conf").c_str(), nullptr);
        ::_exit(127);
    }

    [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

    void make_certificate() const {
        const auto command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                             "-subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout '" +
                             path("key.pem") + "' -out '" + certificate() + "' 2>/dev/null";
        if (std::system(command.c_str()) != 0) throw std::runtime_error{"openssl made no certificate"};
    }

    [[nodiscard]] std::string configuration() const {
        std::string temporary;
        for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
            temporary += std::string{kind} + "_temp_path " + path(kind) + "; ";
        }
        return "daemon off; user root; pid " + path("pid") + "; error_log " + path("error.log") +
               ";\nevents { worker_connections 256; }\nhttp { access_log off; " + temporary +
               "client_max_body_size 10m;\nserver { listen " + listener_.host() + " ssl http2; root " + path("www") +
               "; ssl_certificate " + certificate() + "; ssl_certificate_key " + path("key.pem") +
               ";\nadd_header x-protocol $server_protocol; add_header x-connection $connection;\n"
               "location /echo { return 200 \"$request_method $http_x_test $content_length\"; }\n"
               "location /silent { return 444; }\n} }\n";
    }

    storage_tests::scratch_folder folder_;
    http_tests::listener listener_;
    pid_t process_ = -1;
};

} // namespace curl_tests

#endif
