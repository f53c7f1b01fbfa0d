#ifndef SEALSYNC_TESTS_MANIFEST_SAMPLES_HPP
#define SEALSYNC_TESTS_MANIFEST_SAMPLES_HPP

#include <sealsync/manifest/head.hpp>

#include <algorithm>
#include <random>
#include <set>

/// Valid manifests for tests: fixed ones, and random ones that use every field and every kind of character.
namespace sealsync_tests {

using namespace sealsync;

inline constexpr std::string_view field = "family_member_id";

template <class Id>
Id id128(std::uint8_t number) {
    Id id;
    id.value.fill(std::byte{0xa0});
    id.value.back() = std::byte{number};
    return id;
}

inline digest256 digest_of(std::uint8_t number) {
    digest256 digest;
    digest.value.fill(std::byte{number});
    return digest;
}

inline dot dot_of(std::uint8_t run, std::uint64_t n) { return {id128<run_id>(run), n}; }

inline change record_change() {
    change c;
    c.collection = *collection_id::make("emma");
    c.id = *object_id::make("rec-123");
    c.version = 5;
    c.timestamp = *stamp::parse("2025-01-20T14:30:00.123456789Z");
    c.device = *device_id::make("iphone");
    c.action = change_action::update;
    c.dot = dot_of(1, 7);
    c.replaces = {dot_of(1, 3), dot_of(2, 1)};
    c.size = 512;
    c.stored = digest_of(0x11);
    c.attachments = {*object_id::make(digest_of(0xa1).hex()), *object_id::make(digest_of(0xa2).hex())};
    return c;
}

inline change attachment_change() {
    change c;
    c.type = change_type::attachment;
    c.collection = *collection_id::make("emma");
    c.id = *object_id::make(digest_of(0xa1).hex());
    c.timestamp = *stamp::parse("2025-01-20T14:31:00Z");
    c.device = *device_id::make("iphone");
    c.dot = dot_of(1, 8);
    c.size = 90'210;
    c.stored = digest_of(0x22);
    c.filename = "x-ray.png";
    c.media_type = "image/png";
    return c;
}

inline change erase_change() {
    auto c = record_change();
    c.action = change_action::erase;
    c.dot = dot_of(1, 9);
    c.replaces = {dot_of(1, 7)};
    c.size = 0;
    c.stored.reset();
    c.attachments.clear();
    return c;
}

inline segment sample_segment() {
    segment s;
    s.vault = id128<vault_id>(1);
    s.scope = "users/alice";
    s.device = *device_id::make("iphone");
    s.log = id128<log_id>(2);
    s.seq = 42;
    s.previous = digest_of(0x41);
    s.last_updated = *stamp::parse("2025-01-20T14:32:00Z");
    s.seen = {{id128<log_id>(3), 118}, {id128<log_id>(4), 1}};
    s.changes = {record_change(), attachment_change(), erase_change()};
    return s;
}

inline head sample_head() {
    head h;
    h.vault = id128<vault_id>(1);
    h.scope = "users/alice";
    h.logs = {{id128<log_id>(3), *device_id::make("ipad"), 118, digest_of(3)},
              {id128<log_id>(4), *device_id::make("iphone"), 1, digest_of(4)}};
    h.checkpoint = "users/alice/checkpoints/00000000000000000119.0123456789abcdef0123456789abcdef";
    return h;
}

class random_manifests {
public:
    explicit random_manifests(std::uint64_t seed) : random_{seed} {}

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    [[nodiscard]] bool one_in(std::uint64_t n) { return below(n) == 0; }

    [[nodiscard]] segment next_segment() {
        segment s;
        s.vault = id<vault_id>();
        s.scope = one_in(2) ? "users/alice" : "users/\xc3\xa9lise/family-members/q\"7";
        s.device = short_id<device_id>();
        if (one_in(3)) s.device_name = text();
        s.log = id<log_id>();
        s.seq = one_in(3) ? 1 : number();
        if (s.seq > 1) s.previous = digest();
        s.last_updated = time();
        for (const auto& log : ids<log_id>(below(4))) s.seen.push_back({log, number()});
        std::set<dot> edits;
        for (auto count = below(6); count > 0; --count) edits.insert({id<run_id>(), number()});
        for (const auto& edit : edits) s.changes.push_back(next_change(edit));
        std::shuffle(s.changes.begin(), s.changes.end(), random_);
        return s;
    }

    [[nodiscard]] head next_head() {
        head h;
        h.vault = id<vault_id>();
        h.scope = "users/" + short_id<user_id>().text();
        for (const auto& log : ids<log_id>(below(5))) {
            h.logs.push_back({log, short_id<device_id>(), number(), digest()});
        }
        if (one_in(2)) h.checkpoint = h.scope + "/checkpoints/" + digest().hex();
        return h;
    }

    /// Flips, deletes, inserts, repeats or exchanges a few bytes.
    [[nodiscard]] std::string mutate(std::string json) {
        for (auto edits = 1 + below(2); edits > 0 && !json.empty(); --edits) {
            const auto at = below(json.size());
            const auto count = 1 + below(one_in(3) ? 40 : 2);
            switch (below(6)) {
            case 0:
                json[at] = static_cast<char>(json[at] ^ (1 << below(8)));
                break;
            case 1:
                json.erase(at, count);
                break;
            case 2:
                json.insert(at, 1, any_of("{}[]\",:\\0159aefntu+-. \x7f\xc3\xbf"));
                break;
            case 3:
                json.insert(at, json.substr(at, count));
                break;
            case 4:
                json.insert(below(json.size()), json.substr(at, count));
                break;
            default:
                json[at] = any_of("{}[]\",:\\0159aefntu+-. \x7f\xc3\xbf");
                break;
            }
        }
        return json;
    }

private:
    [[nodiscard]] change next_change(const dot& edit) {
        change c;
        c.type = static_cast<change_type>(1 + below(3));
        c.action = static_cast<change_action>(1 + below(3));
        const bool attachment = c.type == change_type::attachment, erased = c.action == change_action::erase;
        c.collection = short_id<collection_id>();
        if (c.type == change_type::record) c.id = short_id<object_id>();
        if (attachment) c.id = *object_id::make(digest().hex());
        c.version = attachment && one_in(2) ? 0 : number();
        c.timestamp = time();
        c.device = short_id<device_id>();
        c.dot = edit;
        for (const auto& run : ids<run_id>(below(3))) c.replaces.push_back({run, number()});
        if (!erased) c.size = below(1'000'000);
        if (!erased) c.stored = digest();
        if (attachment && one_in(2)) c.filename = text();
        if (attachment && one_in(2)) c.media_type = "image/png";
        if (!attachment && !erased) {
            std::set<std::string> listed;
            for (auto count = below(3); count > 0; --count) listed.insert(digest().hex());
            for (const auto& each : listed) c.attachments.push_back(*object_id::make(each));
            if (c.replaces.size() > 1 && one_in(2)) c.merge = one_in(2) ? merge_kind::based : merge_kind::blind;
        }
        if (!erased && one_in(4)) c.packed = {"packs/" + short_id<object_id>().text(), below(1'000), 1 + below(1'000)};
        return c;
    }

    template <class Id>
    [[nodiscard]] Id id() {
        Id made;
        for (auto& each : made.value) each = static_cast<std::byte>(random_());
        return made;
    }
    template <class Id>
    [[nodiscard]] std::set<Id> ids(std::uint64_t count) {
        std::set<Id> made;
        while (made.size() < count) made.insert(id<Id>());
        return made;
    }
    [[nodiscard]] digest256 digest() {
        digest256 made;
        for (auto& each : made.value) each = static_cast<std::byte>(random_());
        return made;
    }
    template <class Id>
    [[nodiscard]] Id short_id() {
        std::string made{any_of("abcXYZ019_~-")};
        for (auto count = below(20); count > 0; --count) made += any_of("abcXYZ019._~-");
        return *Id::make(made);
    }
    [[nodiscard]] std::uint64_t number() {
        const auto size = below(4);
        return 1 + below(size == 0 ? 9 : size == 1 ? 1'000 : size == 2 ? std::uint64_t{1} << 32U : detail::number_max);
    }
    [[nodiscard]] stamp time() {
        if (one_in(10)) return {};
        if (one_in(10)) return {std::numeric_limits<std::int64_t>::max()};
        return {static_cast<std::int64_t>(random_() >> 1U)};
    }
    [[nodiscard]] std::string text() {
        static const std::vector<std::string> parts{"a",
                                                    "Z",
                                                    " ",
                                                    "/",
                                                    "\"",
                                                    "\\",
                                                    "\n",
                                                    "\t",
                                                    "\x01",
                                                    "\x1f",
                                                    "\x7f",
                                                    "\b",
                                                    "\f\r",
                                                    "\xc3\xbc",
                                                    "\xe2\x82\xac",
                                                    "\xf0\x9f\x98\x80",
                                                    "\xe2\x80\xa8",
                                                    "u0041"};
        std::string made;
        for (auto count = 1 + below(12); count > 0; --count) made += parts[below(parts.size())];
        return made;
    }
    [[nodiscard]] char any_of(std::string_view chars) { return chars[below(chars.size())]; }

    std::mt19937_64 random_;
};

} // namespace sealsync_tests

#endif
