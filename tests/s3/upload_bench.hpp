#ifndef SEALSYNC_TESTS_S3_UPLOAD_BENCH_HPP
#define SEALSYNC_TESTS_S3_UPLOAD_BENCH_HPP

#include "scripted_bucket.hpp"

#include <sealsync/testing/random.hpp>
#include <sealsync/testing/storage_driver.hpp>

namespace s3_tests {

using ss::errc;

/// Zeros, counted: how many a store has read and not let go of, and in how many readings.
struct recording_source final : ss::byte_source {
    explicit recording_source(std::uint64_t bytes) : size_{bytes} {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
    [[nodiscard]] ss::result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        ++reads;
        if (offset >= fails_at) return ss::failure{fails_with, "recording_source"};
        held += out.size();
        most = (std::max)(most, held);
        return {};
    }
    void released(std::uint64_t bytes) { held -= bytes; }

    std::uint64_t held = 0, most = 0, fails_at = ~std::uint64_t{0};
    std::size_t reads = 0;
    errc fails_with{};

private:
    std::uint64_t size_;
};

/// A bucket, and an object of three parts (5, 5 and 1 MiB) under the key "big".
struct upload_bench : scripted_bucket {
    static constexpr std::uint64_t limit = std::uint64_t{5} << 20U;

    explicit upload_bench(ss::s3_settings settings = {}, std::uint64_t size = std::uint64_t{11} << 20U)
        : scripted_bucket{{}, small_parts(settings)}, content{ss::testing::random{size}.some_bytes(size)} {}

    [[nodiscard]] ss::result<ss::put_reply> put(const ss::call_context& call = {}) {
        ss::testing::faulty_source source{content};
        return drive.put({.key = ss::testing::key_of("big"), .source = &source}, call);
    }
    [[nodiscard]] bool is_stored() const {
        const auto body = fake->body_of("vaults/big");
        return body && ss::bytes_view{*body} == ss::bytes_view{content};
    }
    [[nodiscard]] std::size_t count_of(const std::string& part) const {
        const auto all = lines();
        return static_cast<std::size_t>(std::count_if(
            all.begin(), all.end(), [&](const auto& one) { return one.find(part) != std::string::npos; }));
    }

    [[nodiscard]] static ss::testing::scripted_answer answer(int status, std::string_view body = {}) {
        return {ss::http_response{status, {}, ss::to_bytes(body)}};
    }
    /// Requests with that in their line are answered like that: the first, or all.
    [[nodiscard]] interceptor once(std::string part, int status, std::string body = {}) const {
        return [this, part, status, body, done = false](
                   const ss::testing::scripted_request& asked) mutable -> std::optional<ss::testing::scripted_answer> {
            if (done || line(asked.number).find(part) == std::string::npos) return std::nullopt;
            done = true;
            return answer(status, body);
        };
    }
    [[nodiscard]] interceptor always(std::string part, int status, std::string body = {}) const {
        return [this, part, status,
                body](const ss::testing::scripted_request& asked) -> std::optional<ss::testing::scripted_answer> {
            if (line(asked.number).find(part) == std::string::npos) return std::nullopt;
            return answer(status, body);
        };
    }

    ss::testing::storage_driver<storage_type> drive{store};
    ss::bytes content;

private:
    [[nodiscard]] static ss::s3_settings small_parts(ss::s3_settings settings) {
        settings.multipart_above = limit;
        settings.part_bytes = limit;
        return settings;
    }
};

} // namespace s3_tests

#endif
