#ifndef SEALSYNC_SYNC_PAYLOAD_HPP
#define SEALSYNC_SYNC_PAYLOAD_HPP

#include "../detail/wire.hpp"
#include "../result.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What is sealed as a record or profile: the application's names, which keys and manifests know only as hashes,
/// and the content. Borrowed.
struct payload {
    std::string_view collection;
    std::string_view name; ///< empty for a profile
    bytes_view content;
};

inline constexpr std::uint8_t payload_format = 1;

[[nodiscard]] inline bytes encode(const payload& p) {
    constexpr std::size_t format_and_sizes = 12;
    wire_writer out;
    out.reserve(p.collection.size() + p.name.size() + p.content.size() + format_and_sizes);
    out.byte(payload_format);
    out.counted(p.collection);
    out.counted(p.name);
    out.raw(p.content);
    return std::move(out).take();
}

/// Views into `encoded`. Fails with `errc::unknown_format` or `errc::malformed`.
[[nodiscard]] inline result<payload> decode_payload(bytes_view encoded) {
    wire_reader in{encoded};
    const auto format = in.byte();
    if (in.ok() && format != payload_format) {
        return failure{errc::unknown_format, "record payload", "format " + std::to_string(format)};
    }
    payload p;
    p.collection = as_text(in.counted());
    p.name = as_text(in.counted());
    p.content = in.rest();
    if (!in.ok()) return failure{errc::malformed, "record payload", "ends early"};
    return p;
}

}}} // namespace sealsync::detail

#endif
