#ifndef SEALSYNC_DETAIL_WIRE_HPP
#define SEALSYNC_DETAIL_WIRE_HPP

#include "../bytes.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Appends the small binary forms that rows, payloads and envelopes are made of: LEB128 numbers, counted bytes.
class wire_writer {
public:
    void reserve(std::size_t size) { out_.reserve(size); }
    void raw(bytes_view data) { append(out_, data); }
    void byte(std::uint8_t value) { out_.push_back(static_cast<std::byte>(value)); }
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) byte(static_cast<std::uint8_t>(value | 0x80U));
        byte(static_cast<std::uint8_t>(value));
    }
    /// Eight bytes, greatest first, so that their order is the numbers' order.
    void ordered(std::uint64_t value) {
        for (int shift = 56; shift >= 0; shift -= 8)
            byte(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
    }
    void counted(bytes_view data) {
        number(data.size());
        raw(data);
    }

    [[nodiscard]] bytes take() && { return std::move(out_); }
    [[nodiscard]] bytes_view view() const noexcept { return out_; }

private:
    bytes out_;
};

/// Reads them back. After anything out of bounds every read gives zero or nothing and `ok()` stays false, so that a
/// whole row is read first and checked once.
class wire_reader {
public:
    explicit wire_reader(bytes_view in) noexcept : in_{in} {}

    [[nodiscard]] bytes_view raw(std::uint64_t count) noexcept {
        if (count > in_.size()) {
            fail();
            return bytes_view{};
        }
        const auto part = in_.subview(0, static_cast<std::size_t>(count));
        in_ = in_.subview(static_cast<std::size_t>(count));
        return part;
    }
    [[nodiscard]] std::uint8_t byte() noexcept {
        const auto one = raw(1);
        return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
    }
    [[nodiscard]] std::uint64_t number() noexcept {
        if (ok_ && !in_.empty() && in_[0] < std::byte{0x80}) return byte(); // as most are
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t part = byte();
            if (shift == 63 && part > 1) break;
            value |= (part & 0x7fU) << shift;
            if (part < 0x80) return ok_ ? value : 0;
        }
        ok_ = false;
        return 0;
    }
    [[nodiscard]] std::uint64_t ordered() noexcept {
        std::uint64_t value = 0;
        for (const auto part : raw(8)) value = value << 8U | std::to_integer<std::uint64_t>(part);
        return value;
    }
    [[nodiscard]] bytes_view counted() noexcept { return raw(number()); }
    /// A count of things of at least `bytes_each`, so that no allocation is larger than the input allows.
    [[nodiscard]] std::size_t count(std::size_t bytes_each) noexcept {
        const auto value = number();
        if (value <= in_.size() / bytes_each) return static_cast<std::size_t>(value);
        ok_ = false;
        return 0;
    }
    template <std::size_t N>
    [[nodiscard]] std::array<std::byte, N> array() noexcept {
        std::array<std::byte, N> value{};
        if (const auto part = raw(N); part.size() == N) std::memcpy(value.data(), part.data(), N);
        return value;
    }

    [[nodiscard]] bytes_view rest() const noexcept { return in_; }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    /// Nothing went out of bounds and nothing is left.
    [[nodiscard]] bool done() const noexcept { return ok_ && in_.empty(); }

    /// For what is in bounds but makes no sense.
    void fail() noexcept {
        ok_ = false;
        in_ = {};
    }

private:
    bytes_view in_;
    bool ok_ = true;
};

}}} // namespace sealsync::detail

#endif
