// usage: bench_s3_transfer_limit URLS put|get COUNT CONNECTIONS [HEADERS]
//
// What libcurl costs by itself: COUNT requests of the URLs in a file, one a line and again from its first, in a bare
// loop of curl_multi_perform and curl_multi_poll, easy handles and connections used again. The URLs are presigned or
// public: nothing is signed, parsed, retried or kept here, but every answer is compared with what it must be.
// HEADERS is a file of header lines that go with every request: what a signature adds to it.

#include "objects.hpp"

#include <algorithm>
#include <fstream>
#include <sealsync/bytes.hpp>
#include <sealsync/ext/curl/curl_library.hpp>
#include <vector>

namespace {

using s3_transfer::give_up;

class loop {
public:
    loop(std::vector<std::string> urls, const std::vector<std::string>& headers, bool put, std::size_t count)
        : urls_{std::move(urls)}, count_{count}, multi_{curl_multi_init()}, put_{put} {
        for (const auto* line : {"Accept:", "Expect:", "Content-Type:"}) headers_ = curl_slist_append(headers_, line);
        for (const auto& line : headers) headers_ = curl_slist_append(headers_, line.c_str());
    }
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;
    ~loop() {
        curl_multi_cleanup(multi_);
        curl_slist_free_all(headers_);
    }

    void run(std::size_t connections) {
        std::vector<transfer> transfers((std::min)(connections, count_));
        for (auto& one : transfers) begin(one);
        while (ended_ < count_) {
            int running = 0, left = 0;
            curl_multi_perform(multi_, &running);
            while (const auto* message = curl_multi_info_read(multi_, &left))
                end(message->easy_handle, message->data.result);
            if (ended_ < count_) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
        }
        for (auto& one : transfers) curl_easy_cleanup(one.easy);
    }

private:
    struct transfer {
        CURL* easy = curl_easy_init();
        std::size_t number = 0;
        std::vector<std::byte> body{};
    };

    static std::size_t take(char* text, std::size_t, std::size_t size, void* to) {
        const auto piece = std::as_bytes(std::span{text, size});
        auto& body = static_cast<transfer*>(to)->body;
        body.insert(body.end(), piece.begin(), piece.end());
        return size;
    }

    void begin(transfer& one) {
        curl_easy_setopt(one.easy, CURLOPT_PRIVATE, &one);
        curl_easy_setopt(one.easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(one.easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(one.easy, CURLOPT_HTTPHEADER, headers_);
        curl_easy_setopt(one.easy, CURLOPT_WRITEFUNCTION, &take);
        curl_easy_setopt(one.easy, CURLOPT_WRITEDATA, &one);
        if (put_) {
            one.body.resize(s3_transfer::small_bytes);
            curl_easy_setopt(one.easy, CURLOPT_POST, 1L);
            curl_easy_setopt(one.easy, CURLOPT_CUSTOMREQUEST, "PUT");
            curl_easy_setopt(one.easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(s3_transfer::small_bytes));
            curl_easy_setopt(one.easy, CURLOPT_POSTFIELDS, one.body.data());
        }
        next(one);
    }

    void next(transfer& one) {
        one.number = begun_++;
        if (put_) {
            s3_transfer::fill(one.number % urls_.size(), 0, one.body);
        } else {
            one.body.clear();
        }
        curl_easy_setopt(one.easy, CURLOPT_URL, urls_[one.number % urls_.size()].c_str());
        curl_multi_add_handle(multi_, one.easy);
    }

    void end(CURL* easy, CURLcode code) {
        transfer* one = nullptr;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &one);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (code != CURLE_OK || status != 200 || !is_whole(*one)) {
            give_up("request " + std::to_string(one->number) + ": " + curl_easy_strerror(code) + ", HTTP " +
                    std::to_string(status) + ", " + std::to_string(one->body.size()) + " bytes");
        }
        ++ended_;
        curl_multi_remove_handle(multi_, easy);
        if (begun_ < count_) next(*one);
    }

    [[nodiscard]] bool is_whole(const transfer& one) {
        if (put_) return true;
        s3_transfer::fill(one.number % urls_.size(), 0, expected_);
        return sealsync::bytes_view{one.body} == expected_;
    }

    std::vector<std::string> urls_;
    sealsync::bytes expected_ = sealsync::bytes(s3_transfer::small_bytes);
    std::size_t begun_ = 0, ended_ = 0, count_;
    CURLM* multi_;
    curl_slist* headers_ = nullptr;
    bool put_;
};

[[nodiscard]] std::vector<std::string> lines_of(const char* path) {
    std::ifstream file{path};
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    if (lines.empty()) give_up(std::string{path} + ": cannot be read, or empty");
    return lines;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 5 && argc != 6) {
        give_up("usage: bench_s3_transfer_limit URLS put|get COUNT CONNECTIONS [HEADERS]");
    }
    const auto headers = argc == 6 ? lines_of(argv[5]) : std::vector<std::string>{};
    const auto library = sealsync::curl_library::make();
    if (!library) give_up(library.error().message());
    loop{lines_of(argv[1]), headers, std::string_view{argv[2]} == "put", std::stoul(argv[3])}.run(std::stoul(argv[4]));
}
