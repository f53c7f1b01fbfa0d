#ifndef SEALSYNC_TESTING_CIPHER_CONFORMANCE_HPP
#define SEALSYNC_TESTING_CIPHER_CONFORMANCE_HPP

#include "../cipher/cipher.hpp"
#include "conformance.hpp"

#include <algorithm>
#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

namespace cipher_checks {

/// Bytes that differ from place to place, so that anything moved is noticed.
[[nodiscard]] inline bytes sample_bytes(std::size_t size) {
    bytes out(size);
    std::uint32_t state = 0x9e3779b9;
    for (auto& b : out) {
        state = state * 1664525U + 1013904223U;
        b = static_cast<std::byte>(state >> 24U);
    }
    return out;
}

[[nodiscard]] inline sealing_context sample_context() {
    sealing_context context;
    context.kind = object_kind::record;
    context.vault.value.fill(std::byte{0x11});
    context.collection = "collection";
    context.id = "record-1";
    context.edit = "00112233445566778899aabbccddeeff:7";
    return context;
}

/// Contexts that differ from the sample in one part each, or in where one part ends and the next begins.
[[nodiscard]] inline std::vector<std::pair<std::string, sealing_context>> other_contexts() {
    std::vector<std::pair<std::string, sealing_context>> all;
    const auto other = [&](std::string name, auto change) {
        auto context = sample_context();
        change(context);
        all.emplace_back(std::move(name), context);
    };
    other("another kind", [](auto& c) { c.kind = object_kind::profile; });
    other("another vault", [](auto& c) { c.vault.value[15] = std::byte{0x12}; });
    other("another collection", [](auto& c) { c.collection = "collectioN"; });
    other("the account", [](auto& c) { c.collection = {}; });
    other("another id", [](auto& c) { c.id = "record-2"; });
    other("another edit", [](auto& c) { c.edit = "00112233445566778899aabbccddeeff:8"; });
    other("no edit", [](auto& c) { c.edit = {}; });
    other("a longer collection and a shorter id", [](auto& c) { c.collection = "collectionr", c.id = "ecord-1"; });
    other("id and edit exchanged", [](auto& c) { std::swap(c.id, c.edit); });
    return all;
}

/// Nothing that was refused may leave anything behind to be used by mistake.
template <class Open>
void check_refused(conformance_report& report, Open open, const std::string& what) {
    bytes out{std::byte{1}};
    const auto opened = open(out);
    if (opened) return report.check(false, what + " is refused: it opened");
    const auto kind = opened.error().kind();
    report.check(kind == error_kind::security || kind == error_kind::data,
                 what + " is refused as data or security: " + opened.error().message());
    report.check(out.empty(), what + " leaves nothing in the output");
}

[[nodiscard]] inline std::vector<std::size_t> sizes_around_boundaries() {
    std::vector<std::size_t> all(140);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    for (std::size_t power = 256; power <= std::size_t{1} << 18U; power *= 2) {
        for (const auto size : {power - 17, power - 16, power - 1, power, power + 1, power + power / 3}) {
            all.push_back(size);
        }
    }
    return all;
}

template <cipher Cipher>
void check_whole_objects(conformance_report& report, Cipher& a, Cipher& b) {
    const auto context = sample_context();
    bytes sealed, again, opened;
    for (const auto size : sizes_around_boundaries()) {
        const auto name = std::to_string(size) + " bytes";
        const auto plain = sample_bytes(size);
        if (!report.check_ok(a.seal(context, plain, sealed), "seal " + name)) continue;
        if (report.check_ok(b.open(context, sealed, opened), "open " + name)) {
            report.check(opened == plain, name + " come back as they were");
        }
        if (report.check_ok(b.seal(context, plain, again), "seal again " + name)) {
            report.check(again == sealed, "sealing " + name + " is deterministic");
        }
    }
    for (const auto ending : {std::byte{0}, std::byte{0x80}}) { // what padding may be made of
        const bytes plain(200, ending);
        (void)a.seal(context, plain, sealed);
        (void)a.open(context, sealed, opened);
        report.check(opened == plain, "bytes that look like padding come back");
    }
}

template <cipher Cipher>
void check_whole_object_binding(conformance_report& report, Cipher& a) {
    const auto context = sample_context();
    const auto plain = sample_bytes(100);
    bytes sealed, other;
    (void)a.seal(context, plain, sealed);
    for (const auto& [name, wrong] : other_contexts()) {
        const auto& wrong_context = wrong;
        check_refused(
            report, [&](bytes& out) { return a.open(wrong_context, sealed, out); }, name);
        (void)a.seal(wrong_context, plain, other);
        report.check(other != sealed, name + " gives other bytes");
    }
    auto changed = plain;
    changed.back() ^= std::byte{1};
    (void)a.seal(context, changed, other);
    const auto half = sealed.size() / 2;
    report.check(!std::equal(sealed.begin() + static_cast<std::ptrdiff_t>(half), sealed.end(),
                             other.begin() + static_cast<std::ptrdiff_t>(half)),
                 "one bit of plaintext changes the sealed bytes throughout");
    report.check(std::search(sealed.begin(), sealed.end(), plain.begin(), plain.begin() + 8) == sealed.end(),
                 "the plaintext is not in the sealed bytes");
}

template <cipher Cipher>
void check_whole_object_damage(conformance_report& report, Cipher& a) {
    const auto context = sample_context();
    bytes sealed, opened;
    (void)a.seal(context, sample_bytes(100), sealed);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto damaged = sealed;
        damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        check_refused(
            report, [&](bytes& out) { return a.open(context, damaged, out); }, "bit " + std::to_string(bit));
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        check_refused(
            report, [&](bytes& out) { return a.open(context, bytes_view{sealed}.subview(0, size), out); },
            "truncation to " + std::to_string(size));
    }
    auto extended = sealed;
    for (int i = 0; i < 64; ++i) {
        extended.push_back(std::byte{0});
        check_refused(
            report, [&](bytes& out) { return a.open(context, extended, out); },
            "extension by " + std::to_string(i + 1));
    }
    report.check(a.open(context, sealed, opened).has_value(), "the cipher still opens what is whole");
}

/// A stream as it is stored, sealed back to front to show that order does not matter.
template <cipher Cipher>
[[nodiscard]] result<bytes> seal_stream(Cipher& a, const sealing_context& context, bytes_view plain) {
    auto sealer = a.start_seal(context);
    if (!sealer) return std::move(sealer).error();
    const auto layout = a.layout();
    bytes stored(static_cast<std::size_t>(layout.sealed_bytes(plain.size()))), chunk;
    const auto chunks = layout.chunks(plain.size());
    for (auto index = chunks; index-- > 0;) {
        const auto from = static_cast<std::size_t>(index * layout.chunk_bytes);
        const auto size = (std::min)(static_cast<std::size_t>(layout.chunk_bytes), plain.size() - from);
        const auto sealed = sealer->seal_chunk(index, index + 1 == chunks, plain.subview(from, size), chunk);
        if (!sealed) return sealed.error();
        const auto at = static_cast<std::size_t>(layout.offset_of(index));
        if (at + chunk.size() > stored.size()) return failure{errc::invalid_argument, "chunk", "longer than stated"};
        std::copy(chunk.begin(), chunk.end(), stored.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const bytes_view header = sealer->header();
    if (header.size() != layout.header_bytes) return failure{errc::invalid_argument, "header", "not as long as stated"};
    std::copy(header.begin(), header.end(), stored.begin());
    return stored;
}

[[nodiscard]] inline bytes_view stored_chunk(const stream_layout& layout, bytes_view stored, std::uint64_t index) {
    const auto from = static_cast<std::size_t>(layout.offset_of(index));
    const auto size = static_cast<std::size_t>(layout.chunk_bytes + layout.overhead_bytes);
    return stored.subview(from, (std::min)(size, stored.size() - from));
}

[[nodiscard]] inline bytes_view stored_header(const stream_layout& layout, bytes_view stored) {
    return stored.subview(0, static_cast<std::size_t>(layout.header_bytes));
}

template <cipher Cipher>
void check_streams(conformance_report& report, Cipher& a, Cipher& b) {
    auto context = sample_context();
    context.kind = object_kind::attachment;
    const auto layout = a.layout();
    const auto chunk = static_cast<std::size_t>(layout.chunk_bytes);
    bytes opened;
    for (const auto size : {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 5}) {
        const auto name = "stream of " + std::to_string(size) + " bytes";
        const auto plain = sample_bytes(size);
        const auto stored = seal_stream(a, context, plain);
        if (!report.check_ok(stored, "seal a " + name)) continue;
        const auto again = seal_stream(b, context, plain);
        report.check(again && *again == *stored, "sealing a " + name + " is deterministic");
        auto opener = b.start_open(context, stored_header(layout, *stored));
        if (!report.check_ok(opener, "open a " + name)) continue;
        const auto chunks = layout.chunks(size);
        for (auto index = chunks; index-- > 0;) {
            const auto got =
                opener->open_chunk(index, index + 1 == chunks, stored_chunk(layout, *stored, index), opened);
            const auto from = static_cast<std::size_t>(index * layout.chunk_bytes);
            report.check(got && opened == bytes_view{plain}.subview(from, (std::min)(chunk, size - from)),
                         name + ": chunk " + std::to_string(index) + " comes back alone");
        }
    }
}

template <cipher Cipher>
void check_stream_binding(conformance_report& report, Cipher& a) {
    auto context = sample_context();
    context.kind = object_kind::attachment;
    const auto layout = a.layout();
    const auto stored = seal_stream(a, context, sample_bytes(static_cast<std::size_t>(3 * layout.chunk_bytes)));
    if (!report.check_ok(stored, "seal a stream of three chunks")) return;
    const auto header = stored_header(layout, *stored);
    for (const auto& [name, wrong] : other_contexts()) {
        report.check(!a.start_open(wrong, header), "a stream does not open as " + name);
    }
    for (std::size_t bit = 0; bit < header.size() * 8; ++bit) {
        auto damaged = to_bytes(header);
        damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        report.check(!a.start_open(context, damaged), "a flipped bit in a stream's header is refused");
    }
    for (std::size_t size = 0; size < header.size(); ++size) {
        report.check(!a.start_open(context, header.subview(0, size)), "a truncated header is refused");
    }
    auto opener = a.start_open(context, header);
    if (!report.check_ok(opener, "open the stream")) return;
    const auto refused = [&](std::uint64_t index, bool last, bytes_view in, const std::string& what) {
        check_refused(
            report, [&](bytes& out) { return opener->open_chunk(index, last, in, out); }, what);
    };
    const auto first = stored_chunk(layout, *stored, 0), last = stored_chunk(layout, *stored, 2);
    refused(1, false, first, "a chunk in another's place");
    refused(0, true, first, "a chunk that is made the last");
    refused(2, false, last, "the last chunk that is made an inner one");
    refused(0, false, last, "the last chunk in the first's place");
    refused(0, false, first.subview(0, first.size() - 1), "a chunk that lacks a byte");
    refused(2, true, last.subview(0, last.size() / 2), "half of the last chunk");
    refused(0, false, {}, "a missing chunk");
    auto damaged = to_bytes(first);
    for (std::size_t at = 0; at < first.size(); at += (std::max)(std::size_t{1}, first.size() / 127)) {
        damaged[at] ^= std::byte{0x10};
        refused(0, false, damaged, "a chunk with byte " + std::to_string(at) + " changed");
        damaged[at] ^= std::byte{0x10};
    }
}

/// Two versions of a file whose id is that of the first: what a change during the reading looks like.
template <cipher Cipher>
void check_changing_source(conformance_report& report, Cipher& a) {
    auto context = sample_context();
    context.kind = object_kind::attachment;
    auto sealer = a.start_seal(context);
    if (!report.check_ok(sealer, "start a stream")) return;
    const auto plain = sample_bytes(1000);
    auto changed = plain;
    changed[500] ^= std::byte{1};
    bytes one, two;
    (void)sealer->seal_chunk(0, true, plain, one);
    (void)sealer->seal_chunk(0, true, changed, two);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < (std::min)(one.size(), two.size()); ++i) equal += one[i] == two[i] ? 1U : 0U;
    report.check(equal < one.size() / 8, "a changed chunk shares no key stream with the one before");
}

template <cipher Cipher>
void check_digests(conformance_report& report, Cipher& a) {
    const auto is = [&](bytes_view in, std::string_view hex) {
        report.check(a.digest(in).hex() == hex, "digest is SHA-256 (FIPS 180-4)");
        auto hash = a.start_digest();
        hash.update(in.subview(0, in.size() / 2));
        hash.update(in.subview(in.size() / 2));
        report.check(hash.finish().hex() == hex, "start_digest gives the same in pieces");
    };
    is({}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    is(std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

template <cipher Cipher>
void check_keyed_ids(conformance_report& report, Cipher& a, Cipher& b) {
    using enum id_purpose;
    const std::vector<std::string> names{"",         "rec-1",
                                         "rec-12",   "rec-1/..",
                                         "..",       "~rec-1",
                                         " ",        "a b",
                                         "\xc3\xa4", std::string(1, 0),
                                         "A",        std::string(128, 'x'),
                                         "a",        std::string(5000, 'x')};
    for (const auto purpose : {collection, record, attachment}) {
        std::set<std::string> met;
        for (const auto& name : names) {
            const auto id = a.keyed_id(purpose, "c1", name);
            report.check(object_id::valid(id), "a keyed id can stand in a key: " + id);
            report.check(met.insert(id).second, "different names have different ids: " + id);
            report.check(b.keyed_id(purpose, "c1", name) == id, "a copy gives the same ids");
            if constexpr (Cipher::sealing) {
                report.check(name.size() < 2 || id.find(name) == std::string::npos, "an id does not show the name");
                report.check(a.keyed_id(purpose, "c2", name) != id, "another collection, another id");
            }
        }
    }
    if constexpr (Cipher::sealing) {
        report.check(a.keyed_id(record, "c1", "n") != a.keyed_id(collection, "c1", "n"), "another purpose, another id");
        report.check(a.keyed_id(record, "c1", "n") != a.keyed_id(attachment, "c1", "n").substr(0, 32),
                     "an attachment's id is not a record's");
    }
    const auto content = sample_bytes(100'000);
    auto hash = a.start_keyed_id(attachment, "c1");
    hash.update(bytes_view{content}.subview(0, 77));
    hash.update(bytes_view{content}.subview(77));
    const auto id = a.keyed_id(attachment, "c1", content);
    report.check(id.size() == 64 && hash.finish().hex() == id, "an attachment's id can be computed in pieces");
}

template <cipher Cipher>
void check_random(conformance_report& report, Cipher& a, Cipher& b) {
    std::set<bytes> met;
    for (int i = 0; i < 200; ++i) {
        bytes drawn(16);
        if (!report.check_ok((i % 2 == 0 ? a : b).random(drawn), "draw random bytes")) return;
        report.check(met.insert(drawn).second, "random bytes never repeat, nor in a copy");
    }
    bytes many(100'000);
    if (!report.check_ok(a.random(many), "draw many random bytes")) return;
    std::array<std::size_t, 256> counts{};
    for (const auto b8 : many) ++counts[std::to_integer<std::size_t>(b8)];
    report.check(*std::min_element(counts.begin(), counts.end()) > 250, "all bytes occur about equally often");
    report.check_ok(a.random({}), "draw no random bytes");
}

template <cipher Cipher>
void check_moved(conformance_report& report, Cipher& a) {
    const auto context = sample_context();
    const auto plain = sample_bytes(50);
    bytes sealed, opened;
    (void)a.seal(context, plain, sealed);
    auto copy = a;
    auto moved = std::move(copy);
    report.check(moved.open(context, sealed, opened) && opened == plain, "a moved copy opens what the original sealed");
    report.check(moved.vault() == a.vault(), "a copy belongs to the same vault");
}

} // namespace cipher_checks

/// Whether a cipher keeps what docs/concepts/cipher.md promises. `copy` is a copy of `original`. A cipher whose
/// `sealing` is false is asked for round trips, digests, ids and randomness only.
template <cipher Cipher>
[[nodiscard]] conformance_report check_cipher(Cipher& original, Cipher& copy) {
    conformance_report report;
    cipher_checks::check_whole_objects(report, original, copy);
    cipher_checks::check_streams(report, original, copy);
    cipher_checks::check_digests(report, original);
    cipher_checks::check_keyed_ids(report, original, copy);
    cipher_checks::check_random(report, original, copy);
    cipher_checks::check_moved(report, original);
    if constexpr (Cipher::sealing) {
        report.check(original.vault().has_value(), "a sealing cipher knows its vault");
        cipher_checks::check_whole_object_binding(report, original);
        cipher_checks::check_whole_object_damage(report, original);
        cipher_checks::check_stream_binding(report, original);
        cipher_checks::check_changing_source(report, original);
    }
    return report;
}

}}} // namespace sealsync::testing

#endif
