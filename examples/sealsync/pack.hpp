#ifndef SEALSYNC_CLI_PACK_HPP
#define SEALSYNC_CLI_PACK_HPP

#include "file_facts.hpp"

#include <sealsync/bytes.hpp>

#include <concepts>

namespace cli {

namespace ss = sealsync;

/// Fixed-width little-endian numbers and counted bytes: the form of file records and of the index.
class packer {
public:
    template <std::unsigned_integral T>
    void number(T value) {
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            out_.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i)));
        }
    }
    void time(const file_time& value) {
        number(static_cast<std::uint64_t>(value.seconds));
        number(value.nanoseconds);
    }
    void raw(ss::bytes_view data) { ss::append(out_, data); }
    void counted(ss::bytes_view data) {
        number(static_cast<std::uint32_t>(data.size()));
        raw(data);
    }
    [[nodiscard]] ss::bytes take() && { return std::move(out_); }

private:
    ss::bytes out_;
};

/// After anything out of bounds every read gives zero or nothing, and `ok()` stays false.
class unpacker {
public:
    explicit unpacker(ss::bytes_view in) noexcept : in_{in} {}

    template <std::unsigned_integral T>
    [[nodiscard]] T number() noexcept {
        const auto part = raw(sizeof(T));
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < part.size(); ++i) value |= std::to_integer<std::uint64_t>(part[i]) << (8 * i);
        return static_cast<T>(value);
    }
    [[nodiscard]] file_time time() noexcept {
        const auto seconds = static_cast<std::int64_t>(number<std::uint64_t>());
        return {seconds, number<std::uint32_t>()};
    }
    [[nodiscard]] ss::bytes_view raw(std::size_t count) noexcept {
        if (count > in_.size()) {
            ok_ = false;
            in_ = {};
            return {};
        }
        const auto part = in_.subview(0, count);
        in_ = in_.subview(count);
        return part;
    }
    [[nodiscard]] ss::bytes_view counted() noexcept { return raw(number<std::uint32_t>()); }
    [[nodiscard]] ss::bytes_view rest() const noexcept { return in_; }
    [[nodiscard]] bool ok() const noexcept { return ok_; }

private:
    ss::bytes_view in_;
    bool ok_ = true;
};

/// FNV-1a: notices a damaged index and names conflict copies; protects nothing.
[[nodiscard]] inline std::uint64_t checksum(ss::bytes_view data) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto part : data) hash = (hash ^ std::to_integer<std::uint64_t>(part)) * 0x100000001b3;
    return hash;
}

/// Writes a checksum as sixteen hexadecimal digits.
[[nodiscard]] inline std::string checksum_text(ss::bytes_view data) {
    packer out;
    out.number(checksum(data));
    return ss::to_hex(std::move(out).take());
}

} // namespace cli

#endif
