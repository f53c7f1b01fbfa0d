#ifndef SEALSYNC_DETAIL_ENTROPY_HPP
#define SEALSYNC_DETAIL_ENTROPY_HPP

#include "../bytes.hpp"
#include "../result.hpp"

#include <algorithm>
#include <exception>
#include <random>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Fills `out` from a device that yields 32 bits a call. Processors are known whose generator answers all ones after
/// a suspend: a device that repeats itself four times is refused rather than trusted with ids that must be unique.
template <class Device>
[[nodiscard]] result<void> fill_random_from(Device& device, std::span<std::byte> out) {
    const auto draw = [&] { return static_cast<std::uint32_t>(device()); };
    const std::array<std::uint32_t, 4> probe{draw(), draw(), draw(), draw()};
    if (std::equal(probe.begin() + 1, probe.end(), probe.begin())) {
        return failure{errc::io_error, "random device", "it repeats one number"};
    }
    for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint32_t)) {
        const auto word = draw();
        std::memcpy(out.data() + i, &word, (std::min)(sizeof word, out.size() - i));
    }
    return {};
}

/// The only place of the core that reads the operating system's randomness. `errc::io_error` if there is none.
/// Thread-safe.
[[nodiscard]] inline result<void> fill_random(std::span<std::byte> out) {
    try {
        std::random_device device;
        return fill_random_from(device, out);
    } catch (const std::exception& e) {
        return failure{errc::io_error, "random device", e.what()};
    }
}

}}} // namespace sealsync::detail

#endif
