// Sealing and opening an object: sealsync's cipher, against the same primitives of Botan called by hand, and those of
// OpenSSL. Each is checked to open what it sealed before it is timed.

#include "bare.hpp"

#include <benchmark/benchmark.h>
#include <botan/aead.h>
#include <openssl/evp.h>
#include <sealsync/ext/botan/botan_cipher.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(1);
}

class ours {
public:
    void seal(seal::view plain, sealsync::bytes& sealed) {
        if (const auto done = cipher_.seal(context_, std::as_bytes(plain), sealed); !done) {
            give_up(done.error().message());
        }
        digest_ = cipher_.digest(sealed);
    }
    void open(const sealsync::bytes& sealed, sealsync::bytes& plain) {
        digest_ = cipher_.digest(sealed);
        if (const auto done = cipher_.open(context_, sealed, plain); !done) give_up(done.error().message());
    }
    [[nodiscard]] const sealsync::digest256& digest() const noexcept { return digest_; }

private:
    static constexpr std::string_view id_ = "0123456789abcdef0123456789abcdef";
    const sealsync::sealing_context context_{.kind = sealsync::object_kind::record,
                                             .vault = {},
                                             .collection = id_,
                                             .id = id_,
                                             .edit = "0123456789abcdef0123456789abcdef:1234"};
    sealsync::botan_cipher cipher_{sealsync::master_key::make({}, sealsync::bytes(32)).value()};
    sealsync::digest256 digest_;
};

template <class Envelope, class Bytes>
void add(const std::string& name, std::size_t size) {
    struct subject {
        explicit subject(std::size_t bytes) : plain(bytes) {
            for (std::size_t i = 0; i < bytes; ++i) plain[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
            envelope.seal(plain, sealed);
            envelope.open(sealed, opened);
            const bool same = opened.size() == bytes && std::memcmp(opened.data(), plain.data(), bytes) == 0;
            if (!same) give_up("what was sealed does not open");
        }
        Envelope envelope;
        seal::octets plain;
        Bytes sealed, opened;
    };
    const auto with = std::make_shared<subject>(size);
    const auto suffix = std::to_string(size / 1024) + " KiB, " + name;
    benchmark::RegisterBenchmark(("seal " + suffix).c_str(), [with](benchmark::State& state) {
        for (auto _ : state) {
            with->envelope.seal(with->plain, with->sealed);
            benchmark::DoNotOptimize(with->envelope.digest());
        }
    });
    benchmark::RegisterBenchmark(("open " + suffix).c_str(), [with](benchmark::State& state) {
        for (auto _ : state) {
            with->envelope.open(with->sealed, with->opened);
            benchmark::DoNotOptimize(with->envelope.digest());
        }
    });
}

} // namespace

int main(int argc, char** argv) {
    for (const auto size : {std::size_t{1024}, std::size_t{65536}}) {
        add<ours, sealsync::bytes>("ours", size);
        add<seal::bare_envelope<seal::botan_primitives>, seal::octets>("Botan by hand", size);
        add<seal::bare_envelope<seal::openssl_primitives>, seal::octets>("OpenSSL by hand", size);
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
