#ifndef SEALSYNC_TESTS_SYNC_SMALL_CHUNKS_HPP
#define SEALSYNC_TESTS_SYNC_SMALL_CHUNKS_HPP

#include <sealsync/cipher/plaintext_cipher.hpp>

/// A cipher for tests of streams: chunks of eight bytes, each with its index and whether it is the last, so that any
/// that is swapped, cut or repeated does not open. It hides nothing.
class small_chunks : public sealsync::plaintext_cipher {
public:
    using plaintext_cipher::plaintext_cipher;

    [[nodiscard]] sealsync::stream_layout layout() const noexcept { return {4, 8, 2}; }

    class stream {
    public:
        [[nodiscard]] sealsync::bytes_view header() const noexcept { return "HEAD"; }
        [[nodiscard]] sealsync::result<void> seal_chunk(std::uint64_t index, bool last, sealsync::bytes_view in,
                                                        sealsync::bytes& out) const {
            out = {static_cast<std::byte>(index), std::byte{last}};
            sealsync::append(out, in);
            return {};
        }
        [[nodiscard]] sealsync::result<void> open_chunk(std::uint64_t index, bool last, sealsync::bytes_view in,
                                                        sealsync::bytes& out) const {
            if (in.size() < 2 || in[0] != static_cast<std::byte>(index) || in[1] != std::byte{last}) {
                return sealsync::failure{sealsync::errc::tampered, "", "chunk " + std::to_string(index)};
            }
            out = sealsync::to_bytes(in.subview(2));
            return {};
        }
    };
    [[nodiscard]] sealsync::result<stream> start_seal(const sealsync::sealing_context&) const { return stream{}; }
    [[nodiscard]] sealsync::result<stream> start_open(const sealsync::sealing_context&,
                                                      sealsync::bytes_view header) const {
        if (header != sealsync::bytes_view{"HEAD"}) return sealsync::failure{sealsync::errc::tampered, "", "header"};
        return stream{};
    }
};

static_assert(sealsync::cipher<small_chunks>);

#endif
